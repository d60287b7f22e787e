"""The tables of docs/privacy.md about cards: made from what the taps heard (``tests/privacy/cards.py``)."""

from tests.privacy.cards import CARD_DATA, CARD_ROLES, PIN, SEALED, Seen

TOLD, SEALED_MARK, NOTHING = "●", "◐", "·"
BEGIN, END = "<!-- card tables -->\n", "<!-- end of card tables -->\n"


def card_tables(told: Seen) -> str:
    """Every flow's table; roles that are told nothing stand in a line below it."""
    head = [f"| role | {' | '.join(CARD_DATA)} |", "|---|" + ":-:|" * len(CARD_DATA)]
    parts = []
    for flow, roles in told.items():
        rows = [f"| {role} | {' | '.join(_marks(roles[role]))} |" for role in CARD_ROLES if roles[role]]
        silent = ", ".join(role for role in CARD_ROLES if not roles[role])
        parts.append("\n".join([f"#### {flow}", "", *head, *rows, "", f"Told none of it: {silent}."]))
    return "\n\n".join(parts) + "\n"


def _marks(found: set[str]) -> list[str]:
    return [
        TOLD if what in found else SEALED_MARK if what == PIN and SEALED in found else NOTHING
        for what in CARD_DATA
    ]


def with_card_tables(page: str, told: Seen) -> str:
    """The page with these tables."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + "\n" + card_tables(told) + "\n" + END + rest.split(END)[1]
