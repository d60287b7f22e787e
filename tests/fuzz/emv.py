"""A terminal before a card that says anything: whatever is answered, the talk ends in an outcome.

A true talk is spoiled: answers changed, cut, left out, repeated. Nothing raises; nothing goes on for ever;
and no card talks a terminal into an approval that the standard's own order did not allow.
"""

from collections.abc import Callable
from typing import Final

from pos.core.emv.driving import World, drive
from pos.core.emv.outcome import Outcome, Verdict
from pos.core.emv.purchase import purchase
from pos.core.emv.steps import Answered, GoOnline, Unanswered
from tender.card import dol, tags, values
from tender.card.apdu import Command, Response
from tender.card.cvm_list import CvmList, results_words
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack
from tender.card.values import Aip
from tender.errors import Code, DeviceError, RemoteProtocolError
from tests.emv_kernel.at_the_terminal import played, sale, terminal, types_pin
from tests.emv_kernel.scripted_card import CDOL1, Script, ScriptedCard, signing
from tests.fuzz.cards import row, rows
from tests.fuzz.targets import Parser

COMMANDS_MOST: Final = 2_000
"""A talk with a card that says yes to everything is shorter; records are the longest part of it."""
GENERATE_AC: Final = 0xAE
PROVING: Final = Script(aip=Script().aip | Aip.ISSUER_AUTHENTICATION)
METHODS: Final = bytes.fromhex("000003E8000000004403410342035E031F03")
_SCRIPT: Final = bytes.fromhex("860484240000")
PROOF: Final = pack((Tlv(Tag.ISSUER_AUTHENTICATION, bytes(8)), Tlv(Tag.SCRIPT_AFTER, _SCRIPT)))


class Overheard(ScriptedCard):
    """A card whose answers are kept."""

    def __init__(self, script: Script) -> None:
        super().__init__(script)
        self.said: list[bytes] = []

    def transmit(self, octets: bytes) -> bytes:
        """The answer, kept."""
        self.said.append(super().transmit(octets))
        return self.said[-1]


class Liar:
    """Says these answers in their order, whatever it is asked, and then is gone."""

    def __init__(self, said: list[bytes]) -> None:
        self._said = said
        self.asked: list[Command] = []
        self.last = Response(b"", 0x6F00)

    def transmit(self, octets: bytes) -> bytes:
        """The next; ``DeviceError card-gone`` when there is none."""
        self.asked.append(Command.from_bytes(octets))
        assert len(self.asked) < COMMANDS_MOST, "a card is followed for ever"
        if not self._said:
            raise DeviceError(Code.CARD_GONE, "card")
        return self._said.pop(0)


def _talk(data: bytes) -> Outcome:
    """The first byte chooses the issuer; a transaction that comes to no decision counts as refused."""
    asked: list[GoOnline] = []

    def issuer(step: GoOnline) -> Answered | Unanswered:
        asked.append(step)
        return _issuer(data[0] % 4 if data else 0)(step)

    card = Liar(rows(data[1:]))
    outcome = drive(purchase(terminal(), sale()), World(card.transmit, issuer, types_pin))
    _believable(outcome, card, asked)
    if outcome.verdict in (Verdict.ENDED, Verdict.OTHER_INTERFACE):
        raise RemoteProtocolError(Code.CARD_WRONG, outcome.where or outcome.reason.value)
    return outcome


def _believable(outcome: Outcome, card: Liar, asked: list[GoOnline]) -> None:
    """What no card may bring about."""
    cryptograms = [one.p1 & 0xC0 for one in card.asked if one.ins == GENERATE_AC]
    assert len(cryptograms) <= 2
    assert len(asked) <= 1
    if outcome.approved:
        assert cryptograms, "approved without a cryptogram"
        assert outcome.card is not None
        assert cryptograms[-1] == values.Cryptogram.TC or outcome.verdict is Verdict.APPROVED_OFFLINE
    if outcome.verdict is Verdict.APPROVED_ONLINE:
        assert asked and outcome.response_code == "00" and len(cryptograms) == 2
    if outcome.reverse:
        assert asked, "reversed although nobody was asked"
    if outcome.card is not None:
        number = outcome.card.pan.digits
        assert all(number not in value for _, value in outcome.technical)
        assert number not in repr(outcome)


def _answer(data: bytes) -> Outcome:
    """Whatever an issuer sends for the chip: its code counts, and the card still closes."""
    told = played(PROVING, online=lambda step: Answered("00", data)).outcome
    assert told.verdict in (Verdict.APPROVED_ONLINE, Verdict.DECLINED_ONLINE)
    assert told.approved or told.reverse
    if not told.script_results:
        raise RemoteProtocolError(Code.FIELD_WRONG, "answer")
    return told


def _list(data: bytes) -> object:
    found = dol.parse(data)
    assert dol.pack(found) == data
    filled = dol.fill(found, {Tag.PAN: bytes(8), Tag.AMOUNT: bytes(6)})
    assert len(filled) == sum(one.length for one in found)
    return found


def _methods(data: bytes) -> object:
    found = CvmList.read(data)
    assert found.to_bytes() == data
    for rule in found.rules:
        results_words(bytes((rule.code, rule.when, 0)))
    return found


def _value(data: bytes) -> object:
    """Two bytes of tag, then a value: it fits its format or it does not."""
    tag = int.from_bytes(data[:2], "big")
    tags.check(tag, data[2:])
    assert tags.name_of(tag)
    return tag


def talks() -> tuple[bytes, ...]:
    """True talks: each way of authentication, each issuer."""
    found = []
    for choice, aip in enumerate((Aip(0), Aip.SDA, Aip.DDA, Aip.CDA)):
        card = Overheard(signing(aip | Aip.ISSUER_AUTHENTICATION, Script(packed=bool(choice % 2))))
        played(card, online=_issuer(choice))
        found.append(bytes((choice,)) + row(card.said))
    return tuple(found)


def _issuer(choice: int) -> Callable[[GoOnline], Answered | Unanswered]:
    """One that cannot be reached, is silent, approves or declines."""
    if choice < 2:
        return lambda step: Unanswered(was_sent=bool(choice))
    return lambda step: Answered("00" if choice == 2 else "05", PROOF)


def emv() -> list[Parser]:
    """What a payment card says, to a terminal."""
    return [
        Parser("emv talk", _talk, talks(), sealed=False),
        Parser("emv answer", _answer, (PROOF,), sealed=False),
        Parser("emv data list", _list, (CDOL1, b"\x9f\x37\x04\x95\x05"), sealed=False),
        Parser(
            "emv methods", _methods, (bytes.fromhex("000003E8000000004403410342035E031F03"),), sealed=False
        ),
        Parser("emv value", _value, (b"\x00\x5a" + bytes.fromhex("4003440000000014"),), sealed=False),
    ]
