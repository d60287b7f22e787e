"""What happens in a world of cards: each act begins so long after the one before it, and its numbers mean
what the act makes of them."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from card_switch.core.issuer.card_life import changed
from pos.core.card_tender import CardPayment
from tender.account.card_messages import ACTIVE, BLOCKED
from tender.account.participants import BANKS
from tender.errors import Refusal
from tests.simulation.cards.customers import MOODS
from tests.simulation.cards.pocket import Holder, Plastic
from tests.simulation.cards.till import WRONG_PIN, Till
from tests.simulation.cards.world import CLIENTS, World

MOST_TIYN: Final = 2_000_00
LONG_MS: Final = (5_000, 90_000)
"""How long a bank or an account stays blocked."""


@dataclass(frozen=True)
class Act:
    """Something that begins ``gap_ms`` after the act before it; what the numbers mean is the act's."""

    name: str
    gap_ms: int
    who: int
    what: int
    how: int


def do(world: World, act: Act) -> None:
    """Wait, then do it."""
    world.pass_time(act.gap_ms)
    world.count[f"({act.name})"] += 1
    ACTS[act.name](world, act)
    world.story.append(f"{world.sky.now_ms / 1000:.3f} {act.name} {act.who} {act.what} {act.how}")
    world.switch.turn()


def _till(world: World, act: Act) -> Till:
    return world.tills[act.who % len(world.tills)]


def _card(world: World, act: Act) -> Plastic:
    """One that nobody uses now, if there is one."""
    place = act.what % len(world.cards)
    in_turn = [*world.cards[place:], *world.cards[:place]]
    return next((one for one in in_turn if not one.in_use), in_turn[0])


def _holder(act: Act) -> Holder:
    """Who forgets the PIN now and then."""
    return Holder(WRONG_PIN) if act.how // 64 % 40 == 0 else Holder()


def _amount_tiyn(act: Act) -> int:
    return 1_00 + (act.how * 7_919) % MOST_TIYN


def _pay(world: World, act: Act) -> None:
    held, holder = _card(world, act), _holder(act)
    pulled_at = 1 + act.how // 1000 % 20 if act.how // 16 % 25 == 0 else 0
    ends = {1: "not counted", 2: "card said no"}.get(act.how // 16 % 25, "")
    _till(world, act).pay(held, _amount_tiyn(act), holder, pulled_at, ends)


def _chosen(world: World, act: Act) -> tuple[Till, CardPayment] | None:
    till = _till(world, act)
    found = till.approved()
    return (till, found[act.what % len(found)]) if found else None


def _void(world: World, act: Act) -> None:
    chosen = _chosen(world, act)
    if chosen is not None:
        chosen[0].void(chosen[1].number)


def _part_tiyn(amount_tiyn: int, act: Act) -> int:
    """All of it, as often as a part, and sometimes more than there is."""
    part = (amount_tiyn, max(1, amount_tiyn // 3), max(1, amount_tiyn // 2), amount_tiyn + 1)
    return part[act.how % len(part)]


def _refund(world: World, act: Act) -> None:
    till = _till(world, act)
    found = [one for one in till.approved(given_back=True) if not one.in_dt]
    if not found:
        return
    one = found[act.what % len(found)]
    card = next(held for held in world.cards if str(held.pan) == one.seen.pan)
    pulled_at = 12 if act.how // 16 % 25 == 0 else 0
    till.refund(card, one.number, min(one.amount_tiyn, _part_tiyn(one.amount_tiyn, act)), Holder(), pulled_at)


def _return(world: World, act: Act) -> None:
    """By the reference that stands on a receipt; of purchases in Digital Tenge there is none."""
    till = _till(world, act)
    found = [one for one in till.approved(given_back=True) if not one.in_dt]
    if found:
        one = found[act.what % len(found)]
        world.give_back(till.merchant.bank, one.rrn, _part_tiyn(one.amount_tiyn, act))


def _cash(world: World, act: Act) -> None:
    machine = world.machines[act.who % len(world.machines)]
    held, holder = _card(world, act), _holder(act)
    notes = {0: "stuck", 1: "unsure"}.get(act.how // 16 % 25, "")
    machine.withdraw(held, 1_000_00 * (1 + act.how % 9), holder, notes)


def _balance(world: World, act: Act) -> None:
    machine = world.machines[act.who % len(world.machines)]
    held, holder = _card(world, act), _holder(act)

    def told(free_tiyn: int | None) -> None:
        most = world.start_tiyn[held.bank]
        assert free_tiyn is None or 0 <= free_tiyn <= most, f"{free_tiyn} free of {most}"

    machine.balance(held, holder, told)


def _online(world: World, act: Act) -> None:
    held = world.cards[act.what % len(world.cards)]
    amount_tiyn = _amount_tiyn(act)
    code = "000" if act.how // 64 % 50 == 0 else ""
    _till(world, act).online(held, amount_tiyn, f"web {act.who} {act.what} {act.how}", code)
    world.customers[held.bank].will_see(amount_tiyn, MOODS[act.how // 16 % len(MOODS)])


def _foreign(world: World, act: Act) -> None:
    terminal, held = world.foreign[act.who % len(world.foreign)], _card(world, act)
    amount_tiyn = _amount_tiyn(act)
    left_tiyn = (amount_tiyn, amount_tiyn // 2, max(1, amount_tiyn // 3), 0)[act.how // 16 % 4]
    verifies = act.how // 64 % 10 == 0
    terminal.pay(held, 0 if verifies else amount_tiyn, 0 if verifies else left_tiyn)


def _for_a_while(world: World, act: Act, do: Callable[[bool], None]) -> None:
    do(True)
    wait_ms = Random(act.how).randint(*LONG_MS)
    world.sky.after(wait_ms, lambda: do(False))


def _block_bank(world: World, act: Act) -> None:
    bank = tuple(BANKS)[act.what % len(BANKS)]
    _for_a_while(world, act, lambda blocked: world.block_bank(bank, blocked))


def _block_account(world: World, act: Act) -> None:
    bank = CLIENTS[act.what % len(CLIENTS)].bank
    _for_a_while(world, act, lambda blocked: world.block_account(bank, blocked))


def _stop_card(world: World, act: Act) -> None:
    held = world.cards[act.what % len(world.cards)]
    customer = world.customers[held.bank]
    _for_a_while(world, act, lambda stopped: customer.stop(held, stopped))


def _block_card(world: World, act: Act) -> None:
    """By the issuer's operator, whose bank hears of it; twice changes nothing."""
    held = world.cards[act.what % len(world.cards)]

    def do(blocked: bool) -> None:
        if not world.switch.alive:
            world.sky.after(1_000, lambda: do(blocked))
            return
        issuer = world.switch.hosts.issuers[held.bank]
        told = changed(issuer, issuer.holders.cards[held.record.link], BLOCKED if blocked else ACTIVE, "")
        if not isinstance(told, Refusal):
            world.switch.follow(issuer.name, told[1])

    _for_a_while(world, act, do)


def _till_dies(world: World, act: Act) -> None:
    one = world.terminals[act.who % len(world.terminals)]
    one.crash(act.what % 8, act.how % 2 == 0)


def _bank_dies(world: World, act: Act) -> None:
    world.banks[CLIENTS[act.what % len(CLIENTS)].bank].dies("before" if act.how % 2 else "after")


OPERATIONS: Final = frozenset(("pay", "cash", "balance", "online", "foreign", "refund", "return"))
"""What somebody asks of a card or for one."""
ACTS: Final[dict[str, Callable[[World, Act], None]]] = {
    "pay": _pay,
    "cash": _cash,
    "balance": _balance,
    "online": _online,
    "foreign": _foreign,
    "refund": _refund,
    "return": _return,
    "void": _void,
    "batch": lambda world, act: _till(world, act).close_batch(),
    "day": lambda world, _act: world.close_day(),
    "bank blocked": _block_bank,
    "account blocked": _block_account,
    "card stopped": _stop_card,
    "card blocked": _block_card,
    "tries given back": lambda world, _act: world.give_tries_back(),
    "till dies": _till_dies,
    "switch dies": lambda world, act: world.switch.dies(act.how % 2 == 0),
    "bank dies": _bank_dies,
}
WEIGHTS: Final = {
    "pay": 600,
    "cash": 80,
    "balance": 40,
    "online": 120,
    "foreign": 100,
    "refund": 40,
    "return": 20,
    "void": 50,
    "batch": 8,
    "day": 4,
    "bank blocked": 3,
    "account blocked": 3,
    "card stopped": 3,
    "card blocked": 3,
    "tries given back": 3,
    "till dies": 10,
    "switch dies": 10,
    "bank dies": 10,
}
"""How often, beside a thousand operations: processes die a hundredth as often as people pay, each of them."""
