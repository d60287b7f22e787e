"""The pilot's month of cards: 1 714 operations in 25 days by 50 people, in virtual time (DT-C-42)."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from card_switch.ports import Hsm
from faces.amounts import amount_text
from hardware.entropy import SeededEntropy
from tender.account.capabilities import Profile
from tender.account.participants import BANKS
from town.balance_sheet import as_event
from town.pilot.month import DAYS, MEAN_TENGE, OPERATIONS, TENGE, USERS, Luck, Operation, by_day, month
from town.pilot.rails import APPROVED, Rails
from town.pilot.replay import NOTES_TIYN, OTHER_BANK, OWN_BANK, Replayed, cash_tour, replay
from town.pilot.street import Street
from town.stories.stage import Stage

SEED: Final = "2023"
CASH_SHARE: Final = 0.82
LEFT_TIYN: Final = 2 * NOTES_TIYN
STEPS_TENGE: Final = (1_000, 2_000, 3_000, 4_000, 6_000, 8_000, 12_000, 20_000)


def tell(stage: Stage, hsm: Hsm | None = None, *, proves: bool = True) -> None:
    """``hsm``: one that has its keys already; ``proves`` as :class:`town.pilot.rails.Rails` takes it."""
    operations = month(SEED)
    with TemporaryDirectory(prefix="tenge-month-") as name:
        stage.busy(f"{USERS} people get an account and a card …")
        street = Street.opened(Path(name), money(operations))
        rails = Rails(street, Profile.FULL, hsm, proves=proves)
        pilot = Rails(street, Profile.PILOT, hsm, proves=proves)
        try:
            _the_month(stage, street, rails, operations)
            _the_cash(stage, street, {"as designed": rails, "as in the pilot": pilot})
            stage.sheet(as_event(street.sheet()))
        finally:
            rails.close()
            pilot.close()
            street.close()


def money(operations: tuple[Operation, ...]) -> dict[int, int]:
    """What each user needs for the month, and cash twice (tiyn)."""
    spends: Counter[int] = Counter()
    for one in operations:
        spends[one.user] += one.amount_tiyn
    return {user: spends[user] + LEFT_TIYN for user in range(USERS)}


def _the_month(stage: Stage, street: Street, rails: Rails, operations: tuple[Operation, ...]) -> None:
    stage.scene(
        f"{DAYS} days of cards",
        "Chips, tills, networks, issuers and banks' books are real; only the clock is turned by hand.",
    )
    played = replay(street, rails, operations, _teller(stage))
    total_tiyn = sum(one.amount_tiyn for one in operations)
    approved = played.codes[APPROVED]
    stage.fact("approved", approved)
    stage.fact("total_tiyn", total_tiyn)
    stage.fact("users", len(played.approved))
    stage.fact("days_agree", sum(bool(day["agrees"]) for day in played.days))
    stage.say(
        f"{approved} payments in {DAYS} days, {approved / DAYS:.2f} a day; {amount_text(total_tiyn)} in all, "
        f"{amount_text(total_tiyn // approved)} on average."
    )
    days = by_day(operations)
    stage.chart("payments a day", [(str(day + 1), count, "") for day, count in enumerate(days)], columns=True)
    stage.chart("checks by size, tenge", _sizes(operations))
    stage.chart("by whose card", _shares(played.by_bank))
    stage.chart("by the way they went", _shares(played.by_way))
    stage.check(f"All {OPERATIONS} were approved", played.codes == Counter({APPROVED: OPERATIONS}))
    stage.check(
        f"Their average is {MEAN_TENGE} DT",
        abs(total_tiyn - MEAN_TENGE * TENGE * approved) <= TENGE * approved,
    )
    stage.check(f"Each of {USERS} people has paid in a shop", len(played.approved) == USERS)
    _reconciled(stage, played, operations)


def _teller(stage: Stage) -> Callable[[int], None]:
    return lambda day: stage.busy(f"day {day + 1} of {DAYS} is closed …")


def _reconciled(stage: Stage, played: Replayed, operations: tuple[Operation, ...]) -> None:
    """Every balance read back beside what the month says by itself."""
    users, shops = Counter[int](), Counter[int]()
    for one in operations:
        users[one.user] += one.amount_tiyn
        shops[one.bank] += one.amount_tiyn
    stage.balances(
        "tenge of the shops",
        [(f"shop at {BANKS[bank]}", 0, tiyn) for bank, tiyn in sorted(played.earned_tiyn.items())],
    )
    stage.check("Tills and acquirers have counted the same in every batch", played.batches_agree)
    agree = [day["agrees"] for day in played.days]
    stage.check(f"Till, switch and banks agree on each of {DAYS} days", agree == [True] * DAYS)
    stage.check("Each person's Digital Tenge fell by what was paid", played.spent_tiyn == users)
    stage.check("Each shop's tenge rose by what it sold", played.earned_tiyn == shops)


def _the_cash(stage: Stage, street: Street, switches: Mapping[str, Rails]) -> None:
    stage.scene(
        f"{CASH_SHARE:.0%} of them go to a cash machine, any one",
        "In the pilot the machines of other banks were the problem; as designed they are none.",
    )
    for words, rails in switches.items():
        found = cash_tour(street, rails, CASH_SHARE, Luck(SeededEntropy("cash")))
        stage.fact(f"cash {words}", {" ".join(place): count for place, count in found.items()})
        rows = []
        for whose in (OWN_BANK, OTHER_BANK):
            yes = found[whose, APPROVED]
            no = sum(count for (at, _), count in found.items() if at == whose) - yes
            rows += [(f"{whose}, paid out", yes, str(yes)), (f"{whose}, declined", no, str(no))]
        stage.chart(f"cash machines, {words}", rows)
        declined = {at for at, code in found if code != APPROVED}
        if rails is switches["as in the pilot"]:
            stage.check("In the pilot, only other banks' machines decline", declined == {OTHER_BANK})
        else:
            stage.check("As designed, every machine pays", not declined)


def _sizes(operations: tuple[Operation, ...]) -> list[tuple[str, int, str]]:
    rows, least = [], 0
    for end in STEPS_TENGE:
        count = sum(least * TENGE <= one.amount_tiyn < end * TENGE for one in operations)
        rows.append((f"{least} to {end}", count, str(count)))
        least = end
    count = sum(one.amount_tiyn >= least * TENGE for one in operations)
    return [*rows, (f"{least} and more", count, str(count))]


def _shares(counted: Mapping[str, int]) -> list[tuple[str, int, str]]:
    whole = sum(counted.values())
    return [
        (name, count, f"{count} ({count / whole:.0%})")
        for name, count in sorted(counted.items(), key=lambda one: -one[1])
    ]
