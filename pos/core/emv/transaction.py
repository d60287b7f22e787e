"""One transaction while it runs: what is known of terminal and card, what was found out, where it stands.

Steps read and write it; nothing else is shared between them. A step that cannot go on raises :class:`Ended`
or :class:`Torn`, which :func:`~pos.core.emv.purchase.purchase` turns into an outcome: neither leaves it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

from pos.core.emv.outcome import CardRead, Outcome, Reason, Verdict
from pos.core.emv.steps import (
    Answered,
    AskPin,
    Candidate,
    ChooseApplication,
    Gone,
    Reply,
    Stage,
    Steps,
    Transmit,
    Unanswered,
)
from pos.core.emv.terminal import EXPONENT, Application, Sale, Terminal, fingerprint
from tender.card.apdu import Command, Response
from tender.card.certificates import RsaPublicKey
from tender.card.pan import Pan
from tender.card.response_codes import is_approval
from tender.card.tags import Tag
from tender.card.values import Aip, Tsi, Tvr
from tender.errors import Code, LocalProtocolError

CONTACT: Final = b"\x05"
"""Tag 9F39 and the first digits of data element 22: read from a chip by its contacts."""
NO_CVM: Final = bytes.fromhex("3F0000")
UNPREDICTABLE_BYTES: Final = 4

ONLINE_DATA: Final = (
    Tag.CRYPTOGRAM,
    Tag.CRYPTOGRAM_INFORMATION,
    Tag.ISSUER_DATA,
    Tag.UNPREDICTABLE,
    Tag.ATC,
    Tag.TVR,
    Tag.DATE,
    Tag.TRANSACTION_TYPE,
    Tag.AMOUNT,
    Tag.CURRENCY,
    Tag.AIP,
    Tag.TERMINAL_COUNTRY,
    Tag.AMOUNT_OTHER,
    Tag.CAPABILITIES,
    Tag.CVM_RESULTS,
    Tag.TERMINAL_TYPE,
    Tag.DEVICE_SERIAL,
    Tag.DF_NAME,
    Tag.VERSION_TERMINAL,
    Tag.SEQUENCE,
    Tag.PAN_SEQUENCE,
    Tag.SCRIPT_RESULTS,
)
"""What an issuer is told of the chip, in this order (Book 4, 12.1.1)."""


class Ended(Exception):
    """The transaction stops here; nothing was approved."""

    def __init__(self, reason: Reason, where: str = "", verdict: Verdict = Verdict.ENDED) -> None:
        super().__init__(reason, where)
        self.reason, self.where, self.verdict = reason, where, verdict


class Torn(Exception):
    """The card is gone."""


def digits(number: int | str, count: int) -> bytes:
    """A number as digits, two to a byte, so many bytes (format n)."""
    return bytes.fromhex(f"{number:0>{2 * count}}")


class Transaction:
    """The state of one transaction."""

    def __init__(self, terminal: Terminal, sale: Sale) -> None:
        self.terminal, self.sale = terminal, sale
        self.stage = Stage.SELECTION
        self.unpredictable = sale.drawn("9F37", UNPREDICTABLE_BYTES)
        self.answer: Answered | Unanswered | None = None
        """What came of going online; ``None``: nobody was asked."""
        self.pin_block: bytes | None = None
        self.forget_card()

    def forget_card(self) -> None:
        """Begin anew with another application (Book 3, 10.1: TVR and TSI to zero)."""
        self.candidate: Candidate | None = None
        self.application: Application | None = None
        self.fci: dict[int, bytes] = {}
        self.read: dict[int, bytes] = {}
        """What the card said: processing options, records, cryptograms; data asked for singly."""
        self.whose: Pan | None = None
        """The card's number, once all records are read and it is one."""
        self.aip, self.afl = Aip(0), b""
        self.static = b""
        """The records that are authenticated (Book 3, 10.3)."""
        self.static_is_whole = True
        self.pdol_data = self.cdol1_data = self.cdol2_data = b""
        self.issuer_key: RsaPublicKey | None = None
        self.icc_key: RsaPublicKey | None = None
        self.cda = False
        """The next cryptogram is asked for with a signature."""
        self.tvr, self.tsi = Tvr(0), Tsi(0)
        self.cvm_results = NO_CVM
        self.wants_signature = False
        self.tc_hash = b""
        self.script_results = b""
        self.response_code = ""

    # ------------------------------------------------------------------------------------------ talking

    def transmit(self, stage: Stage, command: Command) -> Steps[Response]:
        """One command to the card."""
        self.stage = stage
        reply = yield Transmit(command, stage)
        if isinstance(reply, Gone):
            raise Torn
        return expected(reply, Response)

    def ask(self, stage: Stage, step: AskPin | ChooseApplication) -> Steps[Reply]:
        """A question to the cardholder, during which the card may be taken away."""
        self.stage = stage
        reply = yield step
        if isinstance(reply, Gone):
            raise Torn
        return reply

    # ------------------------------------------------------------------------------------------ knowing

    @property
    def chosen(self) -> Application:
        """The terminal's side of the selected application."""
        assert self.application is not None
        return self.application

    def said(self, tag: int) -> bytes | None:
        """What the card says under a tag: its records before its file control information."""
        value = self.read.get(tag)
        return self.fci.get(tag) if value is None else value

    def number(self, tag: int) -> int | None:
        """The same as a number of the format n."""
        value = self.said(tag)
        return int(value.hex()) if value and value.hex().isdecimal() else None

    @property
    def number_of_card(self) -> Pan:
        """The card's number, after the records."""
        assert self.whose is not None
        return self.whose

    @property
    def sequence(self) -> int | None:
        """The card's sequence number."""
        return self.number(Tag.PAN_SEQUENCE)

    @property
    def fingerprint(self) -> bytes:
        """The card without its number."""
        return fingerprint(self.number_of_card.digits, self.sequence)

    @property
    def today(self) -> bytes:
        """The terminal's local date, ``YYMMDD`` in three bytes."""
        return self._clock()[:3]

    def _clock(self) -> bytes:
        local = datetime.fromtimestamp(self.sale.now + self.terminal.utc_offset_s, UTC)
        return bytes.fromhex(local.strftime("%y%m%d%H%M%S"))

    def values(self) -> dict[int, bytes]:
        """Everything a list of the card may ask for: what the card said, and over it what only a terminal
        says; a card that names a terminal's data names it for nobody."""
        terminal, sale = self.terminal, self.sale
        clock = self._clock()
        found = {**self.fci, **self.read}
        found.update(
            {
                Tag.AMOUNT: digits(sale.amount_tiyn, 6),
                Tag.AMOUNT_BINARY: min(sale.amount_tiyn, 0xFFFFFFFF).to_bytes(4, "big"),
                Tag.AMOUNT_OTHER: digits(sale.other_tiyn, 6),
                Tag.AMOUNT_OTHER_BINARY: min(sale.other_tiyn, 0xFFFFFFFF).to_bytes(4, "big"),
                Tag.TERMINAL_COUNTRY: digits(terminal.country, 2),
                Tag.CURRENCY: digits(sale.currency, 2),
                Tag.CURRENCY_EXPONENT: digits(EXPONENT, 1),
                Tag.DATE: clock[:3],
                Tag.TIME: clock[3:],
                Tag.TRANSACTION_TYPE: bytes((sale.kind,)),
                Tag.UNPREDICTABLE: self.unpredictable,
                Tag.TERMINAL_TYPE: bytes((terminal.kind,)),
                Tag.CAPABILITIES: terminal.capabilities.packed(),
                Tag.CAPABILITIES_MORE: terminal.more_capabilities.packed(),
                Tag.DEVICE_SERIAL: terminal.device.ljust(8).encode("latin-1", "replace"),
                Tag.TERMINAL_ID: terminal.number.ljust(8).encode("latin-1", "replace"),
                Tag.MERCHANT: terminal.merchant.ljust(15).encode("latin-1", "replace"),
                Tag.MERCHANT_NAME: terminal.merchant_name.encode("latin-1", "replace"),
                Tag.CATEGORY: digits(terminal.category, 2),
                Tag.ACQUIRER: digits(terminal.acquirer, 6),
                Tag.ENTRY_MODE: CONTACT,
                Tag.SEQUENCE: digits(sale.sequence, 4),
                Tag.TVR: self.tvr.packed(),
                Tag.TSI: self.tsi.packed(),
                Tag.CVM_RESULTS: self.cvm_results,
                Tag.AIP: self.aip.packed(),
                Tag.TRANSACTION_CATEGORY: b"R",
            }
        )
        if self.application is not None:
            found[Tag.AID_TERMINAL] = self.application.aid
            found[Tag.VERSION_TERMINAL] = self.application.version
            found[Tag.FLOOR_LIMIT] = min(self.application.floor_tiyn, 0xFFFFFFFF).to_bytes(4, "big")
        later = {
            Tag.TC_HASH: self.tc_hash,
            Tag.RESPONSE_CODE: self.response_code.encode("latin-1", "replace"),
            Tag.SCRIPT_RESULTS: self.script_results,
        }
        for tag, value in later.items():
            found.pop(tag, None)
            if value:
                found[tag] = value
        return found

    def online_data(self) -> Mapping[int, bytes]:
        """Data element 55, in its order."""
        values = self.values()
        return {tag: values[tag] for tag in ONLINE_DATA if tag in values}

    # ------------------------------------------------------------------------------------------- ending

    @property
    def may_be_held(self) -> bool:
        """Whether an issuer that was asked may have held or booked the amount: it said yes, or what it said
        did not come."""
        if isinstance(self.answer, Answered):
            return is_approval(self.answer.code)
        return isinstance(self.answer, Unanswered) and self.answer.was_sent

    def card(self) -> CardRead | None:
        """Whose card, as far as it was read."""
        if self.whose is None:
            return None
        holder = self.read.get(Tag.HOLDER_NAME, b"").decode("latin-1").strip()
        return CardRead(
            self.whose,
            self.read[Tag.EXPIRY].hex()[:4],
            self.sequence,
            self.read.get(Tag.TRACK2, b""),
            holder,
        )

    def outcome(
        self, verdict: Verdict, reason: Reason, stage: Stage | None = None, where: str = ""
    ) -> Outcome:
        """The end, with all that is known. Nothing approved here stays at the issuer unless it is approved
        online; an offline approval after an unanswered request is told to it anew."""
        candidate = self.candidate
        return Outcome(
            verdict,
            reason,
            self.tvr,
            self.tsi,
            self.online_data() if self.application is not None else {},
            self.card(),
            candidate.aid if candidate else b"",
            candidate.label if candidate else "",
            self.response_code,
            self.wants_signature and verdict.approved,
            self.may_be_held and verdict is not Verdict.APPROVED_ONLINE,
            stage,
            where,
            self.script_results,
        )


R = TypeVar("R")


def expected(reply: Reply, kind: type[R]) -> R:
    """The reply, which is of this kind; ``LocalProtocolError out-of-order`` for a driver that answers another
    question."""
    if not isinstance(reply, kind):
        raise LocalProtocolError(Code.OUT_OF_ORDER, "reply", got=type(reply).__name__)
    return reply
