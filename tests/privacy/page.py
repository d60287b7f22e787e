"""The tables of docs/privacy.md: read, compared with what was found, and written anew.

``python -m tests.privacy.page`` plays the flows and writes the tables into the page; what it changes is to be
looked at, for it is what people are told.
"""

import tempfile
from pathlib import Path
from typing import Final

from tests.privacy.card_page import with_card_tables
from tests.privacy.cards import play_cards
from tests.privacy.data import AMOUNT, PERSONAL, PURPOSE
from tests.privacy.flows import KEPT, Played, Told
from tests.privacy.town import PAYEE, PAYER, ROLES

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"
ALWAYS, SHOWN, NOTHING, OWN = "●", "◐", "·", "–"
DATA: Final = (
    *((PAYER, what) for what in PERSONAL),
    *((PAYEE, what) for what in PERSONAL),
    ("payment", AMOUNT),
    ("payment", PURPOSE),
)
HEAD: Final = [
    (
        "| role | payer's name | phone | IIN | account | device | pseudonym "
        "| payee's name | phone | IIN or BIN | account | device | pseudonym | amount | purpose |"
    ),
    "|---|" + ":-:|" * len(DATA),
]

Cells = dict[tuple[str, str, tuple[str, str]], str]
"""(flow, role, datum) → symbol; what is not there is told nobody."""


def play_both() -> tuple[Told, Told]:
    """All flows with names hidden, and again with names shown."""
    with tempfile.TemporaryDirectory() as hidden, tempfile.TemporaryDirectory() as shown:
        return Played(Path(hidden), shown=False).all(), Played(Path(shown), shown=True).all()


def measured(hidden: Told, shown: Told) -> Cells:
    """The cells as they were found."""
    cells: Cells = {}
    for flow, roles in hidden.items():
        for role in ROLES:
            for datum in DATA:
                if datum in roles[role]:
                    cells[flow, role, datum] = ALWAYS
                elif datum in shown[flow][role]:
                    cells[flow, role, datum] = SHOWN
    return cells


def promised(page: str) -> Cells:
    """The cells as the page has them."""
    cells: Cells = {}
    flow = ""
    for line in page.splitlines():
        if line.startswith("### "):
            flow = line.removeprefix("### ")
        parts = [part.strip() for part in line.strip("|").split("|")]
        if flow and len(parts) == len(DATA) + 1 and parts[0] in ROLES:
            for datum, symbol in zip(DATA, parts[1:], strict=True):
                if symbol not in (ALWAYS, SHOWN, NOTHING, OWN):
                    raise ValueError(f"{flow}, {parts[0]}: {symbol}")
                if symbol in (ALWAYS, SHOWN):
                    cells[flow, parts[0], datum] = symbol
    return cells


def differences(found: Cells, page: Cells) -> list[str]:
    """Each cell that is not as the page says, in words."""
    told = []
    for cell in sorted(set(found) | set(page)):
        now, said = found.get(cell, NOTHING), page.get(cell, NOTHING)
        if now != said:
            flow, role, (whose, what) = cell
            told.append(f"{flow}: {role} sees the {whose}'s {what}: {now}, the page says {said}")
    return told


def tables(cells: Cells) -> str:
    """Every flow's table; roles that are told nothing stand in a line below it."""
    parts = []
    for flow in dict.fromkeys(flow for flow, _, _ in cells):
        rows, silent = [], []
        for role in ROLES:
            marks = [cells.get((flow, role, datum), OWN if datum[0] == role else NOTHING) for datum in DATA]
            if {ALWAYS, SHOWN} & set(marks):
                rows.append(f"| {role} | {' | '.join(marks)} |")
            else:
                silent.append(role)
        verb = "Keep none of it" if flow == KEPT else "Told none of it"
        parts.append("\n".join([f"### {flow}", "", *HEAD, *rows, "", f"{verb}: {', '.join(silent)}."]))
    return "\n\n".join(parts) + "\n"


def with_tables(page: str, cells: Cells) -> str:
    """The page with these tables."""
    begin, end = "<!-- tables -->\n", "<!-- end of tables -->\n"
    before, rest = page.split(begin)
    return before + begin + "\n" + tables(cells) + "\n" + end + rest.split(end)[1]


if __name__ == "__main__":
    made = with_tables(PAGE.read_text(encoding="utf-8"), measured(*play_both()))
    PAGE.write_text(with_card_tables(made, play_cards()[0]), encoding="utf-8")
