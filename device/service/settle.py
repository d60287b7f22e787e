"""Coming home: upload what was paid away and what is held, claim what is to be deposited, fetch lists.

Uploading moves nothing; only the holder's own signed claim does. Everything may be sent again: the end is the
same (docs/protocol/cash.md, section 10).
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from device.core.model import (
    OFFLINE,
    REFUSED,
    WAITING,
    Coin,
    Payment,
    Proof,
    Upload,
)
from device.ports import Changes
from device.service.bank_line import ASK_AGAIN, BankLine
from device.service.claiming import Claiming
from device.service.desk import Desk, remembered
from device.service.evidence import keep
from device.service.hand_over import HANDED_OVER, HandOvers, Late
from device.service.incidents import note
from device.service.lists import ListKeeper
from device.service.membership import Membership
from tender.account.client_messages import Stated, Statement
from tender.account.token_messages import (
    ALREADY,
    RECORDED,
    SETTLED,
    ClaimItem,
    ItemState,
    Notice,
    Settle,
    Settled,
    Sync,
    Synced,
)
from tender.account.token_messages import REFUSED as ITEM_REFUSED
from tender.errors import Code, LinkError, Refusal

CHUNK_ITEMS: Final = 60
CHUNK_BYTES: Final = 500_000
FATES_MOST: Final = 500
NOT_FOR_GOOD: Final = ASK_AGAIN | {
    Code.DEVICE_LOST,
    Code.COLOUR_BROKEN,
    Code.CLAIM_EXPIRED,
    Code.ORPHANS_FULL,
}
"""Refusals of a claim that may end otherwise when what stood against it has changed."""
HELD_RECORDED: Final = "recorded"


@dataclass(frozen=True, slots=True)
class Deposited:
    """What became of a deposit: credited, still waiting, refused (tiyn), with the code of each that is not
    credited. ``barred_tiyn`` stays on the device: its purpose does not name this holder."""

    settled_tiyn: int = 0
    waiting_tiyn: int = 0
    refused_tiyn: int = 0
    codes: tuple[str, ...] = ()
    account_tiyn: int = 0
    barred_tiyn: int = 0


@dataclass(frozen=True, slots=True)
class Homecoming:
    """What a sync did: records shown, claims answered, lists fetched, notices about fraud or returns."""

    recorded: int
    deposited: Deposited
    directory_number: int
    list_number: int
    notices: tuple[Notice, ...]
    keys_ready: bool
    late: tuple[Late, ...] = ()


class Settling:
    """Use cases that bring offline money to the bank."""

    def __init__(self, desk: Desk, line: BankLine, membership: Membership, hand_overs: HandOvers) -> None:
        self._desk = desk
        self._line = line
        self._membership = membership
        self._claiming = Claiming(desk)
        self._lists = ListKeeper(desk)
        self._hand_overs = hand_overs

    def deposit(self, amount_tiyn: int | None = None) -> Deposited | Refusal:
        """Claim money for the own DT account: all that is held, or exactly an amount.

        The claims are signed and stored before they are sent; when the bank is away they go at the next sync.
        Of all that is held, money whose rule does not name this device stays.
        """
        self._desk.check_writable()
        self._claiming.write_kept()
        self._claiming.sign_again()
        wanted = self._claiming.claim(amount_tiyn)
        if isinstance(wanted, Refusal):
            return wanted
        deposited = self._upload()
        if amount_tiyn is not None or isinstance(deposited, Refusal):
            return deposited
        return replace(deposited, barred_tiyn=sum(coin.amount_tiyn for coin in self._claiming.barred()))

    # --- upload

    def _upload(self) -> Deposited | Refusal:
        """Send records and every claim that is not settled yet; apply what the bank answers."""
        desk = self._desk
        recorded, total = 0, Deposited()
        uploads = {one.output: one for one in desk.store.all(Upload)}
        held = {coin.output: coin for coin in desk.coins() if coin.spendable and coin.code != HELD_RECORDED}
        claimed = [coin for coin in desk.coins() if coin.claim and not _refused_for_good(coin)]
        packed = [one.packed for one in uploads.values()] + [one.packed for one in held.values()]
        items = [ClaimItem(one.packed, desk.certificate_of(one.holder), one.claim) for one in claimed]
        for records, claims in chunks(packed, items):
            told, raw = self._line.ask_signed("settle", Settle(records, claims))
            if isinstance(told, Refusal):
                return told
            assert isinstance(told, Settled)
            recorded += len(told.records)
            total = self._apply(told, total, raw)
        self._recorded = recorded
        if total.settled_tiyn:
            self._ask_balances()
        return replace(total, account_tiyn=desk.settings.account_tiyn)

    def _ask_balances(self) -> None:
        """What the account holds after a credit; the credit stands even if the bank goes away now."""
        with suppress(LinkError):
            told = self._line.ask("statement", Statement(1))
            if isinstance(told, Stated):
                with self._desk.commit() as changes:
                    changes.put(remembered(self._desk.settings, told.balances, self._desk.now()))

    _recorded: int = 0

    def _apply(self, told: Settled, total: Deposited, raw: bytes) -> Deposited:
        desk = self._desk
        now = desk.now()
        with desk.commit() as changes:
            keep(desk, self._credited(told.claims), raw, now, changes)
            touched: dict[bytes, Payment] = {}
            for item in told.records:
                self._recorded_item(item, changes, touched, now)
            for item in told.claims:
                total = self._claimed_item(item, changes, touched, now, total)
            self._follow_outputs({item.output: _fate(item) for item in told.claims}, touched, now)
            for payment in touched.values():
                changes.put(payment)
        return total

    def _credited(self, items: Iterable[ItemState]) -> Iterable[Coin]:
        """What we claimed and the bank says is settled."""
        for item in items:
            coin = self._desk.store.get(Coin, item.output)
            if coin is not None and coin.claim and item.state in (SETTLED, ALREADY):
                yield coin

    def _recorded_item(
        self, item: ItemState, changes: Changes, touched: dict[bytes, Payment], now: int
    ) -> None:
        desk = self._desk
        upload = desk.store.get(Upload, item.output)
        if upload is not None and item.state in (RECORDED, SETTLED, ALREADY):
            changes.drop(upload)
            of = desk.store.get(Payment, upload.payment) if upload.payment else None
            # What was given back is no part of what its payment paid: it says nothing of where that stands.
            if of is not None and item.output in of.outputs:
                self._move(of.id, "recorded", touched, now)
        coin = desk.store.get(Coin, item.output)
        if coin is not None and coin.spendable and item.state == RECORDED:
            changes.put(replace(coin, code=HELD_RECORDED))

    def _claimed_item(
        self,
        item: ItemState,
        changes: Changes,
        touched: dict[bytes, Payment],
        now: int,
        total: Deposited,
    ) -> Deposited:
        coin = self._desk.store.get(Coin, item.output)
        if coin is None:
            return total
        amount = coin.amount_tiyn
        codes = (*total.codes, item.code) if item.code and item.code not in total.codes else total.codes
        if item.state in (SETTLED, ALREADY):
            changes.drop(coin)
            self._move(self._deposit_of(item.output), "settled", touched, now)
            # What was credited, which below a fork or after the window may be less than was claimed.
            return replace(total, settled_tiyn=total.settled_tiyn + item.amount_tiyn, codes=codes)
        if item.state == ITEM_REFUSED:
            changes.put(replace(coin, state=REFUSED, code=item.code))
            self._move(self._deposit_of(item.output), "refused", touched, now, code=item.code)
            return replace(total, refused_tiyn=total.refused_tiyn + amount, codes=codes)
        changes.put(replace(coin, state=WAITING, code=item.code))
        return replace(total, waiting_tiyn=total.waiting_tiyn + amount, codes=codes)

    def _follow_outputs(self, fates: dict[bytes, str], touched: dict[bytes, Payment], now: int) -> None:
        """A payment is settled when each of its outputs is; recorded when the platform knows them all."""
        for payment in self._desk.store.all(Payment):
            known = [fates.get(output, "") for output in payment.outputs]
            if payment.channel not in (OFFLINE, "refund") or not known or not all(known):
                continue
            if payment.status in ("returned", HANDED_OVER):
                continue  # whose account the outputs were credited to, the hand-over's own answer says
            self._move(payment.id, "settled" if set(known) == {"settled"} else "recorded", touched, now)

    def _deposit_of(self, output: bytes) -> bytes:
        for payment in self._desk.store.all(Payment):
            if payment.channel == "deposit" and output in payment.outputs:
                return payment.id
        return b""

    def _move(
        self,
        name: bytes,
        status: str,
        touched: dict[bytes, Payment],
        now: int,
        *,
        code: str = "",
    ) -> None:
        payment = touched.get(name) or (self._desk.store.get(Payment, name) if name else None)
        if payment is None or (
            status == "recorded" and payment.status in ("settled", "returned", HANDED_OVER)
        ):
            return
        if payment.channel not in (OFFLINE, "deposit", "refund"):
            return  # a load was settled when it was made
        touched[name] = payment.moved(status, now, code)

    # --- sync

    def sync(self) -> Homecoming | Refusal:
        """Upload first, then fetch lists and fates: so the last recorded owner moves on."""
        desk = self._desk
        self._claiming.write_kept()
        self._line.finish_pending()
        self._claiming.sign_again()
        self._drop_signed_away()
        deposited = self._upload()
        if isinstance(deposited, Refusal):
            return deposited
        told, raw = self._line.ask_signed(
            "sync",
            Sync(
                desk.element.counter,
                desk.trust.directory.number,
                desk.trust.revocations.number,
                self._interesting(),
                desk.trust.correction.number,
            ),
        )
        if isinstance(told, Refusal):
            return told
        assert isinstance(told, Synced)
        self._take_in(told, raw)
        late = self._hand_overs.at_sync(told.notices)
        refused = self._membership.certify()
        self._membership.tidy()
        return Homecoming(
            self._recorded,
            replace(deposited, account_tiyn=desk.settings.account_tiyn),
            desk.trust.directory.number,
            desk.trust.revocations.number,
            told.notices,
            refused is None,
            late,
        )

    def _drop_signed_away(self) -> None:
        """In an old copy of the file some money is still shown that the element has signed away since."""
        desk = self._desk
        if not desk.behind:
            return
        gone = [coin for coin in desk.coins() if coin.spendable and desk.element.has_signed(coin.output)]
        with desk.commit() as changes:
            for coin in gone:
                changes.drop(coin)

    def _interesting(self) -> tuple[bytes, ...]:
        final = {"settled", "refused", "cancelled", "declined", "failed", "returned"}
        found: list[bytes] = []
        for payment in self._desk.store.all(Payment):
            if payment.channel in (OFFLINE, "refund") and payment.status not in final:
                found += payment.outputs
        found += [coin.output for coin in self._desk.coins() if coin.claim]
        return tuple(dict.fromkeys(found))[-FATES_MOST:]

    def _take_in(self, told: Synced, raw: bytes) -> None:
        desk = self._desk
        now = desk.now()
        news = (told.directory, told.revocations, *told.steps)
        with desk.commit(caught_up=True) as changes:
            refused = self._lists.bring((one for one in news if one is not None), told.correction, changes)
            touched: dict[bytes, Payment] = {}
            self._follow_outputs({item.output: _fate(item) for item in told.items}, touched, now)
            credited = list(self._credited(told.items))
            keep(desk, credited, raw, now, changes)
            for coin in credited:
                changes.drop(coin)
                self._move(self._deposit_of(coin.output), "settled", touched, now)
            for payment in touched.values():
                changes.put(payment)
            for notice in told.notices:
                if notice.proof is not None:
                    changes.put(Proof(notice.output, notice.proof, notice.time))
            home = replace(desk.settings, synced_at=now, paid_since_sync_tiyn=0)
            changes.put(remembered(home, told.balances, now))
        for refusal in refused:
            note(desk, b"", refusal)
        desk.element.learn(desk.trust.directory.raw, {})
        desk.element.synced(raw)


def _refused_for_good(coin: Coin) -> bool:
    return coin.state == REFUSED and coin.code not in NOT_FOR_GOOD


def _fate(item: ItemState) -> str:
    """Settled: credited to an account, itself or all that was made of it; else recorded, or nothing known."""
    claimed_tiyn = dict(item.facts).get("claimed_tiyn", 0)
    if item.state in (SETTLED, ALREADY) or (
        isinstance(claimed_tiyn, int) and claimed_tiyn >= item.amount_tiyn
    ):
        return "settled"
    return "recorded" if item.state == RECORDED else ""


def chunks(
    records: Sequence[bytes], claims: Sequence[ClaimItem]
) -> Iterable[tuple[tuple[bytes, ...], tuple[ClaimItem, ...]]]:
    """Uploads of a size one order carries: records first, so that what was paid out is known before."""
    here: list[bytes] = []
    claimed: list[ClaimItem] = []
    size = 0
    for record in records:
        if here and (len(here) >= CHUNK_ITEMS or size + len(record) > CHUNK_BYTES):
            yield tuple(here), ()
            here, size = [], 0
        here.append(record)
        size += len(record)
    for claim in claims:
        length = len(claim.token) + len(claim.claim) + len(claim.certificate)
        if (here or claimed) and (len(here) + len(claimed) >= CHUNK_ITEMS or size + length > CHUNK_BYTES):
            yield tuple(here), tuple(claimed)
            here, claimed, size = [], [], 0
        claimed.append(claim)
        size += length
    if here or claimed:
        yield tuple(here), tuple(claimed)
