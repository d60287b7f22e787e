"""The card host of one bank: hears requests and reversals, asks the bank's node, answers once.

What becomes of a request is ``card_switch/core/conversion.py``; what is looked at before the bank is asked is
``checks.py``. A request that is repeated gets the answer it got, byte for byte; one of the same name with
other content gets 94; a reversal that comes before its original bars it.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from card_switch.core import conversion
from card_switch.core.conversion import Act, Event, State
from card_switch.core.issuer import bank_words, checks, chip
from card_switch.core.issuer.cardholders import Cardholders
from card_switch.core.issuer.checks import SPENDS, Asked, Kind, Verdict
from card_switch.core.issuer.operations import (
    OPERATION,
    OPERATIONS,
    REVERSALS,
    TAKEN,
    Operation,
    Operations,
    approval_code,
    name_without_id,
)
from card_switch.core.issuer.orders import BankOrders
from card_switch.core.issuer.settings import SPOKEN, IssuerSettings
from card_switch.core.issuer.taking_back import Reversed
from card_switch.core.keys import ON_US, CardKeys, issuer_zone
from card_switch.core.node import OWN_ACQUIRER, Command, Keep, Row, Send, Tell
from card_switch.core.rows import fingerprint, key_of, names, original_keys, storable
from card_switch.core.timing import is_e_commerce
from tender.account import card_messages as bank_messages
from tender.account.participants import number_text
from tender.card.in_dt import DATA_ELEMENT as IN_DT
from tender.card.in_dt import MARK
from tender.card.iso8583.dialects import Dialect
from tender.card.iso8583.message import Message
from tender.errors import RemoteProtocolError

APPROVED: Final = "00"
VERIFIED: Final = "85"
FORMAT_ERROR: Final = "30"
NOT_FOUND: Final = "25"
INVALID: Final = "12"
DUPLICATE: Final = "94"
NO_ANSWER: Final = "91"
_NO_MONEY: Final = frozenset({Kind.BALANCE.value, Kind.VERIFICATION.value})
_REQUESTS: Final = ("010", "020")
_REVERSALS: Final = ("040", "042")


class Issuer:
    """One bank's card host, a :class:`~card_switch.core.node.Node`."""

    def __init__(
        self, settings: IssuerSettings, keys: CardKeys, dialects: Mapping[str, Dialect] = SPOKEN
    ) -> None:
        self.bank = settings.bank
        self.name = f"issuer-{number_text(settings.bank)}"
        self.holders = Cardholders()
        self.orders = BankOrders(settings.bank)
        self.operations = Operations()
        self._settings = settings
        self._keys = keys
        self._dialects = dialects
        self.by_name: dict[str, str] = {}
        self.taken = Reversed(self.operations, self.orders)
        self._waiting: list[tuple[int, str]] = []

    # --- what is heard

    def heard(self, link: str, message: Message, now_ms: int) -> Sequence[Command]:
        """A request or a reversal; whatever it is, it gets an answer."""
        if not message.is_request:
            return [Tell("unasked", (("link", link), ("mti", message.mti)))]
        try:
            if message.mti[:3] in _REQUESTS:
                return self._requested(link, message, now_ms)
            if message.mti[:3] in _REVERSALS:
                return self._reversed(link, message, now_ms)
        except RemoteProtocolError as error:
            told = Tell("unreadable", (("link", link), ("field", error.field)))
            return [told, Send(link, message.answer(FORMAT_ERROR))]
        return [Send(link, message.answer(INVALID))]

    def link_changed(self, link: str, up: bool, now_ms: int) -> Sequence[Command]:
        """A card host waits for others to ask; it has nothing of its own to say."""
        return []

    def _requested(self, link: str, message: Message, now_ms: int) -> list[Command]:
        key = key_of(message)
        known = self.operations.get(key)
        if known is not None:
            return self._again(known, link, message)
        name = self._dialects[link].life_cycle_id(message) or name_without_id(key, now_ms)
        if name in self.by_name:
            barred = self.operations[self.by_name[name]].state is State.BARRED
            return [Tell("name-taken", (("name", name),)),
                    Send(link, message.answer(INVALID if barred else DUPLICATE))]  # fmt: skip
        payee = bank_words.payee_of(message, self.bank, self._settings.profile)
        kind = checks.kind_of(message, is_e_commerce(message) or checks.is_keyed(message), payee is not None)
        if kind is None:
            return self._refused(key, name, link, message, now_ms, INVALID, "no such request")
        if not checks.amount_fits(kind, message):
            return self._refused(key, name, link, message, now_ms, checks.AMOUNT_INVALID, "no amount")
        card = self.holders.by_number(message.pan.digits)
        if card is None:
            return self._refused(key, name, link, message, now_ms, checks.NO_SUCH_CARD, "no such card")
        original = self.operations.given_back(message) if kind is Kind.REFUND else ""
        asked = self._asked(link, message, kind, now_ms)
        usage = self.holders.usage(card.link)
        verdict = checks.judge(card, usage, asked, self._settings, self._keys, gives_back=bool(original))
        if original is None and not verdict.code:
            verdict = replace(verdict, code=NOT_FOUND, why="no such purchase")
        if verdict.code or original is None:
            answer, verdict = self._answer(card.link, asked, verdict, verdict.code)
            usage, told = self.orders.tell(
                verdict.usage, self._tried(asked, name, card.link, verdict.code, link), verdict.proof
            )
            refused = self._refused(key, name, link, message, now_ms, verdict.code, verdict.why, answer)
            return [*self.holders.used(usage), *refused, *told]
        code = VERIFIED if kind is Kind.VERIFICATION else APPROVED
        approval, verdict = self._answer(card.link, asked, verdict, code)
        if kind is Kind.PURCHASE_IN_DT:
            approval = approval.having({IN_DT: MARK})
        confirm_s = self._settings.timing.confirm_s if kind is Kind.E_COMMERCE else 0
        amount_tiyn = 0 if kind is Kind.BALANCE else message.amount_tiyn
        number = approval_code(name)
        place = bank_words.place_of(message, self._dialects[link], number)
        order = bank_words.order_for(
            kind, name, original, card.link, amount_tiyn, place, confirm_s, now_ms // 1000, payee
        )
        operation = Operation(
            key=key,
            name=name,
            link=link,
            fingerprint=fingerprint(message),
            request=storable(message),
            card=card.link,
            kind=kind.value,
            amount_tiyn=amount_tiyn,
            order=bank_messages.encode_order(order),
            state=State.ASKED,
            time_ms=now_ms,
            deadline_ms=now_ms + int(self._settings.timing.issuer_s * 1000) + confirm_s * 1000,
            day=verdict.usage.day,
            approval=approval.having({38: number}),
        )
        return [*self.holders.used(verdict.usage), *self._ask(operation)]

    def _tried(self, asked: Asked, name: str, card: bytes, code: str, link: str) -> bank_messages.Tried:
        place = bank_words.place_of(asked.message, self._dialects[link])
        return bank_words.tried(asked.kind, name, card, code, place, asked.message, asked.now_ms // 1000)

    def _ask(self, operation: Operation) -> list[Command]:
        """Ask the bank for it; its row is written before."""
        heapq.heappush(self._waiting, (operation.deadline_ms, operation.key))
        return [self._keep(operation), self.orders.again(operation.name, operation.order)]

    def _asked(self, link: str, message: Message, kind: Kind, now_ms: int) -> Asked:
        on_us = link == OWN_ACQUIRER
        zone = issuer_zone(ON_US if on_us else link, self.bank)
        return Asked(message, kind, on_us, zone, self._dialects[link].cvv2(message), now_ms)

    def _answer(self, link: bytes, asked: Asked, verdict: Verdict, code: str) -> tuple[Message, Verdict]:
        """The answer with what the chip and the printed code get to hear, and the card's usage after it."""
        message = asked.message
        answer = message.answer(code)
        if verdict.chip is not None:
            card = self.holders.cards[link]
            octets, usage = chip.answered(
                self._keys, self.bank, card, verdict.usage, verdict.chip, code, approved=not verdict.code
            )
            answer, verdict = answer.having({55: octets}), replace(verdict, usage=usage)
        if verdict.printed_code_result:
            name = OWN_ACQUIRER if asked.on_us else asked.zone.partition("/")[0]
            answer = self._dialects[name].with_cvv2_result(answer, verdict.printed_code_result)
        return answer, verdict

    def _again(self, known: Operation, link: str, message: Message) -> list[Command]:
        """A request whose name is known."""
        if known.state is State.BARRED:
            return [Tell("barred", (("key", known.key),)), Send(link, message.answer(INVALID))]
        if known.fingerprint != fingerprint(message):
            return [Tell("duplicate-differs", (("key", known.key),)), Send(link, message.answer(DUPLICATE))]
        if known.answer is not None:
            return [Tell("repeated", (("key", known.key),)), Send(link, known.answer)]
        return [Tell("repeated", (("key", known.key),)), self._keep(replace(known, link=link))]

    def _refused(
        self,
        key: str,
        name: str,
        link: str,
        message: Message,
        now_ms: int,
        code: str,
        why: str,
        answer: Message | None = None,
    ) -> list[Command]:
        """Refused by the host itself; the bank is not asked."""
        said = answer or message.answer(code)
        refused = self._closed(key, name, link, message, now_ms, State.REFUSED, said)
        told = Tell("declined", (("key", key), ("code", code), ("why", why)))
        return [told, self._keep(refused), Send(link, said)]

    def _closed(
        self, key: str, name: str, link: str, message: Message, now_ms: int, state: State, answer: Message
    ) -> Operation:
        """An operation the bank is never asked for."""
        return Operation(
            key, name, link, fingerprint(message), storable(message), b"", "", 0, b"", state, now_ms, 0, 0,
            answer=answer,
        )  # fmt: skip

    # --- reversals

    def _reversed(self, link: str, message: Message, now_ms: int) -> list[Command]:
        key = key_of(message)
        said = self.taken.again(key, message)
        if said is not None:
            return [Send(link, said)]
        known = self._original(link, message)
        if known is None:
            return self._bar(key, link, message, now_ms)
        if known.link != link or not names(message, known.request):
            # Of another card or shop, or from another link than the original: nothing is touched.
            return [Tell("not-of-this", (("key", known.key),)), Send(link, message.answer(NOT_FOUND))]
        left_tiyn = message.replacement_tiyn or 0
        if left_tiyn > known.amount_tiyn:
            return [Send(link, message.answer(FORMAT_ERROR))]
        refused = self.taken.refused(known, message)
        if refused is not None:
            return self.taken.say(key, link, message, refused, now_ms)
        commands: list[Command] = []
        if known.state is not State.CONVERTED or not left_tiyn:
            commands = self._happen(known, Event.REVERSED)
        elif left_tiyn < known.stands_tiyn:
            commands = self._happen(known, Event.REVERSED_IN_PART, left_tiyn=left_tiyn)
        return [*commands, *self.taken.say(key, link, message, self.taken.told(known, message), now_ms)]

    def _original(self, link: str, message: Message) -> Operation | None:
        """What a reversal speaks of: by the life-cycle id, else by DE90."""
        name = self._dialects[link].life_cycle_id(message)
        keys = [self.by_name.get(name, ""), *(original_keys(message) if 90 in message.fields else ())]
        return next((self.operations[one] for one in keys if one in self.operations), None)

    def _bar(self, key: str, link: str, message: Message, now_ms: int) -> list[Command]:
        """Its original is not here yet: when it comes, it is refused."""
        original = original_keys(message)[0]
        name = self._dialects[link].life_cycle_id(message) or name_without_id(original, now_ms)
        kept: list[Command] = []
        if original not in self.operations and name not in self.by_name:
            said = message.answer(INVALID)
            barred = self._closed(original, name, link, message, now_ms, State.BARRED, said)
            kept = [self._keep(barred), Tell("barred", (("key", original),))]
        answer = message.answer(NOT_FOUND)
        return [*kept, self.taken.take(key, message, answer, now_ms), Send(link, answer)]

    # --- what the bank says

    def bank_said(self, operation: str, reply: bytes, now_ms: int) -> Sequence[Command]:
        """A reply, perhaps for the second time; or what the bank says unasked."""
        try:
            said = bank_messages.decode_reply(reply)
        except RemoteProtocolError as error:
            return [Tell("unreadable", (("link", "bank"), ("field", error.field)))]
        match said:
            case bank_messages.BankState(blocked=True):
                asked = [one for one in self.operations.values() if one.state is State.ASKED]
                return [command for one in asked for command in self._happen(one, Event.BLOCKED)]
            case bank_messages.BankState():
                return self.orders.all_again()
            case bank_messages.Undone():
                return self._undone(said, now_ms)
            case bank_messages.CardLinked():
                return [*self.orders.answered(said, now_ms), *self.holders.linked(said)]
            case bank_messages.Noted():
                return self.orders.answered(said, now_ms)
            case bank_messages.DayClosed():
                return []
        known = self.operations.get(self.by_name.get(said.operation, ""))
        if known is None:
            return [Tell("unasked", (("link", "bank"), ("name", said.operation)))]
        if said.code:
            return self._happen(known, Event.NOT_DONE, code=bank_words.code_of(said.code))
        if isinstance(said, bank_messages.BalanceTold) and known.approval is not None:
            known = replace(known, approval=bank_words.with_balance(known.approval, said))
        return self._happen(known, Event.DONE)

    def _undone(self, said: bank_messages.Undone, now_ms: int) -> list[Command]:
        kept = self.orders.answered(said, now_ms)
        original = said.operation.rpartition(bank_words.UNDO)[0]
        known = self.operations.get(self.by_name.get(original, ""))
        if said.code:
            return [*kept, Tell("undo-refused", (("name", original), ("code", said.code)))]
        return [*kept, *(self._happen(known, Event.UNDO_DONE) if known else ())]

    # --- what follows (the table)

    def _happen(
        self, known: Operation, event: Event, code: str = NO_ANSWER, left_tiyn: int = 0
    ) -> list[Command]:
        """Do what the table says; ``code`` of a decline, ``left_tiyn`` of a part taken back."""
        following = conversion.step(known.state, event)
        if following is None:
            return []
        stood_tiyn = known.stands_tiyn
        commands: list[Command] = []
        answer = known.answer
        sends = False
        for act in following.acts:
            if act is Act.APPROVE:
                answer, sends = known.approval, True
                stood_tiyn = known.amount_tiyn
            elif act in (Act.DECLINE, Act.CLOSE):
                answer, sends = known.request.answer(code), act is Act.DECLINE
                commands.append(Tell("declined", (("key", known.key), ("code", code), ("why", event.value))))
            elif act is Act.UNDO:
                commands += self._undo(known, left_tiyn)
        ends = following.state is not known.state and following.state in (State.REFUSED, State.UNDOING)
        if ends or event is Event.REVERSED_IN_PART:
            commands += self._release(known, left_tiyn)
        stands = left_tiyn if Act.UNDO in following.acts else stood_tiyn
        state = following.state
        if state is State.UNDOING and known.kind in _NO_MONEY:
            state = State.UNDONE
        turned = replace(known.turned(state, answer), stands_tiyn=stands)
        commands.append(self._keep(turned))
        if sends and turned.answer is not None and turned.link:
            commands.append(Send(turned.link, turned.answer))
        return commands

    def _undo(self, known: Operation, left_tiyn: int) -> list[Command]:
        if known.kind in _NO_MONEY:
            return []
        undone_tiyn = known.amount_tiyn - left_tiyn if left_tiyn else 0
        return self.orders.ask(bank_words.undo_of(known.name, undone_tiyn))

    def _release(self, known: Operation, left_tiyn: int) -> list[Command]:
        """What is taken back no longer counts against the card's limits."""
        if not known.card or Kind(known.kind) not in SPENDS:
            return []
        stood_tiyn = known.stands_tiyn or known.amount_tiyn
        cash = known.kind == Kind.CASH.value
        usage = self.holders.usage(known.card)
        given = usage.giving_back(known.day, stood_tiyn - left_tiyn, cash, whole=not left_tiyn)
        return self.holders.used(given)

    # --- time and rows

    def due(self, now_ms: int) -> Sequence[Command]:
        """Give up what the bank has not answered."""
        commands: list[Command] = []
        while self._waiting and self._waiting[0][0] <= now_ms:
            _, key = heapq.heappop(self._waiting)
            known = self.operations.get(key)
            if known is not None and known.state is State.ASKED:
                commands += self._happen(known, Event.TIME_OUT)
        return [*commands, *self.orders.due(now_ms)]

    def next_deadline(self) -> int | None:
        """When the bank's patience for the oldest question ends."""
        while self._waiting:
            deadline_ms, key = self._waiting[0]
            if self.operations[key].state is State.ASKED:
                again_ms = self.orders.next_deadline()
                return deadline_ms if again_ms is None else min(deadline_ms, again_ms)
            heapq.heappop(self._waiting)
        return self.orders.next_deadline()

    def restore(self, rows: Iterable[Row], now_ms: int) -> Sequence[Command]:
        """Begin where the rows end: what was asked is asked again, what was to be undone too."""
        commands: list[Command] = []
        for row in rows:
            if row.table == OPERATIONS:
                known = OPERATION.decode(row.data, "row")
                self.remember(known)
                if known.state is State.ASKED:
                    heapq.heappush(self._waiting, (known.deadline_ms, known.key))
                    commands.append(self.orders.again(known.name, known.order))
            elif row.table == REVERSALS:
                self.taken[row.key] = TAKEN.decode(row.data, "row")
            elif not self.holders.restore(row):
                commands += self.orders.restore(row)
        return commands

    def remember(self, operation: Operation) -> None:
        self.operations[operation.key] = operation
        self.by_name[operation.name] = operation.key

    def _keep(self, operation: Operation) -> Keep:
        self.remember(operation)
        return Keep(OPERATIONS, operation.key, OPERATION.encode(operation))
