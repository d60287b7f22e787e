"""Which application: the candidates that card and terminal share, the cardholder's choice, the final SELECT.

Source: EMV 4.3 Book 1, 12; Book 4, 11.3. Two ways to the candidates: the card's directory (PSE, 12.3.2), or
each of the terminal's names tried out (12.3.3). A blocked card ends it, a blocked application is passed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pos.core.emv.objects import collect, opened
from pos.core.emv.outcome import Reason
from pos.core.emv.steps import Candidate, ChooseApplication, Chosen, Stage, Steps
from pos.core.emv.terminal import Application
from pos.core.emv.transaction import Ended, Transaction, expected
from tender.card.apdu import SHORT_ANSWER_MOST, Command, Response
from tender.card.tags import Tag
from tender.card.tlv import Tlv, unpack
from tender.errors import RemoteProtocolError

PSE: Final = b"1PAY.SYS.DDF01"
SELECT: Final = 0xA4
READ_RECORD: Final = 0xB2
BY_NAME: Final = 0x04
NEXT: Final = 0x02
BLOCKED: Final = 0x6283
"""The application, or the directory, is blocked (Book 1, 12.3.2)."""
CARD_BLOCKED: Final = 0x6A81
"""The card is blocked, or does not know SELECT (12.3.2)."""
AID_BYTES: Final = range(5, 17)
"""How long an application's name may be (Book 1, 12.2.1)."""
DIRECTORY_SFI_MOST: Final = 10
NAMES_MOST: Final = 16
"""Applications that share the beginning of a name; a card that has ever more of them is not believed."""
RECORDS_MOST: Final = 255
_MUST_CONFIRM: Final = 0x80
_PRIORITY: Final = 0x0F
_UNRANKED: Final = 16


@dataclass(frozen=True, slots=True)
class Shared:
    """A candidate with the terminal's side of it."""

    candidate: Candidate
    application: Application


@dataclass(slots=True)
class Candidates:
    """The list, and whether something on the card was blocked."""

    shared: list[Shared]
    some_blocked: bool = False

    def drop(self, one: Shared) -> None:
        """It cannot be used (Book 1, 12.4; Book 3, 10.1)."""
        self.shared = [other for other in self.shared if other is not one]


def candidates(tx: Transaction) -> Steps[Candidates]:
    """All that both have, best first."""
    found = Candidates([])
    yield from _by_directory(tx, found)
    if not found.shared:
        # Book 1, 12.3.2, step 5: nothing in the directory for us, so our own list is tried.
        yield from _by_names(tx, found)
    found.shared.sort(key=lambda one: one.candidate.priority or _UNRANKED)
    return found


def select(tx: Transaction, found: Candidates) -> Steps[Shared]:
    """Choose one and select it (Book 1, 12.4). One the card does not select is dropped, and the choice is
    made again; ``Ended`` when nothing is left."""
    while found.shared:
        one = yield from _chosen(tx, found)
        response = yield from tx.transmit(Stage.SELECTION, _select(one.candidate.aid))
        fci = _fci(response, one.candidate.aid) if response.is_done else None
        if fci is not None:
            tx.forget_card()
            tx.candidate, tx.application, tx.fci = one.candidate, one.application, fci
            return one
        found.some_blocked |= response.sw == BLOCKED
        found.drop(one)
    raise Ended(Reason.APPLICATION_BLOCKED if found.some_blocked else Reason.NO_APPLICATION)


def _chosen(tx: Transaction, found: Candidates) -> Steps[Shared]:
    """By the cardholder where that can be, else the best that needs no yes (Book 1, 12.4; Book 4, 11.3)."""
    shared = found.shared
    if not tx.terminal.chooses:
        free = [one for one in shared if not one.candidate.must_confirm]
        if not free:
            raise Ended(Reason.NO_APPLICATION)
        return free[0]
    if len(shared) == 1 and not shared[0].candidate.must_confirm:
        return shared[0]
    question = ChooseApplication(tuple(one.candidate for one in shared))
    reply = yield from tx.ask(Stage.SELECTION, question)
    place = expected(reply, Chosen).place
    if place is None or not 0 <= place < len(shared):
        raise Ended(Reason.CALLED_OFF)
    return shared[place]


# ------------------------------------------------------------------------------------------- directory


def _by_directory(tx: Transaction, found: Candidates) -> Steps[None]:
    """The payment system environment, if there is one that can be read (Book 1, 12.3.2)."""
    response = yield from tx.transmit(Stage.SELECTION, _select(PSE))
    if response.sw == CARD_BLOCKED:
        raise Ended(Reason.CARD_BLOCKED)
    fci = _fci(response, PSE) if response.is_done else None
    sfi = fci.get(Tag.SFI, b"") if fci is not None else b""
    if len(sfi) != 1 or not 1 <= sfi[0] <= DIRECTORY_SFI_MOST:
        return
    entries: list[tuple[Tlv, ...]] = []
    for number in range(1, RECORDS_MOST + 1):
        record = Command(0x00, READ_RECORD, number, sfi[0] << 3 | 0x04, le=SHORT_ANSWER_MOST)
        response = yield from tx.transmit(Stage.SELECTION, record)
        if response.sw == 0x6A83:
            break
        if not response.is_done:
            return  # a directory that cannot be read to its end is none
        try:
            entries += _entries(response.data)
        except RemoteProtocolError:
            return
    for entry in entries:
        shared = _matched(tx.terminal.applications, {one.tag: one.value for one in entry}, Tag.AID_CARD)
        if shared and all(shared.candidate.aid != other.candidate.aid for other in found.shared):
            found.shared.append(shared)


def _entries(record: bytes) -> list[tuple[Tlv, ...]]:
    """Directory entries (61) of a record; other things in it mean nothing (Book 1, 12.2.3)."""
    return [
        unpack(one.value, "directory.61", loose=True)
        for one in opened(record, Tag.RECORD, "directory")
        if one.tag == Tag.APPLICATION_TEMPLATE
    ]


# ------------------------------------------------------------------------------------------------ names


def _by_names(tx: Transaction, found: Candidates) -> Steps[None]:
    """Each name the terminal knows is tried, and what begins with it (Book 1, 12.3.3)."""
    for place, application in enumerate(tx.terminal.applications):
        occurrence = 0
        for _ in range(NAMES_MOST):
            response = yield from tx.transmit(Stage.SELECTION, _select(application.aid, occurrence))
            if response.sw == CARD_BLOCKED and place == occurrence == 0:
                raise Ended(Reason.CARD_BLOCKED)
            if not response.is_done and response.sw != BLOCKED:
                break
            fci = _fci(response)
            name = fci.get(Tag.DF_NAME, b"") if fci is not None else b""
            blocked = response.sw == BLOCKED
            found.some_blocked |= blocked
            if not blocked and not _add(found, application, fci or {}):
                break
            if name == application.aid or not application.partial:
                break
            occurrence = NEXT


def _add(found: Candidates, application: Application, fci: dict[int, bytes]) -> bool:
    """Add what answered to a name; False ends the search under this name: what came is not ours, or was
    there before (a card that names the same one again has no other)."""
    shared = _matched((application,), fci, Tag.DF_NAME)
    if shared is None or any(shared.candidate.aid == other.candidate.aid for other in found.shared):
        return False
    found.shared.append(shared)
    return True


# ----------------------------------------------------------------------------------------------- common


def _select(name: bytes, occurrence: int = 0) -> Command:
    """SELECT by name, the first or the next of them (Book 1, 11.3)."""
    return Command(0x00, SELECT, BY_NAME, occurrence, name, SHORT_ANSWER_MOST)


def _fci(response: Response, name: bytes | None = None) -> dict[int, bytes] | None:
    """File control information, all its objects flat; ``None`` for what is none: without a name, with
    another name than was asked for, or without its proprietary part (Book 1, 11.3.4 and 12.4)."""
    try:
        outer = opened(response.data, Tag.FCI, "fci")
        found: dict[int, bytes] = {}
        collect(outer, found, "fci")
    except RemoteProtocolError:
        return None
    named = found.get(Tag.DF_NAME, b"")
    if not named or name not in (None, named) or all(one.tag != Tag.FCI_PROPRIETARY for one in outer):
        return None
    return found


def _matched(applications: Sequence[Application], said: dict[int, bytes], tag: int) -> Shared | None:
    """The terminal's application that fits a name of the card's: the same, or the longest that begins it
    (Book 1, 12.3.1)."""
    name = said.get(tag, b"")
    if len(name) not in AID_BYTES:
        return None
    fitting = [one for one in applications if name == one.aid or (one.partial and name.startswith(one.aid))]
    if not fitting:
        return None
    application = max(fitting, key=lambda one: len(one.aid))
    priority = said.get(Tag.PRIORITY, b"\x00")
    first = priority[0] if priority else 0
    return Shared(
        Candidate(name, _label(said, name, application), first & _PRIORITY, bool(first & _MUST_CONFIRM)),
        application,
    )


def _label(said: dict[int, bytes], name: bytes, application: Application) -> str:
    """The preferred name where we have its alphabet (ISO 8859-1 and -5), else the label (Book 4, 11.3)."""
    table = said.get(Tag.CODE_TABLE, b"")
    alphabet = {b"\x01": "iso8859-1", b"\x05": "iso8859-5"}.get(table)
    preferred = said.get(Tag.PREFERRED_NAME, b"")
    text = (
        preferred.decode(alphabet) if alphabet and preferred else said.get(Tag.LABEL, b"").decode("latin-1")
    )
    return (
        "".join(letter for letter in text if letter.isprintable()).strip() or application.name or name.hex()
    )
