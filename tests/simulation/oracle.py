"""What must hold in every world, after every step and at the end of a day.

After every step: issued − redeemed = liability = accounts + devices + in transit, to the tiyn; nobody honest
is blamed. In the evening everything that is left is handed in, to the platform itself and to copies of it in
other orders, in other pieces, some of it twice; owners, balances, debts and culprits must come out the same.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from platform_stub.compose import Platform
from platform_stub.nbk.national_bank import correspondent, guarantee
from platform_stub.overview import equation
from tender.account.token_messages import REFUSED, SETTLED, WAITING, ClaimItem, ItemState, Settle, Settled
from tender.cash.chain import Holding, Spend, verify_chain
from tender.crypto.certificates import DAY_S
from tender.errors import Code, Refusal
from tests.platform_stub.people import Phone, Town
from tests.simulation.bank_acts import item_of, sync
from tests.simulation.base import AT_BANKS, CONFIG, PEOPLE, copied, elsewhere
from tests.simulation.device import Device
from tests.simulation.world import Claimed, World
from town.balance_sheet import BalanceSheet, read_balance_sheet

WINDOW_S = CONFIG.claim_window_days * DAY_S
PIECE_MOST = 12
WHOLE_SHEET_EVERY = 200


@dataclass
class Books:
    """Watches the participants' stores, so that a step that touched none costs nothing to check."""

    world: World
    watched: dict[str, tuple[sqlite3.Connection, int]] = field(default_factory=dict)
    steps: int = 0

    def __post_init__(self) -> None:
        for name in self.world.town.platform.stores:
            connection = sqlite3.connect(self.world.folder / f"{name}.db")
            self.watched[name] = (connection, -1)

    def close(self) -> None:
        """Look no longer."""
        for connection, _ in self.watched.values():
            connection.close()

    def _changed(self) -> bool:
        changed = False
        for name, (connection, seen) in self.watched.items():
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version != seen:
                self.watched[name] = (connection, version)
                changed = True
        return changed

    def check(self) -> None:
        """The equation and the blame, after a step. Now and then by arithmetic that is not the platform's."""
        self.steps += 1
        if self.steps % WHOLE_SHEET_EVERY == 0:
            check_sheet(self.world)
        if not self._changed():
            return
        platform = self.world.town.platform
        told = equation(platform)
        assert told.holds, f"the books differ: {told}"
        check_blame(self.world)


def check_sheet(world: World) -> BalanceSheet:
    """The whole balance sheet, recomputed from the stores' signed bytes."""
    sheet = read_balance_sheet(world.folder)
    assert sheet.holds, f"the balance sheet differs: {sheet}"
    return sheet


def check_blame(world: World) -> None:
    """Only keys that really signed twice are blamed."""
    blamed = {fork.key for fork in world.town.platform.settlement.forks()}
    assert blamed <= world.truth.cheats, f"honest keys are blamed: {blamed - world.truth.cheats}"


# -------------------------------------------------------------------------------------------- evening


@dataclass(frozen=True)
class Item:
    """One thing to hand in."""

    device: Device
    record: bytes | None
    claim: ClaimItem | None


def evening(world: World, orders: int = 1) -> None:
    """Hand everything in, in one order here and in others on copies; compare; check who was paid."""
    items, late = _everything(world)
    copies: list[tuple[Town, list[Item]]] = []
    for number in range(orders):
        evening_number = world.count["evenings"]
        folder = world.folder.with_name(f"evening-{evening_number}-order-{number}")
        town, _ = copied(folder, world.now, f"order {number}", source=world.folder)
        shuffle = Random(world.seed * 1000 + number)
        other = shuffle.sample(items, len(items))
        copies.append((town, other + shuffle.choices(items, k=len(items) // 4) if items else other))
    claims = _deliver(world.town, items, Random(world.seed))
    ends = _ends(world.town, world, claims)
    for town, order in copies:
        told = _deliver(town, order, Random(len(order)))
        others = _ends(town, world, told)
        town.platform.close()
        differs = {name: (ends[name], others[name]) for name in ends if ends[name] != others[name]}
        assert not differs, f"another order of {len(items)} uploads ends otherwise: {differs}"
    world.count["items uploaded"] += len(items) * (1 + orders)
    world.count["evenings"] += 1
    world.count["too late"] += len(late)
    world.count["orders compared"] += orders
    # Too late for the loss rule: it gets what is left, and so the order counts among such claims alone.
    claims |= _deliver(world.town, late, Random(world.seed))
    for claim, state in claims.items():
        world.claims[claim].told = state
    _check_claims(world)
    _check_blame_is_whole(world)
    _check_accounts(world)
    check_sheet(world)
    world.tell(f"in the evening {len(items)} things are handed in, in {1 + orders} orders")


def _everything(world: World) -> tuple[list[Item], list[Item]]:
    """What is still to be handed in, in time and too late; every coin is claimed."""
    items: list[Item] = []
    late: list[Item] = []
    for device in world.devices:
        if device.lost:
            # Its bank no longer listens to it; whom it paid shows what it signed.
            continue
        if device.behind:
            sync(world, world.devices.index(device), 0, 0)
            assert not device.behind, f"{device.name} has an old store and its bank brings it no lists"
        device.drop_spent()
        for packed in dict.fromkeys(device.store.records):
            holding = verify_chain(packed, device.trust)
            (late if _late(world, holding) else items).append(Item(device, packed, None))
        device.store.records = ()
        for holding in list(device.store.coins.values()):
            where = late if _late(world, holding) else items
            where.append(Item(device, holding.packed, None))
            if not _may_claim(device, holding):
                continue
            item = item_of(world, device, holding)
            where.append(Item(device, None, item))
            device.memory.append(device.store.coins.pop(holding.output))
            waiting = ItemState(holding.output, WAITING, "", 0)
            account = world.address(device)
            world.claims[item.claim] = Claimed(device, item, holding, account, world.now, waiting)
    return items, late


def _late(world: World, holding: Holding) -> bool:
    return world.now >= holding.root.expiry + WINDOW_S


def _may_claim(device: Device, holding: Holding) -> bool:
    person = device.phone.person
    business = person.identifier if person.category else None
    return holding.rule is None or holding.rule.allows(person.category, business)


def _deliver(town: Town, items: Sequence[Item], shuffle: Random) -> dict[bytes, ItemState]:
    """Hand in, each device's things in this order, in pieces that mix at random; returns what was said of
    each claim at last."""
    told: dict[bytes, ItemState] = {}
    by_device: dict[int, list[Item]] = {}
    for one in items:
        by_device.setdefault(id(one.device), []).append(one)
    pieces: list[list[Item]] = []
    for mine in by_device.values():
        place = 0
        while place < len(mine):
            size = shuffle.randint(1, PIECE_MOST)
            pieces.append(mine[place : place + size])
            place += size
    shuffle.shuffle(pieces)
    for piece in pieces:
        told |= _hand_in(elsewhere(piece[0].device.phone, town), piece)
    for _ in range(2):
        town.platform.tick()
    for mine in by_device.values():
        claims = [one for one in mine if one.claim is not None and told[one.claim.claim].state != SETTLED]
        if claims:
            told |= _hand_in(elsewhere(claims[0].device.phone, town), claims)
    return told


def _hand_in(phone: Phone, piece: Sequence[Item]) -> dict[bytes, ItemState]:
    records = tuple(one.record for one in piece if one.record is not None)
    claims = tuple(one.claim for one in piece if one.claim is not None)
    settled = phone.ask("settle", Settle(records, claims))
    assert isinstance(settled, Settled), f"{phone.person.name} cannot settle: {settled}"
    for state in settled.records:
        assert state.state != REFUSED, f"a record of {phone.person.name} is refused: {state}"
    return {item.claim: state for item, state in zip(claims, settled.claims, strict=True)}


def _ends(town: Town, world: World, claims: dict[bytes, ItemState]) -> dict[str, object]:
    """Who has and owes what, who is blamed, and what every claimant was told."""
    platform = town.platform
    told = equation(platform)
    assert told.holds, f"the books differ: {told}"
    ends: dict[str, object] = {
        "blamed": {fork.key for fork in platform.settlement.forks()},
        "on devices": told.devices_tiyn,
    }
    for person in PEOPLE:
        bank = platform.banks[person.bank]
        client = bank.client(person.identifier)
        assert not isinstance(client, Refusal)
        with bank.desk.store.reading() as rows:
            ends[f"{person.name} owes"] = rows.owed(client.number)
        ends[f"{person.name} has"] = bank.balances(client.number).dt_tiyn
    for bank_number in AT_BANKS:
        ends[f"bank {bank_number}"] = _worth(platform, bank_number)
    for number, (claim, state) in enumerate(sorted(claims.items())):
        name = world.claims[claim].device.phone.person.name
        if name not in world.suspects:
            # That a fork was proved is told to whoever claimed after it; that alone may differ. And which of
            # his own claims a culprit pays for himself: what he has and owes in the end is compared above.
            code = "" if state.state == SETTLED else state.code
            ends[f"claim {number} of {name}"] = (state.state, code, state.amount_tiyn)
    return ends


def _worth(platform: Platform, bank: int) -> int:
    """A bank's own money: inventory, correspondent account and guarantee (tiyn)."""
    with platform.nbk.desk.store.reading() as rows:
        return (
            platform.banks[bank].inventory_tiyn()
            + rows.account(correspondent(bank))
            + rows.account(guarantee(bank))
        )


# --------------------------------------------------------------------------------------- who was paid


def _check_claims(world: World) -> None:
    """Each honest claimant is paid in full; who is not paid is told why, and the reason is true."""
    by_device: dict[int, list[Claimed]] = {}
    for one in world.claims.values():
        if one.told.state == SETTLED:
            _check_claim(world, one)
        else:
            by_device.setdefault(id(one.device), []).append(one)
    for mine in by_device.values():
        if mine[0].device.lost:
            continue
        items = [Item(one.device, None, one.item) for one in mine]
        for place in range(0, len(items), 100):
            told = _hand_in(mine[0].device.phone, items[place : place + 100])
            for one in mine[place : place + 100]:
                one.told = told[one.item.claim]
                _check_claim(world, one)


def _check_claim(world: World, one: Claimed) -> None:
    told, holding = one.told, one.holding
    person = one.device.phone.person
    whose = f"{person.name}'s claim on {holding.amount_tiyn} tiyn: {told}"
    in_time = one.time < holding.root.expiry + WINDOW_S
    if told.state == SETTLED:
        assert told.amount_tiyn == holding.amount_tiyn or not in_time or person.name in world.suspects, whose
        return
    assert told.state == REFUSED, f"with rich banks nobody waits; {whose}"
    last = holding.last
    true = {
        Code.CLAIM_OWN_FORK: person.name in world.suspects,
        Code.CERTIFICATE_REVOKED: last is not None and was_warned(world, one.device, last),
        Code.CLAIM_EXPIRED: not in_time,
        Code.COLOUR_BROKEN: not _may_claim(one.device, holding),
    }
    assert true.get(Code(told.code), False), f"refused for no reason: {whose}"


def was_warned(world: World, device: Device, last: Spend) -> bool:
    """Whether this phone fetched a list that names whoever paid it, and can have forgotten that.

    Asked of what the bank handed out and not of what the store knows: a phone whose store was put back, or
    the copy that never synced, takes the money because it does not know, and was told all the same. To its
    bank a phone and its copy are one device. A phone that was neither put back nor copied refuses such a
    payer, so nobody may ever say to it that it was warned.
    """
    identity = device.phone.identity.public_key
    payer = last.device_certificate()
    fetched = world.fetched.get(identity, {}).values()
    named = any(one.names(payer.issuer, payer.epoch_day, payer.serial) for one in fetched)
    return named and identity in world.forgetful


def _check_blame_is_whole(world: World) -> None:
    """Every branch that was shown counts: whoever signed two of them is named."""
    shown: dict[tuple[bytes, bytes], set[bytes]] = {}
    stores = [
        verify_chain(one, world.devices[0].trust) for _, body in world.delivered for one in body.records
    ]
    stores += [one.holding for one in world.claims.values() if one.told.state == SETTLED]
    for holding in stores:
        for spend in holding.spends:
            shown.setdefault((spend.signer, spend.parent), set()).add(spend.payload)
    twice = {key for (key, _), payloads in shown.items() if len(payloads) > 1}
    blamed = {fork.key for fork in world.town.platform.settlement.forks()}
    assert twice <= blamed, f"a cheat goes unnamed: {twice - blamed}"
    world.count["forks proved"] = len(blamed)


def _check_accounts(world: World) -> None:
    """An honest person has exactly what was converted, sent, loaded and claimed."""
    paid: dict[bytes, int] = {}
    for one in world.claims.values():
        # Money that keeps its colour waits to be loaded again; no account has a colour.
        if one.told.state == SETTLED and one.told.code != "colour-kept":
            paid[one.account] = paid.get(one.account, 0) + one.told.amount_tiyn
    for person in PEOPLE:
        if person.name in world.suspects:
            continue
        device = next(one for one in world.devices if one.phone.person is person)
        has = world.dt_of(person)
        should = world.account[person.name] + paid.get(world.address(device), 0)
        if any(one.lost and one.phone.person is person for one in world.devices):
            assert has >= should, f"{person.name} has {has} tiyn and should have {should} at least"
        else:
            assert has == should, f"{person.name} has {has} tiyn and should have {should}"
