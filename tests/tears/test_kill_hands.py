"""kill -9 of either wallet at every durable commit of a payment by files, or by text through a pipe.

Every command is a real process on real stores; it dies by its own SIGKILL at the n-th place, n = 0, 1, 2 …
until it ends without dying. Then both wallets are opened again from their disks, say what is certain, and do
what they say is to be done.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tears.conftest import ALL
from tests.tears.seam import AFTER, STEP, TORN, Place
from tests.tears.street import LOADED_TIYN, PRICE_TIYN, Held, Street, mend, pass_on
from tests.tears.victims import KILLED, Victim, Zygote
from tests.wallet.village import good
from town.cast import AIGUL, DANA

PRICE = "12,34"


@dataclass(frozen=True)
class Act:
    """One command of a payment: who types it, and the two messages it reads and makes."""

    who: str
    words: tuple[str, ...]
    reads: str
    makes: str


ACTS = (
    Act("dana", ("request", PRICE), "", "request"),
    Act("aigul", ("pay", "--yes"), "request", "transfer"),
    Act("dana", ("receive",), "transfer", "receipt"),
    Act("aigul", ("receive",), "receipt", ""),
)


def play(street: Street, act: Act, carrier: str, die_at: int | None = None) -> Victim:
    """Type the command; messages are files, or text through standard input and output."""
    file = street.folder / act.reads
    if carrier == "file":
        words = [*act.words, *([str(file)] if act.reads else [])]
        words += ["--out", str(street.folder / act.makes)] if act.makes else []
        return street.start(act.who, *words, die_at=die_at)
    words = [*act.words, *(["-"] if act.reads else [])]
    done = street.start(act.who, *words, die_at=die_at, given=file.read_bytes() if act.reads else b"")
    if done.wait() == 0 and act.makes:
        (street.folder / act.makes).write_text(done.out)
    return done


def distinct(places: list[Place], seen: set[tuple[str, ...]]) -> list[int]:
    """Where to die: everywhere, or (by default) once at each distinct commit site and torn file.

    Dying before a commit leaves what dying after the last one left, so one ``before`` of each store is
    enough to see a transaction rolled back.
    """
    if ALL:
        return list(range(len(places)))
    chosen = []
    for number, place in enumerate(places):
        if place.kind == STEP:
            continue
        name = (place.kind, place.what, *((place.arrow, place.site) if place.kind in (AFTER, TORN) else ()))
        if name not in seen:
            seen.add(name)
            chosen.append(number)
    return chosen


@pytest.mark.row("DT-O-12")
@pytest.mark.parametrize("carrier", ["file", "pipe"])
def test_killed_at_every_commit_of_a_payment(street: Street, tmp_path: Path, carrier: str) -> None:
    """Each death is mended before the next one: so the last wallet has outlived all of them."""
    seen: set[tuple[str, ...]] = set()
    deaths = 0
    held = Held(*street.held("aigul", "dana"))
    for number, act in enumerate(ACTS):
        saved = street.save(tmp_path / f"before-{number}")
        whole = play(street, act, carrier).well()
        after = street.save(tmp_path / f"after-{number}")
        made = (street.folder / act.makes).read_bytes() if act.makes else b""
        for place in distinct(whole.places, seen):
            street.restore(saved)
            (street.folder / act.makes).unlink(missing_ok=True) if act.makes else None
            victim = play(street, act, carrier, die_at=place)
            assert victim.wait() == KILLED, (act, whole.places[place])
            with street.opened("aigul", "dana") as (aigul, dana):
                mend(aigul, dana, held)
            deaths += 1
        street.restore(after)
        if made:
            (street.folder / act.makes).write_bytes(made)
    assert street.held("aigul", "dana") == (held.payer_tiyn - PRICE_TIYN, held.payee_tiyn + PRICE_TIYN)
    assert deaths > 12


@pytest.mark.row("DT-O-12")
@pytest.mark.parametrize("act", ACTS, ids=lambda act: f"{act.who}-{act.words[0]}")
def test_after_reconnect_exactly_one_owns_it(
    template: Path, tmp_path: Path, zygote: Zygote, act: Act
) -> None:
    """Killed at a commit and never mended by hand, both only go home: the account of one of them, and of one
    only, has the money, or the platform knows the payee as its last owner and pays him when he has it."""
    first = Street.copy(template, tmp_path / "first", zygote)
    for earlier in ACTS[: ACTS.index(act)]:
        play(first, earlier, "file").well()
    messages = {name: (first.folder / name).read_bytes() for name in (act.reads,) if name}
    saved = first.save(tmp_path / "saved")
    places = play(first, act, "file").well().places
    commits = [at for at, place in enumerate(places) if place.kind == AFTER and place.arrow]
    for at in commits if ALL else {commits[0], commits[-1]}:
        street = Street.copy(template, tmp_path / f"home-{at}", zygote)
        street.restore(saved)
        for name, data in messages.items():
            (street.folder / name).write_bytes(data)
        assert play(street, act, "file", die_at=at).wait() == KILLED
        accounts, devices_tiyn = street.come_home(DANA, AIGUL)
        if devices_tiyn:
            # Signed away and never handed over: nobody has it yet, and only the payee can.
            assert (accounts["aigul"], accounts["dana"]) == (LOADED_TIYN - PRICE_TIYN, 0)
            with street.opened("aigul", "dana") as (aigul, dana):
                (sent,) = (one for one in aigul.view.history() if one.channel == "offline")
                pass_on(aigul, dana, good(aigul.money.resume(sent.id)))
            accounts, devices_tiyn = street.come_home(DANA, AIGUL)
        assert devices_tiyn == 0
        assert (accounts["aigul"], accounts["dana"]) in (
            (LOADED_TIYN, 0),
            (LOADED_TIYN - PRICE_TIYN, PRICE_TIYN),
        )
