"""After a world has come to rest: what each party has, worked out from the terminals alone, to the tiyn."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from card_switch.core.day_records import Day
from card_switch.core.relay import Relay
from card_switch.core.rows import State, text_of
from card_switch.service.closing import report
from card_switch.service.returning import DESK_LINK
from card_switch.service.wiring import acquirer_name
from platform_stub.ledger.card_operations import MOVED, Operation
from pos.core.card_tender import BALANCE, CASH_OUT, NOTES_UNSURE, REFUND, CardPhase
from pos.service.card_by_number import E_COMMERCE_ENTRY
from tender.account.card_messages import ECOMMERCE
from tender.account.participants import BANKS
from tender.card.bins import issuer_of
from tender.errors import Refusal
from tests.bank_cards.books import check_sheet, check_store
from tests.simulation.cards.till import FILLED
from tests.simulation.cards.world import CLIENTS, SHOPS, World

ON_LINE: Final = E_COMMERCE_ENTRY[:2]
ON_LINE_MOST_S: Final = 200
"""How long a purchase on line is on its way at most: its customer's time and everybody's patience."""
ENDS: Final = (CardPhase.APPROVED, CardPhase.DECLINED, CardPhase.REVERSED)


@dataclass(frozen=True)
class Stands:
    """One operation that stands: whose card, whose terminal, what it costs the client (a refund: minus)."""

    issuer: int
    acquirer: int
    merchant: str
    life: str
    cost_tiyn: int
    in_dt: bool = False
    is_cash: bool = False


def check(world: World, day: Day) -> None:
    """Everything; raises ``AssertionError`` with what differs."""
    open_ones = [one for till in world.terminals for one in till.payments if one.phase not in ENDS]
    assert not open_ones, f"payments without an end: {open_ones[:3]}"
    kept = kept_in_dt(world)
    stands = [*of_terminals(world), *of_foreigners(world), *of_operators(world), *kept]
    world.count["stand in the end"] += len(stands)
    world.count["paid in Digital Tenge"] += sum(one.in_dt for one in stands)
    world.count["notes unsure"] += sum(
        one.reason == NOTES_UNSURE for machine in world.machines for one in machine.payments
    )
    check_clients(world, stands)
    check_customers(world)
    check_notes(world)
    check_merchants(world, stands)
    check_days(world, day, [one for one in stands if not one.in_dt], kept)
    for bank in BANKS:
        check_store(next(world.home.rglob(f"*{bank}*.db")))
    check_sheet(world.home)
    located = world.town.equation()
    assert located[0] == located[1], f"the equation: {located}"
    for bank, free_tiyn in world.ask_balances().items():
        has_tiyn = world.customers[bank].phone.balances().dt_tiyn
        assert free_tiyn == has_tiyn, f"bank {bank}: a cash machine says {free_tiyn}, there is {has_tiyn}"


# --- what stands


def _issuer(masked: str) -> int:
    issuer = issuer_of(masked)
    assert issuer is not None
    return issuer


def of_terminals(world: World) -> Iterator[Stands]:
    """By the books of our own terminals."""
    for till in world.terminals:
        for one in till.payments:
            if one.phase is CardPhase.APPROVED and one.kind != BALANCE:
                is_cash = one.kind == CASH_OUT
                yield Stands(
                    _issuer(one.seen.pan),
                    till.merchant.bank,
                    "" if is_cash else till.merchant.identifier,
                    one.life.lstrip("0"),
                    -one.amount_tiyn if one.kind == REFUND else one.amount_tiyn,
                    one.in_dt,
                    is_cash,
                )


def of_foreigners(world: World) -> Iterator[Stands]:
    """By what terminals that are not ours remember."""
    for terminal in world.foreign:
        for one in terminal.paid:
            if one.amount_tiyn:
                shop = terminal.merchant
                issuer = _issuer(one.seen.pan)
                yield Stands(issuer, shop.bank, shop.identifier, one.life.lstrip("0"), one.amount_tiyn)


def of_operators(world: World) -> Iterator[Stands]:
    """Returns: what an operator was told stands must; of one whose end nobody was told the acquirer's row
    says it."""
    told = dict(world.returned)
    for bank in BANKS:
        acquirer = world.switch.hosts.board.nodes[acquirer_name(bank)]
        assert isinstance(acquirer, Relay)
        for one in acquirer.conversations.values():
            reference = text_of(one.request, 37)
            if one.link != DESK_LINK or one.state is not State.APPROVED:
                assert reference not in told or one.link != DESK_LINK, "a return that was done is gone"
                continue
            told.pop(reference, None)
            merchant = text_of(one.request, 42)
            issuer = _issuer(one.request.pan.digits)
            yield Stands(issuer, bank, merchant, one.life_cycle.lstrip("0"), -one.stands_tiyn)
    assert not told, f"returns that were done are gone: {told}"


def operations_of(world: World, bank: int) -> list[Operation]:
    """What a bank knows of its client's cards."""
    node = world.town.platform.banks[bank]
    client = node.client(world.customers[bank].person.identifier)
    assert not isinstance(client, Refusal)
    with node.desk.store.reading() as rows:
        found: list[Operation] = rows.operations_of(client.number, 1_000_000)
    return found


def kept_in_dt(world: World) -> list[Stands]:
    """Purchases in Digital Tenge that a terminal took back when they were the payee's already: nobody can
    undo that, so they stand, and the day has to name each."""
    approved = {one.life for one in of_terminals(world)}
    found = []
    for bank in world.customers:
        for one in operations_of(world, bank):
            name = one.operation.lstrip("0")
            if one.in_dt and one.state == MOVED and one.rest_tiyn and name not in approved:
                shop = next(shop for shop in SHOPS if shop.bank == one.payee_bank)
                found.append(Stands(bank, shop.bank, shop.identifier, name, one.rest_tiyn, True))
    return found


# --- what everybody has


def check_clients(world: World, stands: list[Stands]) -> None:
    """Each operation at its bank, and each client's account."""
    by_issuer: dict[int, dict[str, int]] = {person.bank: {} for person in CLIENTS}
    for one in stands:
        assert one.life not in by_issuer[one.issuer], f"one life cycle twice: {one.life}"
        by_issuer[one.issuer][one.life] = one.cost_tiyn
    for bank, expected in by_issuer.items():
        standing = {}
        for row in operations_of(world, bank):
            net_tiyn = row.amount_tiyn - row.undone_tiyn if row.in_dt and row.state == MOVED else row.net_tiyn
            if net_tiyn:
                standing[row.operation.lstrip("0")] = net_tiyn
        assert standing == expected, (
            f"bank {bank} and the tills differ: {sorted(set(standing.items()) ^ set(expected.items()))[:4]}"
        )
        has_tiyn = world.customers[bank].phone.balances().dt_tiyn
        cost_tiyn = world.start_tiyn[bank] - has_tiyn
        spent_tiyn = sum(expected.values())
        assert cost_tiyn == spent_tiyn, f"client of {bank}: paid {cost_tiyn}, stands {spent_tiyn}"


def check_customers(world: World) -> None:
    """What waited for a customer's yes stands only where it was said, and never against a no."""
    for bank, customer in world.customers.items():
        online = [one for one in operations_of(world, bank) if one.kind == ECOMMERCE and one.rest_tiyn]
        unasked = {one.operation for one in online} - customer.confirmed
        assert not unasked, f"paid without a yes: {sorted(unasked)[:3]}"
        against = {one.operation for one in online} & customer.refused
        assert not against, f"paid against a no: {sorted(against)[:3]}"


def check_notes(world: World) -> None:
    """What each cash machine gave out is what is missing in it."""
    filled_tiyn = sum(value * count for value, count in FILLED.items())
    for machine in world.machines:
        paid = [one for one in machine.payments if one.kind == CASH_OUT]
        given_tiyn = sum(one.amount_tiyn for one in paid if one.phase is CardPhase.APPROVED)
        unsure_tiyn = sum(one.amount_tiyn for one in paid if one.reason == NOTES_UNSURE)
        missing_tiyn = filled_tiyn - machine.cassette.total_tiyn
        assert missing_tiyn == given_tiyn + unsure_tiyn, (
            f"{machine.name}: {missing_tiyn} missing, {given_tiyn} given out, {unsure_tiyn} unsure"
        )


def check_merchants(world: World, stands: list[Stands]) -> None:
    """Tenge and Digital Tenge of each shop."""
    for shop in SHOPS:
        has = world.town.phones[shop.name].balances()
        mine = [one for one in stands if one.merchant == shop.identifier]
        sold_tiyn = sum(one.cost_tiyn for one in mine if not one.in_dt)
        assert has.noncash_tiyn == sold_tiyn, f"{shop.name} has {has.noncash_tiyn}, sold {sold_tiyn}"
        in_dt_tiyn = sum(one.cost_tiyn for one in mine if one.in_dt)
        assert has.dt_tiyn == in_dt_tiyn, f"{shop.name} has {has.dt_tiyn} DT, sold {in_dt_tiyn} in DT"


# --- the days


def check_days(world: World, last: Day, stands: list[Stands], kept: list[Stands]) -> None:
    """All days together: positions, merchants' credits, batches; and the last one agrees."""
    merchants: Counter[str] = Counter()
    net: Counter[tuple[int, int]] = Counter()
    for one in stands:
        if not one.is_cash:
            merchants[one.merchant] += one.cost_tiyn
        if one.issuer != one.acquirer:
            net[one.issuer, one.acquirer] += one.cost_tiyn
            net[one.acquirer, one.issuer] -= one.cost_tiyn
    positions: Counter[tuple[int, int]] = Counter()
    credited: Counter[str] = Counter()
    days = world.switch.hosts.end_of_day.days.values()
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
    for pair in {*positions, *net}:
        assert positions[pair] == net[pair], f"position {pair}: {positions[pair]}, off-us {net[pair]}"
    named = {one.name.lstrip("0") for one in last.mismatches}
    assert named == {one.life for one in kept}, f"the day differs: {last.mismatches}"
    world.count["taken back when it was the payee's"] += len(kept)
    told = report(last, 0, world.switch.hosts.batches)
    differ = [one for one in told["banks"] if one["code"] or one["differences"]]
    assert not differ or kept, f"the day differs: {differ}"
    excused = check_batches(world)
    assert told["agrees"] or kept or excused, f"the day differs: {told['mismatches']}"


def check_batches(world: World) -> int:
    """Each batch adds up alike at its terminal and at its acquirer, but for those that were closed while
    somebody's purchase on line was on its way; how many those are."""
    excused = 0
    for till in world.tills:
        online = [one for one in till.payments if one.seen.entry == ON_LINE]
        for closing in till.closings:
            mine = (one for one in online if one.batch == closing.batch)
            under_way = any(closing.time - ON_LINE_MOST_S <= one.asked_at <= closing.time for one in mine)
            assert closing.agrees or under_way, f"a batch of {till.name} differs: {closing}"
            excused += not closing.agrees
    assert all(closing.agrees for machine in world.machines for closing in machine.closings)
    world.count["batches closed over a purchase on line"] += excused
    return excused
