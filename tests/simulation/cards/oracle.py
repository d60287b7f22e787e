"""After a world has come to rest: what each party has, worked out from the tills alone, to the tiyn."""

from collections import Counter

from card_switch.core.day_records import Day
from card_switch.service.closing import report
from pos.core.card_tender import CASH_OUT, REFUND, CardPayment, CardPhase
from tender.account.participants import BANKS
from tender.errors import Refusal
from tests.bank_cards.books import check_sheet, check_store
from tests.simulation.cards.world import CLIENTS, SHOPS, World

ENDS = (CardPhase.APPROVED, CardPhase.DECLINED, CardPhase.REVERSED)


def check(world: World, day: Day) -> None:
    """Everything; raises ``AssertionError`` with what differs."""
    stands = [
        (till, one)
        for till in world.tills
        for one in till.payments.values()
        if one.phase is CardPhase.APPROVED
    ]
    open_ones = [one for till in world.tills for one in till.payments.values() if one.phase not in ENDS]
    assert not open_ones, f"payments without an end: {open_ones[:3]}"
    by_issuer: dict[int, dict[str, int]] = {person.bank: {} for person in CLIENTS}
    merchants: Counter[str] = Counter()
    off_us: Counter[tuple[int, int]] = Counter()
    for till, one in stands:
        issuer, acquirer = till.issuers[one.number], int(till.settings.acquirer)
        assert one.life.lstrip("0") not in by_issuer[issuer], f"one life cycle twice: {one.life}"
        by_issuer[issuer][one.life.lstrip("0")] = cost(one)
        if one.kind != CASH_OUT:
            merchants[till.merchant.identifier] += cost(one)
        if issuer != acquirer:
            off_us[issuer, acquirer] += cost(one)
    for person in CLIENTS:
        standing = operations_of(world, person.bank)
        assert standing == by_issuer[person.bank], (
            f"bank {person.bank} and the tills differ: "
            f"{sorted(set(standing.items()) ^ set(by_issuer[person.bank].items()))[:4]}"
        )
        has_tiyn = world.town.phones[person.name].balances().dt_tiyn
        cost_tiyn = world.start_tiyn[person.bank] - has_tiyn
        spent_tiyn = sum(by_issuer[person.bank].values())
        assert cost_tiyn == spent_tiyn, f"client of {person.bank}: paid {cost_tiyn}, stands {spent_tiyn}"
    check_days(world, day, merchants, off_us)
    for bank in BANKS:
        check_store(next(world.home.rglob(f"*{bank}*.db")))
    check_sheet(world.home)
    located = world.town.equation()
    assert located[0] == located[1], f"the equation: {located}"


def cost(payment: CardPayment) -> int:
    """What it costs the client."""
    return -payment.amount_tiyn if payment.kind == REFUND else payment.amount_tiyn


def operations_of(world: World, bank: int) -> dict[str, int]:
    """What stands at a bank: operation → what it costs the client."""
    node = world.town.platform.banks[bank]
    person = next(one for one in CLIENTS if one.bank == bank)
    client = node.client(person.identifier)
    assert not isinstance(client, Refusal)
    with node.desk.store.reading() as rows:
        found = rows.operations_of(client.number, 1_000_000)
    return {one.operation.lstrip("0"): one.net_tiyn for one in found if one.net_tiyn}


def check_days(world: World, last: Day, merchants: Counter[str], off_us: Counter[tuple[int, int]]) -> None:
    """All days together: positions, merchants' credits, batches; and the last one agrees."""
    positions: Counter[tuple[int, int]] = Counter()
    credited: Counter[str] = Counter()
    days = world.hosts.end_of_day.days.values()
    # A bank that was told a day while something was half-way between two hosts refuses it whole, and is asked
    # for the same money again with the next.
    refused = {reply.operation for one in days for reply in one.replies if reply.code}
    world.count["days refused"] += len(refused)
    for order in (order for one in days for order in one.closings if order.operation not in refused):
        bank = int(order.operation.split("-")[2])
        for position in order.positions:
            positions[bank, position.bank] += position.change_tiyn
        for credit in order.merchants:
            credited[credit.merchant] += credit.change_tiyn
    credited.pop("", None)
    assert +credited == +merchants, f"merchants: {credited} at the switch, {merchants} at the tills"
    net: Counter[tuple[int, int]] = Counter()
    for (issuer, acquirer), tiyn in off_us.items():
        net[issuer, acquirer] += tiyn
        net[acquirer, issuer] -= tiyn
    for pair in {*positions, *net}:
        assert positions[pair] == net[pair], f"position {pair}: {positions[pair]}, off-us {net[pair]}"
    for shop in SHOPS:
        phone = world.town.phones[shop.name]
        told = phone.balances().noncash_tiyn
        assert told == merchants[shop.identifier], (
            f"{shop.name} has {told}, sold {merchants[shop.identifier]}"
        )
    told_day = report(last, 0, world.hosts.batches)
    assert told_day["agrees"], f"the day differs: { {k: v for k, v in told_day.items() if k != 'batches'} }"
    wrong = [one for till in world.tills for one in till.closings.values() if not one.agrees]
    assert not wrong, f"batches differ: {wrong[:2]}"
