"""What many stories do: load a purse, show balances before and after, come back to the network."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from faces.amounts import amount_text
from town.balance_sheet import as_event
from town.processes import no_network_prefix
from town.purse import Purse
from town.stories.stage import Stage
from town.town import Town


def load(
    stage: Stage,
    purse: Purse,
    amount_tiyn: int,
    *,
    single: bool = False,
    colour: str = "",
    spare_tiyn: int = 0,
) -> None:
    """From the current account to Digital Tenge to the device, and show where the money stands."""
    stage.say(
        f"{purse.shown} asks {purse.bank_name} for {amount_text(amount_tiyn)} of Digital Tenge on the device."
    )
    before = purse.balance()
    purse.fill(amount_tiyn, single=single, colour=colour, spare_tiyn=spare_tiyn, stage=stage)
    stage.balances("on the device", [(purse.shown, before, purse.balance())])


def whether_cut_off(stage: Stage) -> None:
    """Say honestly what "offline" means on this machine."""
    if "namespace" in stage.facts:
        return
    if no_network_prefix():
        stage.say("From here on each wallet runs in a network namespace with no interface at all.", "wait")
    else:
        stage.say(
            "This system allows no network namespaces; nothing the wallets do from here on asks for one.",
            "wait",
        )
    stage.fact("namespace", bool(no_network_prefix()))


@contextmanager
def balances_around(stage: Stage, title: str, *purses: Purse) -> Iterator[None]:
    """Read the balances before and after, from the stores, and show them."""
    before = [purse.balance() for purse in purses]
    yield
    stage.balances(
        title, [(purse.shown, was, purse.balance()) for purse, was in zip(purses, before, strict=True)]
    )


def reconnect(stage: Stage, town: Town, *purses: Purse) -> None:
    """Everybody comes home: upload, deposit, and look at the books."""
    stage.scene(
        "The network is back: everything is settled",
        "The platform sees the histories for the first time; whoever comes first, the end is the same.",
    )
    rows = []
    for purse in purses:
        before = purse.account_tiyn()
        purse.come_home(stage)
        rows.append((f"{purse.shown}, account at {purse.bank_name}", before, purse.account_tiyn()))
    stage.balances("Digital Tenge on accounts", rows)
    close(stage, town)


def close(stage: Stage, town: Town) -> None:
    """The closing balance sheet, recomputed from the platform's stores by code of its own."""
    if town.costs:
        count = len(town.costs)
        cpu_ms = sum(cost.cpu_s for cost in town.costs) * 1000 / count
        sent = sum(cost.sent_bytes for cost in town.costs) // count
        stage.cost(count, cpu_ms, sent, town.fees_tiyn())
    sheet = town.balance_sheet()
    stage.sheet(as_event(sheet))
    stage.check("The books are equal to the tiyn", sheet.holds)


def come_home_together(stage: Stage, town: Town, purses: Sequence[Purse]) -> None:
    """Everybody who was offline comes home once, in the order given."""
    reconnect(stage, town, *{purse.name: purse for purse in purses}.values())
