"""Account money and the way onto the device: convert, transfer, pay non-cash, load.

Each order that moves money is stored before it is sent (:mod:`device.service.bank_line`); what its answer
changes is committed together with forgetting the order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from device.core.limits import may_hold
from device.core.loading import roots_of
from device.core.model import (
    IN,
    ONLINE,
    OUT,
    KeyEntry,
    Moment,
    Payment,
    PendingOrder,
)
from device.ports import Changes
from device.service.bank_line import BankLine
from device.service.desk import Desk, remembered
from device.service.membership import Membership
from tender.account import eds
from tender.account.client_messages import (
    TO_DT,
    Balances,
    Convert,
    NoncashPaid,
    PayNoncash,
    Stated,
    Statement,
    Transfer,
    Transferred,
)
from tender.account.eds import Order
from tender.account.merchant_messages import PAY_MERCHANT, MerchantPaid
from tender.account.messages import kind_named
from tender.account.token_messages import Load, Loaded, LoadKept, RootWanted
from tender.cash.chain import Holding
from tender.errors import Code, Refusal, RemoteProtocolError

KEYS_LOW: Final = 16
"""Fresh keys a load leaves for requests."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A load: how much, in which roots (tiyn, largest first), and what is left on the account."""

    amount_tiyn: int
    roots_tiyn: tuple[int, ...]
    account_tiyn: int


class Bank:
    """Use cases with the own bank."""

    def __init__(self, desk: Desk, line: BankLine, membership: Membership) -> None:
        self._desk = desk
        self.line = line
        self._membership = membership
        line.on_answer("load", self._loaded)
        line.on_answer("load-kept", self._loaded)
        line.on_answer("convert", self._converted)
        line.on_answer("transfer", self._transferred)
        line.on_answer("pay-noncash", self._paid_noncash)
        line.on_answer("pay-merchant", self._bought)

    # --- account money

    def convert(self, direction: str, amount_tiyn: int) -> Balances | Refusal:
        """Between tenge and Digital Tenge on the accounts."""
        return self.once("convert", Convert(direction, amount_tiyn))

    def transfer(self, by: str, to: str, amount_tiyn: int, purpose: str) -> Transferred | Refusal:
        """Digital Tenge to a phone, IIN or BIN, online."""
        return self.once("transfer", Transfer(by, to, amount_tiyn, purpose))

    def pay_noncash(self, merchant: str, amount_tiyn: int, purpose: str) -> NoncashPaid | Refusal:
        """From DT to a merchant's non-cash account in one step (DT-P-15)."""
        return self.once("pay-noncash", PayNoncash(merchant, amount_tiyn, purpose))

    def statement(self, most: int = 50) -> Stated | Refusal:
        """The client's own accounts, as the bank tells them."""
        told = self.line.ask("statement", Statement(most))
        if isinstance(told, Stated):
            with self._desk.commit() as changes:
                self._remember(told.balances, changes)
        return told

    def load(self, amount_tiyn: int, *, single: bool = False, rule: bytes | None = None) -> Filled | Refusal:
        """From the DT account onto the device, in round roots; what is held must stay within the limit."""
        return self._fill("load", amount_tiyn, lambda wanted: Load(wanted, rule), single=single)

    def load_kept(self, amount_tiyn: int, rule: bytes) -> Filled | Refusal:
        """What keeps its colour at the National Bank, under its rule onto the device again."""
        return self._fill("load-kept", amount_tiyn, lambda wanted: LoadKept(wanted, rule))

    def _fill(
        self,
        kind: str,
        amount_tiyn: int,
        order: Callable[[tuple[RootWanted, ...]], Load | LoadKept],
        *,
        single: bool = False,
    ) -> Filled | Refusal:
        desk = self._desk
        desk.check_writable()
        refused = may_hold(
            amount_tiyn, desk.profile(), replace(desk.standing(), holding_tiyn=desk.promised_tiyn())
        )
        if refused is not None:
            return refused
        amounts = roots_of(amount_tiyn, single=single)
        keys = self._keys_for(len(amounts))
        if isinstance(keys, Refusal):
            return keys
        wanted = tuple(RootWanted(one.key, amount) for one, amount in zip(keys, amounts, strict=True))
        told = self.once(kind, order(wanted), keys)
        if isinstance(told, Refusal):
            return told
        return Filled(amount_tiyn, amounts, desk.settings.account_tiyn)

    def _keys_for(self, count: int) -> Sequence[KeyEntry] | Refusal:
        refused = self._membership.certify(count + KEYS_LOW)
        if refused is not None:
            return refused
        fresh = self._desk.fresh_keys()[:count]
        if len(fresh) < count:
            return Refusal(Code.CARD_FULL, "keys")  # the element has no room for more keys
        return fresh

    def once(
        self,
        kind: str,
        body: Any,
        keys: Sequence[KeyEntry] = (),
        *,
        unless: Callable[[], Refusal | None] = lambda: None,
    ) -> Any | Refusal:
        """An order that must happen once. An unanswered earlier one that wishes the same is that one.

        ``unless`` is asked when every earlier order was sent again, and may refuse the new one then.

        A request must not be given a key (``keys``) on which an unanswered order may have put money.
        """
        encoded = kind_named(kind).order.encode(body)
        answers = self.line.finish_pending()
        for pending, answer in answers:
            if pending.kind == kind and _same_wish(kind, eds.open_order(pending.raw).order.body, encoded):
                return answer
        refused = unless()
        return self.line.order(kind, body, keys) if refused is None else refused

    # --- what answers change

    def _loaded(self, pending: PendingOrder, order: Order, told: Loaded, changes: Changes) -> None:
        desk = self._desk
        now = desk.now()
        payment = pending.message_id
        body = kind_named(order.kind).order.decode(order.body, order.kind)
        coins = [desk.coin_of(packed, payment, now) for packed in told.tokens]
        _check_loaded(body, [desk.holding(one.packed) for one in coins])
        for coin in coins:
            changes.put(coin)
            entry = desk.key(coin.holder)
            if entry is not None:
                changes.put(desk.used(entry))  # it was before, unless an older wallet ordered this
        amount_tiyn = sum(root.amount_tiyn for root in body.roots)
        changes.put(self._line(payment, IN, "load", amount_tiyn))
        self._remember(told.balances, changes)

    def _converted(self, pending: PendingOrder, order: Order, told: Balances, changes: Changes) -> None:
        body = kind_named("convert").order.decode(order.body, "convert")
        direction = IN if body.direction == TO_DT else OUT
        changes.put(self._line(pending.message_id, direction, "convert", body.amount_tiyn))
        self._remember(told, changes)

    def _transferred(self, pending: PendingOrder, order: Order, told: Transferred, changes: Changes) -> None:
        body = kind_named("transfer").order.decode(order.body, "transfer")
        party = told.payee or body.to
        changes.put(self._line(pending.message_id, OUT, ONLINE, body.amount_tiyn, party, body.purpose))
        self._remember(told.balances, changes)

    def _paid_noncash(self, pending: PendingOrder, order: Order, told: NoncashPaid, changes: Changes) -> None:
        body = kind_named("pay-noncash").order.decode(order.body, "pay-noncash")
        line = self._line(pending.message_id, OUT, ONLINE, body.amount_tiyn, body.merchant, body.purpose)
        changes.put(line)
        self._remember(told.balances, changes)

    def _bought(self, pending: PendingOrder, order: Order, told: MerchantPaid, changes: Changes) -> None:
        body = PAY_MERCHANT.decode(order.body, "pay-merchant")
        party, purpose = told.payee or body.merchant, body.purpose or body.reference
        line = self._line(pending.message_id, OUT, ONLINE, body.amount_tiyn, party, purpose)
        # The order stays with its line: it alone knows which merchant was paid under which reference.
        changes.put(replace(line, message=order.body))
        self._remember(told.balances, changes)

    def _line(
        self, name: bytes, direction: str, channel: str, amount_tiyn: int, party: str = "", purpose: str = ""
    ) -> Payment:
        """A line of the history for something that was settled when it was done."""
        now = self._desk.now()
        return Payment(
            id=name,
            direction=direction,
            channel=channel,
            amount_tiyn=amount_tiyn,
            time=now,
            party=party,
            purpose=purpose,
            status="settled",
            path=(Moment("settled", now),),
            number=self._desk.next_number(),
        )

    def _remember(self, balances: Balances, changes: Changes) -> None:
        changes.put(remembered(self._desk.settings, balances, self._desk.now()))


def _check_loaded(asked: Load | LoadKept, got: Sequence[Holding]) -> None:
    """The very roots that were asked for, fresh and of no other colour; raises ``sums-differ``.

    The order stays as it is then: money has left the account for it, and the bank must still answer.
    """
    wanted = sorted((one.key, one.amount_tiyn) for one in asked.roots)
    rules = {None if one.rule is None else one.rule.to_bytes() for one in got}
    brought = sorted((one.holder, one.amount_tiyn) for one in got)
    if brought != wanted or any(one.spends for one in got) or rules != {asked.rule}:
        facts = {"inputs_tiyn": sum(one for _, one in wanted), "outputs_tiyn": sum(one for _, one in brought)}
        raise RemoteProtocolError(Code.SUMS_DIFFER, "reply.tokens", **facts)


def _same_wish(kind: str, one: bytes, other: bytes) -> bool:
    """Whether two orders wish the same; a load's keys differ each time, its amounts do not. A purchase
    under a merchant's reference is the same one, whatever the payer calls it, wherever it was asked for."""
    if kind == "pay-merchant" and one != other:
        bought = [PAY_MERCHANT.decode(body, kind) for body in (one, other)]
        named = [(order.merchant, order.reference, order.amount_tiyn) for order in bought]
        return named[0] == named[1] and bool(bought[0].reference)
    if kind not in ("load", "load-kept"):
        return one == other
    first, second = (kind_named(kind).order.decode(body, kind) for body in (one, other))
    return bool(first.rule == second.rule) and [root.amount_tiyn for root in first.roots] == [
        root.amount_tiyn for root in second.roots
    ]
