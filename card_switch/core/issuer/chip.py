"""Data element 55 as an issuer reads and answers it.

A request of a chip holds what its cryptogram covers (EMV Book 3, annex A; Book 2, 8.1); the answer holds tag
91, by which the issuer proves itself, and, where something is to be changed on the card, one script template
72 with its commands in 86. A script is sent with every answer until the chip's own results say it was done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from card_switch.core.issuer.cards import CardRecord, Usage
from card_switch.core.keys import CardKeys
from tender.card.iso8583.message import TENGE, Message, amount_text
from tender.card.issuer_data import IssuerData, MchipResults, VisaResults
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack, template
from tender.card.values import Tvr
from tender.errors import RemoteProtocolError

CHIP_ENTRIES: Final = frozenset({"05", "07", "95"})
"""Data element 22: read from a chip by contact or without."""
SCRIPT_ID: Final = bytes.fromhex("00000001")
CRYPTOGRAM_WRONG: Final = "88"
NOT_VERIFIED: Final = "55"
GOOD: Final = ""
REFUNDS: Final = frozenset({"20"})
_INQUIRIES: Final = frozenset({"30", "31"})
_CVM_RESULTS_BYTES: Final = 3
_METHOD: Final = 0x3F
_ONLINE_PIN: Final = 0x02
_OFFLINE_PINS: Final = frozenset({0x01, 0x03, 0x04, 0x05})
_SUCCESSFUL: Final = 0x02
"""CVM results (EMV Book 4, annex A4): the method in six bits, and how it ended."""


@dataclass(frozen=True, slots=True)
class ChipSaid:
    """What came of reading the chip's data: a code (DE39) or "" when all is well, and the card's usage with
    its counter in it. ``why`` is for the trace."""

    code: str
    usage: Usage
    why: str = ""
    chip: Mapping[int, bytes] | None = None
    """The chip's data when the cryptogram is the card's, so that the answer may prove the issuer to it."""


def judged(keys: CardKeys, issuer: int, card: CardRecord, usage: Usage, message: Message) -> ChipSaid:
    """The chip's data of a request: cryptogram, replay, and whether it is about this very request."""
    chip = message.chip_data
    if not keys.cryptogram_fits(issuer, card.pan, card.sequence, chip):
        return ChipSaid(CRYPTOGRAM_WRONG, usage, "cryptogram wrong")
    atc = int.from_bytes(chip[Tag.ATC], "big")
    counted = usage.counted(atc)
    if counted is None:
        return ChipSaid(CRYPTOGRAM_WRONG, usage, "counter seen before")
    usage = confirmed(counted, chip)
    about = _about_another(message, chip)
    if about:
        return ChipSaid(CRYPTOGRAM_WRONG, usage, about, chip)
    tvr = Tvr.read(chip[Tag.TVR], "chip.tvr")
    if Tvr.CARDHOLDER_NOT_VERIFIED in tvr and message.pin_block is None and message.kind not in REFUNDS:
        return ChipSaid(NOT_VERIFIED, usage, "cardholder not verified", chip)
    if not _card_agrees(message, chip):
        return ChipSaid(NOT_VERIFIED, usage, "the card saw no such PIN", chip)
    return ChipSaid(GOOD, usage, chip=chip)


def _card_agrees(message: Message, chip: Mapping[int, bytes]) -> bool:
    """Whether what the terminal says of the PIN (tag 9F34) is what the card says under its cryptogram:
    between the two may sit somebody who answers every VERIFY with yes."""
    if message.kind in REFUNDS:
        return True
    said = chip.get(Tag.CVM_RESULTS, b"")
    if len(said) != _CVM_RESULTS_BYTES:
        return message.pin_block is not None  # it does not say how; then only the issuer's own look counts
    method = said[0] & _METHOD
    if method == _ONLINE_PIN:
        return message.pin_block is not None
    if method not in _OFFLINE_PINS or said[2] != _SUCCESSFUL:
        return True
    results = IssuerData.read(chip[Tag.ISSUER_DATA]).results
    if isinstance(results, MchipResults):
        return MchipResults.OFFLINE_PIN_GOOD in results
    return VisaResults.OFFLINE_PIN_PERFORMED in results and VisaResults.OFFLINE_PIN_FAILED not in results


def _about_another(message: Message, chip: Mapping[int, bytes]) -> str:
    """What of the message differs from what the cryptogram covers; "" when nothing does."""
    # As digits: what a terminal has the chip sign need not be a number.
    if message.kind not in _INQUIRIES and chip[Tag.AMOUNT].hex() != amount_text(message.amount_tiyn):
        return "another amount"
    if message.kind not in _INQUIRIES and chip[Tag.CURRENCY].hex() != f"0{TENGE}":
        return "another currency"
    if chip[Tag.TRANSACTION_TYPE].hex() != message.kind:
        return "another type"
    return ""


def confirmed(usage: Usage, chip: Mapping[int, bytes]) -> Usage:
    """Without the scripts that the card says, under its cryptogram, to have carried out."""
    if not usage.scripts_atc or int.from_bytes(chip[Tag.ATC], "big") <= usage.scripts_atc:
        return usage
    try:
        results = IssuerData.read(chip[Tag.ISSUER_DATA]).results
    except RemoteProtocolError:
        return usage
    if isinstance(results, VisaResults):
        done = bool(int(results) >> 4 & 0x0F) and VisaResults.SCRIPT_FAILED not in results
    else:
        done = MchipResults.SCRIPT_RECEIVED in results and MchipResults.SCRIPT_FAILED not in results
    return replace(usage, scripts=(), scripts_atc=0) if done else usage


def answered(
    keys: CardKeys,
    issuer: int,
    card: CardRecord,
    usage: Usage,
    chip: Mapping[int, bytes],
    code: str,
    approved: bool,
) -> tuple[bytes, Usage]:
    """Data element 55 of the answer, and the usage that remembers which scripts it carries."""
    proof = keys.issuer_authentication(issuer, card.pan, card.sequence, chip, code, approved)
    objects = [Tlv(Tag.ISSUER_AUTHENTICATION, proof)]
    if usage.scripts:
        commands = keys.script_commands(issuer, card.pan, card.sequence, chip, usage.scripts)
        script = template(
            Tag.SCRIPT_AFTER,
            Tlv(Tag.SCRIPT_ID, SCRIPT_ID),
            *(Tlv(Tag.SCRIPT_COMMAND, command) for command in commands),
        )
        objects.append(script)
        usage = replace(usage, scripts_atc=int.from_bytes(chip[Tag.ATC], "big"))
    return pack(objects), usage
