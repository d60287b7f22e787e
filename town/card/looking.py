"""What lies in a reader: looked at without a change to it."""

from dataclasses import dataclass
from typing import Final

from faces.language import label
from faces.words import sentence
from hardware.readers import open_reader
from tender.card.apdu import SHORT_ANSWER_MOST, Command
from tender.card.exchange import exchange
from tender.errors import Code, Refusal, RemoteProtocolError, TenderError
from tender.ports import CardReader
from tender.purse import commands, records, tap

EMPTY, TAKEN, PURSE, BLANK = "empty", "taken", "purse", "blank"
PHONE, PAYMENT, OTHER, FAILED = "phone", "payment", "other", "failed"
DIRECTORY: Final = b"1PAY.SYS.DDF01"
"""What a payment card answers to by its list of applications (EMV Book 1, 12.2.2)."""
_STATES: Final = {Code.CARD_MISSING: EMPTY, Code.READER_TAKEN: TAKEN, Code.CARD_ELSEWHERE: TAKEN}


@dataclass(frozen=True, slots=True)
class Seen:
    """A reader and what lies in it."""

    reader: str
    what: str
    atr: bytes = b""
    refusal: Refusal | None = None
    also: str = ""
    """What lies on the same chip beside it."""

    def told(self) -> str:
        """For people."""
        if self.what in (PURSE, BLANK):
            purse = label(f"cards.{self.what}", version=commands.VERSION)
            return label("cards.dual", purse=purse) if self.also else purse
        return sentence(self.refusal) if self.refusal else label(f"cards.{self.what}")

    def as_dict(self) -> dict[str, str]:
        """For programs."""
        code = self.refusal.code.value if self.refusal else ""
        return {
            "reader": self.reader,
            "what": self.what,
            "also": self.also,
            "atr": self.atr.hex(),
            "code": code,
        }


def looked_at(where: str, timeout_s: float) -> Seen:
    """What lies there."""
    reader = open_reader(where)
    try:
        atr = reader.connect(timeout_s)
        what = _kind(reader)
        beside = what in (PURSE, BLANK) and _answers(reader, DIRECTORY)
        return Seen(reader.name, what, atr, also=PAYMENT if beside else "")
    except TenderError as error:
        what = _STATES.get(error.code, FAILED)
        return Seen(reader.name, what, refusal=error.refusal if what == FAILED else None)
    finally:
        reader.disconnect()


def _kind(reader: CardReader) -> str:
    for aid, kind in ((commands.AID, PURSE), (tap.AID, PHONE), (DIRECTORY, PAYMENT)):
        if _answers(reader, aid):
            return BLANK if kind == PURSE and _is_blank(reader) else kind
    return OTHER


def _answers(reader: CardReader, name: bytes) -> bool:
    select = Command(0x00, commands.Ins.SELECT, 0x04, 0x00, name, SHORT_ANSWER_MOST)
    return exchange(reader.transmit, select).is_done


def _is_blank(reader: CardReader) -> bool:
    answer = exchange(reader.transmit, Command(0x80, commands.Ins.STATUS, 0, 0, b"", SHORT_ANSWER_MOST))
    try:
        return records.STATUS.decode(answer.data, "card.status").state == records.State.BLANK
    except RemoteProtocolError:
        return False
