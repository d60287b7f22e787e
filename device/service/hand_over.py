"""Keep or return: a payment whose receipt never came is handed to the platform, which asks the payee's device
(docs/adr/0015). The payer never signs again; the payee keeps, gives back by a link, or by a claim in the
payer's favour where no link could be verified any more.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from device.core.model import IN, OFFLINE, Coin, Payment, Upload
from device.service.bank_line import BankLine
from device.service.desk import Desk, remembered
from device.service.incidents import note
from device.service.lists import ListKeeper
from device.service.talk import Talk
from tender.account.client_messages import Stated, Statement
from tender.account.hand_over_messages import (
    ASKED,
    KEPT,
    RETURNED,
    SILENT,
    Answer,
    Delivered,
    HandedOver,
    HandOver,
    KeepOrReturn,
    LateMoney,
)
from tender.account.token_messages import ClaimItem, Notice
from tender.cash.chain import Holding
from tender.cash.messages import REQUEST, Return, Transfer, pack
from tender.cash.session_checks import coin_of, may_sign
from tender.cash.session_events import Received
from tender.cash.session_state import Payee, Payer, Phase, Role
from tender.cash.token import Claim
from tender.crypto.envelope import Envelope, Typ
from tender.errors import Code, DeviceError, LinkError, Refusal, RemoteProtocolError

HANDED_OVER: Final = "handed-over"
"""The status of a payment whose payee is being asked."""
LATE_MONEY: Final = "late-money"
"""The bank's notice that payments to this device wait for its answer."""
KEPT_HERE: Final = "kept-here"
GIVEN_BACK: Final = "given-back"
WAITS: Final = "waits"
ROUNDS_MOST: Final = 8


@dataclass(frozen=True, slots=True)
class Late:
    """A payment that was handed over. ``outcome``: what the payee's side said (asked, kept, returned, silent)
    or what this device did as payee (kept-here, given-back, waits, with the ``code`` that holds it up).

    ``until`` (seconds): when silence returns it.
    """

    payment: bytes
    amount_tiyn: int
    outcome: str
    until: int
    code: str = ""


class HandOvers:
    """Use cases on both sides."""

    def __init__(self, desk: Desk, line: BankLine) -> None:
        self._desk = desk
        self._line = line
        self._talk = Talk(desk)
        self._lists = ListKeeper(desk)

    # --- the payer

    def hand_over(self, payment: bytes) -> Late | Refusal:
        """Have the payee asked; asking again asks where it stands.

        ``hand-over-needless`` for what is not signed yet, acknowledged, or back already.
        """
        self._desk.check_writable()
        state = self._talk.load(payment, Role.PAYER)
        if not isinstance(state, Payer):
            return Refusal(Code.PAYMENT_UNKNOWN, "payment")
        row = self._desk.store.get(Payment, payment)
        if state.phase is not Phase.SENT or row is None or row.status in ("settled", "returned"):
            return Refusal(Code.HAND_OVER_NEEDLESS, "payment")
        told = self._line.ask("hand-over", HandOver(payment, state.asked.certificate, state.paid))
        return told if isinstance(told, Refusal) else self._told(payment, state, told)

    def _told(self, payment: bytes, state: Payer, told: HandedOver) -> Late:
        desk = self._desk
        for message in told.answers:
            try:
                alone, false_news = self._lists.take_from(message)
            except RemoteProtocolError as error:
                note(desk, payment, error.refusal)  # its bank handed it on as it came
                continue
            for false in false_news:
                note(desk, payment, false)
            latest = self._talk.load(payment, Role.PAYER) or state
            self._talk.tell(latest, Received(alone, self._talk.known()))
        row = desk.store.get(Payment, payment)
        assert row is not None
        status = row.status
        if status in ("sent", "recorded", HANDED_OVER):
            # A payee that kept it and sends no receipt has claimed it, which counts as one.
            status = {ASKED: HANDED_OVER, KEPT: "settled"}.get(told.state, "returned")
        if row.status != status:
            with desk.commit() as changes:
                changes.put(row.moved(status, desk.now()))
        if told.state in (RETURNED, SILENT):
            self._ask_balances()
        return Late(payment, row.amount_tiyn, told.state, told.until)

    def _ask_balances(self) -> None:
        """What nobody kept was perhaps credited to the account."""
        with suppress(LinkError):
            told = self._line.ask("statement", Statement(1))
            if isinstance(told, Stated):
                with self._desk.commit() as changes:
                    changes.put(remembered(self._desk.settings, told.balances, self._desk.now()))

    # --- at a sync

    def at_sync(self, notices: Iterable[Notice]) -> tuple[Late, ...]:
        """Ask after what was handed over, and answer for what was handed over to us. A bank that goes away
        now is asked at the next sync."""
        found: list[Late] = []
        with suppress(LinkError):
            for row in self._desk.store.all(Payment):
                if row.status == HANDED_OVER:
                    told = self.hand_over(row.id)
                    if isinstance(told, Late):
                        found.append(told)
            if any(one.kind == LATE_MONEY for one in notices):
                self._answer_all(found)
        return tuple(found)

    # --- the payee

    def _answer_all(self, found: list[Late]) -> None:
        answers: tuple[Answer, ...] = ()
        seen: set[bytes] = set()
        for _ in range(ROUNDS_MOST):
            told = self._line.ask(LATE_MONEY, LateMoney(answers))
            if not isinstance(told, Delivered):
                return
            new = [one for one in told.waiting if one.reference not in seen]
            if not new:
                return
            seen |= {one.reference for one in new}
            answered = [self._answer(one) for one in new]
            found += [late for late, _ in answered]
            answers = tuple(answer for _, answer in answered if answer is not None)
            if not answers:
                return

    def _answer(self, question: KeepOrReturn) -> tuple[Late, Answer | None]:
        """Keep it if its request is open, else give it back; None while neither can be said."""
        try:
            holdings = [self._desk.holding(packed) for packed in question.tokens]
        except RemoteProtocolError as error:
            note(self._desk, question.payment_id, error.refusal)
            return Late(question.payment_id, 0, WAITS, question.until, error.code.value), None
        amount_tiyn = sum(one.amount_tiyn for one in holdings)
        payment = self._payment_of(holdings[0])
        state = None if payment is None else self._talk.load(payment, Role.PAYEE)
        outputs = {one.output for one in holdings}
        code = ""
        back: dict[bytes, bytes] = {}
        stuck = list(holdings)
        if isinstance(state, Payee):
            event = Received(
                pack(Transfer(state.payment_id, question.tokens)), self._talk.known(), recorded=True
            )
            heard = self._talk.tell(state, event)
            after = heard.state
            assert isinstance(after, Payee)
            code = heard.refusal.code.value if heard.refusal is not None else ""
            row = self._desk.store.get(Payment, after.payment_id)
            if after.receipt and row is not None and outputs <= set(row.outputs):
                late = Late(after.payment_id, amount_tiyn, KEPT_HERE, question.until)
                return late, Answer(question.reference, after.receipt, ())
            back = {one.output: one.packed for one in after.returned if one.output in outputs}
            stuck = [one for one in holdings if one.packed in after.stuck]
        elif all(self._forgotten(one) for one in holdings):
            back = self._give_back(holdings)
            stuck = [one for one in holdings if one.output not in back]
        else:
            stuck = []
        claims = self._claims(stuck, question)
        named = payment or question.payment_id
        if set(back) | {one.output for one in stuck if claims} != outputs:
            return Late(named, amount_tiyn, WAITS, question.until, code), None
        message = pack(Return(question.payment_id, tuple(back.values()))) if back else b""
        late = Late(named, amount_tiyn, GIVEN_BACK, question.until, code)
        return late, Answer(question.reference, message, claims)

    def _payment_of(self, holding: Holding) -> bytes | None:
        """Which request of ours this money answers: what its link says, and not who hands it over."""
        nonce = holding.last.nonce if holding.last is not None else b""
        for row in self._desk.store.all(Payment):
            if row.direction == IN and row.channel == OFFLINE and row.message:
                asked = REQUEST.decode(row.message, "request")
                if (asked.key, asked.nonce) == (holding.holder, nonce):
                    return row.id
        return None

    def _forgotten(self, holding: Holding) -> bool:
        """Ours by its key, and nothing is known of it: not held, never signed away."""
        desk = self._desk
        return (
            desk.key(holding.holder) is not None
            and desk.store.get(Coin, holding.output) is None
            and not desk.element.has_signed(holding.output)
        )

    def _give_back(self, holdings: list[Holding]) -> dict[bytes, bytes]:
        """Return links of money whose request this file has forgotten, stored before they are sent."""
        desk = self._desk
        going = []
        for holding in holdings:
            to, certificate = holding.returns_to(), desk.certificate_of(holding.holder)
            if to is None:
                continue
            put = coin_of(holding, certificate, to, holding.amount_tiyn, b"")
            if may_sign(holding, put.link(), certificate, desk.trust, "return") is None:
                going.append(put)
        try:
            desk.element.take([put.packed for put in going])
            signatures = desk.element.sign_links([(put.holder, put.link()) for put in going])
        except DeviceError as error:
            if error.code is not Code.ELEMENT_REFUSED:
                raise
            return {}
        back = {put.output: put.paid(one) for put, one in zip(going, signatures, strict=True)}
        with desk.commit() as changes:
            for packed in back.values():
                changes.put(Upload(desk.holding(packed).output, packed, b"", "new"))
        return back

    def _claims(self, holdings: list[Holding], question: KeepOrReturn) -> tuple[ClaimItem, ...]:
        """Claims in the payer's favour. The element signs the same claim again after a cut, and no other."""
        desk, address = self._desk, question.return_to
        if not holdings or address is None:
            return ()
        claims = [Claim(one.output, question.return_bank, address) for one in holdings]
        orders = [(one.holder, claim) for one, claim in zip(holdings, claims, strict=True)]
        try:
            desk.element.take([one.packed for one in holdings])
            signatures = desk.element.sign_claims(orders)
        except DeviceError as error:
            if error.code is not Code.ELEMENT_REFUSED:
                raise
            return ()
        return tuple(
            ClaimItem(
                one.packed,
                desk.certificate_of(one.holder),
                Envelope(Typ.CLAIM, claim.payload(), signature).to_bytes(),
            )
            for one, claim, signature in zip(holdings, claims, signatures, strict=True)
        )
