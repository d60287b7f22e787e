"""The month played: every operation a chip in a terminal, every day closed, everything added up."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from card_switch.service.wiring import network_of
from pos.core.card_tender import CASH_OUT, PURCHASE
from tender.account.participants import BANKS
from town.pilot.month import DAYS, TENGE, Luck, Operation
from town.pilot.rails import APPROVED, Rails, Terminal
from town.pilot.street import OPENING_S, Street

DAY_S: Final = 86_400
NOTES_TIYN: Final = 5_000 * TENGE
"""What is drawn from a cash machine each time."""
MOVING_DAYS: Final = 8
"""How often banks carry what cards have spent into their inventories; here seldom, for it costs a transaction
of the ledger each time and client, and the sums are the same."""
OWN_BANK, OTHER_BANK = "own bank", "other bank"


@dataclass
class Replayed:
    """What came of a month: answers (DE 39), batches and days that agree, and the money, read back."""

    codes: Counter[str] = field(default_factory=Counter)
    approved: dict[int, int] = field(default_factory=dict)
    """User → approved purchases."""
    batches_agree: bool = True
    days: list[dict[str, Any]] = field(default_factory=list)
    by_bank: Counter[str] = field(default_factory=Counter)
    """Whose card."""
    by_way: Counter[str] = field(default_factory=Counter)
    """Which network, or none: at the card's own bank."""
    spent_tiyn: dict[int, int] = field(default_factory=dict)
    """User → Digital Tenge less than before."""
    earned_tiyn: dict[int, int] = field(default_factory=dict)
    """Bank of a shop → tenge more than before."""


def replay(
    street: Street,
    rails: Rails,
    operations: Sequence[Operation],
    tell: Callable[[int], None] = lambda day: None,
) -> Replayed:
    """Play them on their days; ``tell`` hears of every day that is over."""
    cards = [rails.card_of(person) for person in street.users]
    tills = {bank: rails.terminal(bank) for bank in BANKS}
    before = [street.has(person)[0] for person in street.users]
    played = Replayed()
    for day in range(DAYS):
        for one in (one for one in operations if one.day == day):
            street.clock.set(max(street.clock.now(), OPENING_S + day * DAY_S + one.second))
            code = tills[one.bank].pay(PURCHASE, cards[one.user], one.amount_tiyn)
            played.codes[code] += 1
            if code == APPROVED:
                _count(played, street, one)
        street.clock.set(OPENING_S + day * DAY_S + DAY_S - 3_600)
        played.batches_agree &= _closed(tills.values())
        played.days.append(rails.ask("close-day"))
        if day % MOVING_DAYS == 0:
            street.rest(600)
        tell(day)
    street.rest(DAY_S, ticks=4)
    for place, person in enumerate(street.users):
        played.spent_tiyn[place] = before[place] - street.has(person)[0]
    played.earned_tiyn = {bank: street.has(one)[1] for bank, one in street.shops.items()}
    return played


def _closed(tills: Iterable[Terminal]) -> bool:
    """Every till closes its batch; whether all agree with their acquirers."""
    agree = [till.close_batch() for till in tills]
    return all(agree)


def _count(played: Replayed, street: Street, one: Operation) -> None:
    issuer = street.users[one.user].bank
    played.approved[one.user] = played.approved.get(one.user, 0) + 1
    played.by_bank[BANKS[issuer]] += 1
    scheme = network_of(issuer)
    played.by_way["inside the bank" if issuer == one.bank else f"{scheme.title()}-style network"] += 1


def cash_tour(street: Street, rails: Rails, share: float, luck: Luck) -> Counter[tuple[str, str]]:
    """So many of the users go to a cash machine; ``luck`` chooses whose.
    (own or other bank, DE 39) → how often."""
    machines = {bank: rails.terminal(bank, cash_machine=True) for bank in BANKS}
    found: Counter[tuple[str, str]] = Counter()
    for person in street.users[: round(len(street.users) * share)]:
        bank = luck.one_of(tuple(BANKS))
        street.clock.advance(60)
        code = machines[bank].pay(CASH_OUT, rails.card_of(person), NOTES_TIYN)
        found[OWN_BANK if bank == person.bank else OTHER_BANK, code] += 1
    return found
