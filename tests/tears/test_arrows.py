"""What docs/protocol/session.md says of a death at each arrow is so: somebody dies there, and comes back.

Each conversation of :mod:`tests.tears.scripts` is played with real processes; then, for each arrow it passes,
played up to there once more, and the process that takes the arrow kills itself: after the commit of the
arrow's step, or, where it changes nothing, when the step is done (``TENGE_CUTS=all``: before and after each
commit up to the next arrow). What is claimed for the arrow is then looked for on the disks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from device.core.model import Conversation
from device.service.wallet import Wallet
from tender.cash.beside import take_apart
from tender.cash.messages import Transfer, open_message
from tender.cash.session import TABLE
from tests.tears.acts import ACTS
from tests.tears.conftest import ALL
from tests.tears.scripts import AIGUL, BOLAT, DANA, KILLS, SCRIPTS, Step
from tests.tears.seam import AFTER, STEP, Place
from tests.tears.street import Street
from tests.tears.victims import KILLED, Victim

PEOPLE: Final = (AIGUL, DANA, BOLAT)
ARROWS: Final = {f"{role} {phase} {event.__name__}": arrow for (role, phase, event), arrow in TABLE.items()}
"""The table, by the names under which the seam writes arrows down."""


@dataclass(frozen=True)
class Scene:
    """A step as it went undisturbed: the disks before it, the messages there were and the one it made, the
    places where its process could have died, what everybody held before and after it, and the sessions."""

    step: Step
    saved: Path
    given: dict[str, bytes]
    sent: list[bytes]
    places: list[Place]
    before: tuple[int, ...]
    after: tuple[int, ...]
    sessions: dict[bytes, bytes]


@dataclass(frozen=True)
class Comeback:
    """What was found after a death: what everybody held and the sessions, as they lay on the disk; what they
    held once they had recovered; what the act done again sent, and what everybody held then."""

    found: tuple[int, ...]
    sessions: dict[bytes, bytes]
    recovered: tuple[int, ...]
    sent: list[bytes]
    held: tuple[int, ...]


def sessions_of(wallet: Wallet) -> dict[bytes, bytes]:
    """Every session as it is stored."""
    return {row.payment: row.state for row in wallet.desk.store.all(Conversation)}


def start(street: Street, step: Step, given: dict[str, bytes], folder: Path, die_at: int | None) -> Victim:
    """The act as a process of its own."""
    folder.mkdir()
    for name, data in given.items():
        (folder / name).write_bytes(data)
    words = [step.who, step.act, step.what, str(folder)]
    return street.zygote.start("act", words, street.environment, die_at=die_at)


def sent_in(folder: Path) -> list[bytes]:
    """What the act sent."""
    return [file.read_bytes() for file in sorted(folder.glob("sent-*"))]


def played(street: Street, steps: tuple[Step, ...], folder: Path) -> Iterator[Scene]:
    """Each step undisturbed, and its scene."""
    given: dict[str, bytes] = {}
    held = street.held(*PEOPLE)
    for number, step in enumerate(steps):
        saved = street.save(folder / f"saved-{number}")
        with street.opened(step.who) as (wallet,):
            sessions = sessions_of(wallet)
        room = folder / f"room-{number}"
        done = start(street, step, given, room, None).well()
        if step.dies_after:
            street.restore(saved)
            at = after_commit(done.places, step.dies_after)
            assert start(street, step, given, folder / f"dead-{number}", at).wait() == KILLED
            held = street.held(*PEOPLE)
            continue
        sent, before = sent_in(room), held
        held = street.held(*PEOPLE)
        yield Scene(step, saved, dict(given), sent, done.places, before, held, sessions)
        if step.makes:
            given[step.makes] = sent[-1]


def after_commit(places: list[Place], arrow: str) -> int:
    """The place after the first commit of this arrow's step."""
    return next(at for at, place in enumerate(places) if place.kind == AFTER and place.arrow == arrow)


def deaths(places: list[Place]) -> Iterator[tuple[str, list[int]]]:
    """Where to die for each arrow: after its step is stored, or when it is done if it stores nothing.

    With everything: wherever the process may die from the moment the arrow before is stored, so that what the
    element signs on the way counts to the arrow that the signature is.
    """
    steps = [at for at, place in enumerate(places) if place.kind == STEP and place.what in ARROWS]
    begin = min(steps, default=0)
    for at, following in zip(steps, [*steps, len(places)][1:], strict=True):
        stored = [n for n in range(at, following) if (places[n].kind, places[n].what) == STORED]
        end = stored[0] if stored else at
        last = len(places) - 1 if following == len(places) else end
        yield places[at].what, list(range(begin, last + 1)) if ALL else [end]
        begin = end + 1


STORED: Final = (AFTER, "wallet.db")


def come_back(street: Street, scene: Scene, folder: Path, at: int) -> Comeback:
    """Die there; then everybody is opened from the disk, recovers, and the act is done again."""
    street.restore(scene.saved)
    assert start(street, scene.step, scene.given, folder, at).wait() == KILLED
    with street.opened(*PEOPLE) as wallets:
        actor = wallets[PEOPLE.index(scene.step.who)]
        sessions = sessions_of(actor)
        found = tuple(one.view.balance().spendable_tiyn for one in wallets)
        if not scene.step.act.startswith(("spoil", "approve_spoilt", "request_with")):
            actor.recovery.recover(online=False)
        recovered = tuple(one.view.balance().spendable_tiyn for one in wallets)
        sent = ACTS[scene.step.act](actor, scene.given, scene.step.what)
        held = tuple(one.view.balance().spendable_tiyn for one in wallets)
    return Comeback(found, sessions, recovered, sent, held)


def same(one: bytes, other: bytes) -> bool:
    """The same message; a transfer may carry its links in whole tokens instead of tails, never others."""
    first, second = (open_message(take_apart(data)[0]) for data in (one, other))
    if isinstance(first, Transfer) and isinstance(second, Transfer):
        return signatures(first) == signatures(second)
    return first == second


def signatures(transfer: Transfer) -> list[bytes]:
    """Of the links that move the money."""
    return [packed[-64:] for packed in (*transfer.tokens, *transfer.tails)]


# --- what the page claims


def nothing_moved(scene: Scene, back: Comeback) -> None:
    """Nobody holds more or less than before the step."""
    assert back.found == scene.before


def moved_or_not(scene: Scene, back: Comeback) -> None:
    """It moved, or it did not; nobody else is touched."""
    assert back.recovered in (scene.before, scene.after)


def same_bytes(scene: Scene, back: Comeback) -> None:
    """Done again, the act sends what it would have sent."""
    if scene.sent:
        assert any(same(one, scene.sent[-1]) for one in back.sent), (scene.step, back.sent)


def state_kept(scene: Scene, back: Comeback) -> None:
    """The session on the disk is as it was."""
    assert back.sessions == scene.sessions


def payer_holds_the_links(scene: Scene, back: Comeback) -> None:
    """The payer sends its links again, and that completes the payment: they are what the payee read."""
    assert scene.step.what in scene.given, "what was read came from the payer, who still has it"
    assert back.held == scene.after


Check = Callable[[Scene, Comeback], None]
CLAIMS: Final[dict[str, tuple[Check, ...]]] = {
    "nothing moved": (nothing_moved,),
    "the stored state is unchanged; the same bytes are sent again": (state_kept, nothing_moved, same_bytes),
    "nothing moved, or the element re-emits the identical signature when asked again": (
        moved_or_not,
        same_bytes,
    ),
    "the payer holds the signed links and sends them again": (payer_holds_the_links, same_bytes),
    "the returns are signed again, identically, and sent again": (moved_or_not, same_bytes),
    "nothing moved; the payer offers again": (nothing_moved, same_bytes),
    "nothing counts; parts go back": (nothing_moved,),
    "nothing moved; links signed meanwhile still complete the kept offer, or come whole": (nothing_moved,),
    "nothing moved; only the same offer is answered, another is refused": (nothing_moved, same_bytes),
    "nothing moved, or the late transfer goes back": (nothing_moved,),
    "the links are stored; the element re-emits the receipt": (moved_or_not, same_bytes),
    "the request was closed before a rollback: what the element signed away since counts no more": (
        moved_or_not,
    ),
    "the same payment gets the same receipt; other money goes back": (moved_or_not, same_bytes),
    "nothing moved; the offer is sent again": (nothing_moved, same_bytes),
    "the payee has it; asked again, it gives the same receipt": (nothing_moved,),
    "the links stand; refused as tails, they are sent again as whole tokens": (nothing_moved,),
    "the payee holds the signed returns and sends them again": (moved_or_not,),
}
"""What is looked for, for each claim of the column "if we die here"."""


@pytest.mark.row("DT-O-12")
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_death_at_each_arrow_does_what_the_page_says(street: Street, tmp_path: Path, name: str) -> None:
    number, killed = 0, set()
    for scene in list(played(street, SCRIPTS[name], tmp_path)):
        for arrow, ends in deaths(scene.places):
            if not ALL and (arrow not in KILLS[name] or arrow in killed):
                continue
            killed.add(arrow)
            for at in ends:
                number += 1
                back = come_back(street, scene, tmp_path / f"death-{number}", at)
                assert back.held == scene.after, (arrow, scene.places[at])
                for check in CLAIMS[ARROWS[arrow].if_we_die]:
                    check(scene, back)
    assert killed >= set(KILLS[name])


def test_somebody_is_killed_at_every_arrow_of_the_table() -> None:
    assert {arrow for arrows in KILLS.values() for arrow in arrows} == set(ARROWS)


def test_every_claim_of_the_page_is_one_that_is_looked_for() -> None:
    assert {arrow.if_we_die for arrow in TABLE.values()} == set(CLAIMS)
