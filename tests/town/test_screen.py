"""What a person watches: every event can be drawn, on a narrow terminal and without colour too."""

import io

import pytest
from rich.console import Console
from rich.theme import Theme

from faces.theme import STYLES
from town.stories.screen import Screen
from town.stories.stage import Stage


def drawn(width: int) -> str:
    """Every kind of event, drawn without colour."""
    page = io.StringIO()
    stage = Stage(Screen(Console(file=page, width=width, theme=Theme(dict(STYLES)), color_system=None)))
    stage.story("coffee", "A coffee", "Aigul pays Dana.")
    stage.busy("people get their wallets")
    stage.scene("No network", "The money checks itself.")
    stage.say("seven days pass", "wait")
    stage.typed("Dana", "tenge wallet request 500 --out request.tenge", network=False)
    stage.balances("in the wallets", [("Aigul", 200_000, 150_000), ("Dana", 0, 50_000)])
    stage.chain([f"W{place}" for place in range(16)], 1_000_000, [128 + 173 * place for place in range(16)])
    stage.fork("Aigul", "ab" * 32, 500_000, [("Dana", "paid", True), ("Merchant M", "refused", False)])
    stage.cost(20, 512.3, 3000, 0)
    stage.fact("hidden", 1)
    rows = [{"name": "issued", "tiyn": 100, "total": False}]
    stage.sheet({"title": "balance sheet", "rows": rows, "holds": True, "verdict": "equal to the tiyn"})
    assert stage.check("it holds", True)
    assert not stage.check("it breaks", False)
    assert stage.failed == ["it breaks"]
    stage.end()
    assert stage.facts == {"hidden": 1}
    return page.getvalue().replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_everything_fits_the_terminal(width: int) -> None:
    assert max(map(len, drawn(width).splitlines())) <= width


def test_colour_says_nothing_that_is_not_also_said_by_a_sign() -> None:
    page = drawn(120)
    for said in (
        "✓ it holds",
        "✗ it breaks",
        "✗ to Merchant M: refused",
        "✓ to Dana: paid",
        "+500,00 ₸",
        "−500,00 ₸",
        "(no network)",
        "W14 ─15→ W15",
        "128 bytes when issued, 2723 after 15 hops",
        "fee 0,00 ₸",
        "✗ 1 of 2 checks do not hold",
        "✓ equal to the tiyn",
    ):
        assert said in page
    assert "hidden" not in page
