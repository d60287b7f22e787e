"""Application cryptograms as an issuer checks them: one table of versions, the arithmetic by ``pyemv``.

The version stands in the issuer application data (tag 9F10, ``tender/card/issuer_data.py``).
EMV Book 2, 8.1 (cryptogram), 8.2 (issuer authentication), 9.2 (scripts), annex A1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hmac import compare_digest
from typing import Any, Final

from hardware.triple_des import cvn
from tender.card.issuer_data import CVN10, CVN18, IssuerData, ResponseCode, StatusUpdate
from tender.card.pan import Pan, Scheme
from tender.card.tags import Tag
from tender.errors import Code, LocalProtocolError

LENGTHS: Final[Mapping[int, int]] = {
    Tag.AMOUNT: 6,
    Tag.AMOUNT_OTHER: 6,
    Tag.TERMINAL_COUNTRY: 2,
    Tag.TVR: 5,
    Tag.CURRENCY: 2,
    Tag.DATE: 3,
    Tag.TRANSACTION_TYPE: 1,
    Tag.UNPREDICTABLE: 4,
    Tag.AIP: 2,
    Tag.ATC: 2,
}
"""What every version covers, in this order; each of one length, for they are written one behind the other."""

SCRIPTS: Final[Mapping[str, bytes]] = {
    "pin-unblock": bytes.fromhex("8424000008"),
    "block": bytes.fromhex("841E000008"),
    "unblock": bytes.fromhex("8418000008"),
    "card-block": bytes.fromhex("8416000008"),
}
"""EMV Book 3, 6.5: PIN CHANGE/UNBLOCK, APPLICATION BLOCK and UNBLOCK, CARD BLOCK; the MAC follows."""

_UPDATE: Final = StatusUpdate.APPROVED | StatusUpdate.RESET_COUNTERS
_CODE: Final = ResponseCode.APPROVED | ResponseCode.RESET_COUNTERS


class Covered(Enum):
    """What of the issuer application data a cryptogram covers."""

    CVR = "cvr"
    ALL = "all"
    CVR_AND_COUNTERS = "cvr-and-counters"


class Answer(Enum):
    """How the issuer proves itself to the card."""

    RESPONSE_CODE = "response-code"
    STATUS_UPDATE = "status-update"
    MCHIP = "m-chip"
    MCHIP_SESSION = "m-chip-session"


@dataclass(frozen=True, slots=True)
class Version:
    """One cryptogram version of one scheme."""

    maker: Any
    covered: Covered
    answer: Answer


VERSIONS: Final[Mapping[tuple[Scheme, int], Version]] = {
    (Scheme.VISA, CVN10): Version(cvn.VisaCVN10, Covered.CVR, Answer.RESPONSE_CODE),
    (Scheme.VISA, CVN18): Version(cvn.VisaCVN18, Covered.ALL, Answer.STATUS_UPDATE),
    (Scheme.MASTERCARD, 0x10): Version(cvn.MasterCardCVN16, Covered.CVR, Answer.MCHIP),
    (Scheme.MASTERCARD, 0x11): Version(cvn.MasterCardCVN17, Covered.CVR_AND_COUNTERS, Answer.MCHIP),
    (Scheme.MASTERCARD, 0x14): Version(cvn.MasterCardCVN20, Covered.CVR, Answer.MCHIP_SESSION),
    (Scheme.MASTERCARD, 0x15): Version(cvn.MasterCardCVN21, Covered.CVR_AND_COUNTERS, Answer.MCHIP_SESSION),
}


@dataclass(frozen=True, slots=True, repr=False)
class MasterKeys:
    """An issuer's master keys: cryptograms, script integrity, script confidentiality (16 bytes each)."""

    cryptograms: bytes
    integrity: bytes
    confidentiality: bytes


class CardKeySet:
    """The keys of one card under one version: checks what the card says and proves the issuer to it."""

    def __init__(self, keys: MasterKeys, pan: Pan, sequence: int, version: Version) -> None:
        self._version = version
        self._card = version.maker(
            iss_mk_ac=keys.cryptograms,
            iss_mk_smi=keys.integrity,
            iss_mk_smc=keys.confidentiality,
            pan=pan.digits,
            psn=f"{sequence:02d}",
        )

    def own_keys(self) -> tuple[bytes, bytes, bytes]:
        """What goes on the card: for cryptograms, script integrity, script confidentiality."""
        return bytes(self._card.icc_mk_ac), bytes(self._card.icc_mk_smi), bytes(self._card.icc_mk_smc)

    def fits(self, chip: Mapping[int, bytes], data: IssuerData) -> bool:
        """Whether 9F26 is right; every covered object is there in its length (checked by the caller)."""
        values = {f"tag_{tag:02x}": chip[tag] for tag in LENGTHS}
        if self._version.covered is Covered.ALL:
            values["tag_9f10"] = chip[Tag.ISSUER_DATA]
        else:
            values["cvr"] = data.results.packed()
        if self._version.covered is Covered.CVR_AND_COUNTERS:
            values["counters"] = data.counters
        made: bytes = self._card.generate_ac(**values)
        return compare_digest(made, chip[Tag.CRYPTOGRAM])

    def authentication(self, chip: Mapping[int, bytes], response_code: str, approved: bool) -> bytes:
        """The value of tag 91."""
        arqc, atc = chip[Tag.CRYPTOGRAM], chip[Tag.ATC]
        match self._version.answer:
            case Answer.RESPONSE_CODE:
                said = response_code.encode("ascii")
                arpc = self._card.generate_arpc(tag_9f26=arqc, arpc_rc=said)
            case Answer.STATUS_UPDATE:
                said = (_UPDATE if approved else StatusUpdate(0)).packed()
                arpc = self._card.generate_arpc(tag_9f26=arqc, tag_9f36=atc, csu=said)
            case Answer.MCHIP:
                said = (_CODE if approved else ResponseCode(0)).packed()
                arpc = self._card.generate_arpc(tag_9f26=arqc, arpc_rc=said)
            case Answer.MCHIP_SESSION:
                said = (_CODE if approved else ResponseCode(0)).packed()
                arpc = self._card.generate_arpc(tag_9f26=arqc, tag_9f36=atc, arpc_rc=said)
        return bytes(arpc) + said

    def scripts(self, chip: Mapping[int, bytes], instructions: Sequence[str]) -> tuple[bytes, ...]:
        """Commands with MACs. M/Chip derives each MAC key from a cryptogram counted up by one."""
        made = []
        start = int.from_bytes(chip[Tag.CRYPTOGRAM], "big")
        counts = self._version.answer in (Answer.MCHIP, Answer.MCHIP_SESSION)
        for place, instruction in enumerate(instructions):
            header = SCRIPTS.get(instruction)
            if header is None:
                raise LocalProtocolError(Code.FIELD_WRONG, "script", instruction=instruction)
            arqc = ((start + place * counts) % (1 << 64)).to_bytes(8, "big")
            mac = self._card.generate_command_mac(
                command_header=header, tag_9f26=arqc, tag_9f36=chip[Tag.ATC]
            )
            made.append(header + bytes(mac))
        return tuple(made)
