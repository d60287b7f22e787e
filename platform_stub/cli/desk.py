"""The settlement desk of the National Bank, by command: forks, refunds, orphans, reviews, and the story of
any one payment. Part of ``tenge platform``.
"""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from faces.amounts import amount_text, day_text
from platform_stub.cli.opening import AsJson, Folder, bytes_of, done, opened, table
from tender.account.participants import name_of
from tender.errors import Refusal

if TYPE_CHECKING:
    from rich.tree import Tree

    from platform_stub.settlement_story import Story, Twig

app = typer.Typer()
PANEL = "Settlement desk"

Officer = Annotated[str, typer.Option(help="Who decides; stands beside the decision for good.")]
Named = Annotated[str, typer.Argument(help="Id of a claim or fork, or its first bytes (hexadecimal).")]


def _short(identifier: bytes) -> str:
    return identifier[:8].hex()


def _rows(lines: list[Any]) -> list[dict[str, Any]]:
    """Plain rows of any report: bytes as hexadecimal."""
    return [
        {
            name: value.hex() if isinstance(value := getattr(line, name), bytes) else value
            for name in type(line).__slots__
        }
        for line in lines
    ]


def _show(as_json: bool, lines: list[Any], nothing: str, title: str, heads: list[str], cells: Any) -> None:
    """A report for programs or for people; the columns of words come before the first amount."""
    if as_json:
        typer.echo(json.dumps(_rows(lines), indent=2))
    elif not lines:
        typer.echo(nothing)
    else:
        shown = [cells(line) for line in lines]
        left = next((place for place, cell in enumerate(shown[0]) if cell.endswith("₸")), len(heads))
        table(title, heads, shown, left=left)


@app.command(rich_help_panel=PANEL)
def forks(folder: Folder = None, as_json: AsJson = False) -> None:
    """Keys that were proved to have signed twice, and what it cost.

    Example:  tenge platform forks
    """
    from platform_stub.settlement_report import fork_lines

    with opened(folder) as platform:
        lines = fork_lines(platform)
    _show(
        as_json,
        lines,
        "No key has been proved to have signed twice.",
        "Forks",
        ["fork", "bank", "lost", "covered", "waits"],
        lambda one: [
            _short(one.fork),
            name_of(one.bank),
            amount_text(one.lost_tiyn),
            amount_text(one.covered_tiyn),
            amount_text(one.waiting_tiyn + one.review_tiyn),
        ],
    )
    if lines and not as_json:
        typer.echo("tenge platform explain FORK tells the whole story of one.")


@app.command(rich_help_panel=PANEL)
def refunds(folder: Folder = None, as_json: AsJson = False) -> None:
    """Money after its claim window: whose it is, what was paid back, what a later chain took.

    Example:  tenge platform refunds
    """
    from platform_stub.settlement_report import refund_lines

    said = {
        "waiting": "its holder may claim",
        "paid": "paid to its holder",
        "home": "lost, sent home",
    }
    with opened(folder) as platform:
        lines = refund_lines(platform)
    _show(
        as_json,
        lines,
        "No claim window has ended with money left in it.",
        "Refunds",
        ["output", "state", "since", "amount", "taken back"],
        lambda one: [
            _short(one.output),
            said[one.state],
            day_text(one.time),
            amount_text(one.amount_tiyn),
            amount_text(one.taken_tiyn),
        ],
    )


@app.command(rich_help_panel=PANEL)
def orphans(folder: Folder = None, as_json: AsJson = False) -> None:
    """Claims whose root is not registered, which count for nothing; and those for an account that its own
    bank does not know, whose money waits in transit.

    Example:  tenge platform orphans
    """
    from platform_stub.settlement_report import orphan_lines

    with opened(folder) as platform:
        lines = orphan_lines(platform)
    _show(
        as_json,
        lines,
        "No claim waits for an unknown root or account.",
        "Orphans",
        ["claim", "unknown", "bank", "since", "amount"],
        lambda one: [
            _short(one.claim),
            one.why,
            name_of(one.bank),
            day_text(one.time),
            amount_text(one.amount_tiyn),
        ],
    )


@app.command(rich_help_panel=PANEL)
def reviews(folder: Folder = None, as_json: AsJson = False) -> None:
    """Losses too large to be covered unseen; each waits for `release` or `deny`.

    Example:  tenge platform reviews
    """
    from platform_stub.settlement_report import review_lines

    with opened(folder) as platform:
        lines = review_lines(platform)
    _show(
        as_json,
        lines,
        "Nothing waits for review.",
        "Reviews",
        ["claim", "fork", "who would pay", "in review", "claimed"],
        lambda one: [
            _short(one.claim),
            _short(one.fork),
            name_of(one.culprit_bank),
            amount_text(one.amount_tiyn),
            amount_text(one.claimed_tiyn),
        ],
    )
    if lines and not as_json:
        typer.echo("Next: tenge platform explain CLAIM, then release CLAIM, or deny CLAIM.")


def _decide(named: str, what: str, officer: str, folder: Any, as_json: bool) -> None:
    wanted = bytes_of(named)
    with opened(folder) as platform:
        outcome = getattr(platform.reviews, what)(wanted, officer)
    if isinstance(outcome, Refusal):
        done(outcome, "", {}, as_json)
    told = {"decision": what, "losses": outcome.losses, "amount_tiyn": outcome.amount_tiyn}
    said = {"release": "released, covered like any other loss", "deny": "denied, stays uncovered"}[what]
    done(outcome, f"{amount_text(outcome.amount_tiyn)} in {outcome.losses}: {said}.", told, as_json)


@app.command(rich_help_panel=PANEL)
def release(named: Named, officer: Officer = "", folder: Folder = None, as_json: AsJson = False) -> None:
    """Cover what waits for review under a claim or a fork.

    Example:  tenge platform release 3f29ab01 --officer Zarina
    """
    _decide(named, "release", officer, folder, as_json)


@app.command(rich_help_panel=PANEL)
def deny(named: Named, officer: Officer = "", folder: Folder = None, as_json: AsJson = False) -> None:
    """Leave uncovered what waits for review under a claim or a fork.

    Example:  tenge platform deny 3f29ab01 --officer Zarina
    """
    _decide(named, "deny", officer, folder, as_json)


@app.command("explain", rich_help_panel=PANEL)
def explain_(
    identifier: Annotated[
        str, typer.Argument(help="Id of an output, claim, fork, root, transaction, account.")
    ],
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything the platform knows of one payment.

    Of offline money: a tree, who claimed, who is owed, what waits and why, and what to do next; by an
    output's whole id, or by the first bytes of a claim's, fork's or root's. Of anything else: every exchange
    whose bytes mention it. Ends with 1 when nobody has heard of it.

    Example:  tenge platform explain 3f29ab01
    """
    from platform_stub.overview import explain as follow
    from platform_stub.settlement_story import tell

    needle = bytes_of(identifier)
    with opened(folder) as platform:
        stories = tell(platform, needle)
        steps = [] if stories or len(needle) < 8 else follow(platform, needle)
    if stories:
        _stories(stories, as_json)
    elif as_json:
        typer.echo(json.dumps(_rows(steps)))
    elif steps:
        lines = [
            [one.where, one.kind, "from" if one.way == "in" else "to", one.peer, one.answer] for one in steps
        ]
        table("Evidence", ["at", "order", "", "peer", "answer"], lines, left=5)
    else:
        typer.echo("Nobody here has heard of this id. An output is found by its whole id.", err=True)
    raise typer.Exit(0 if stories or steps else 1)


def _stories(stories: "list[Story]", as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([_plain(one) for one in stories], indent=2))
        return
    from rich.text import Text

    from faces.theme import console

    screen = console()
    for story in stories:
        screen.print(Text(f"The {story.found} {story.asked[:16]}", style="title"))
        for line in story.lines:
            screen.print(Text(line))
        if story.tree is not None:
            screen.print(_tree(story.tree))
        for head, lines, style in (("Waiting", story.waits, "wait"), ("To do", story.next, "command")):
            for line in dict.fromkeys(lines):
                screen.print(Text.assemble((f"{head}: ", "title"), (line, style)))


def _tree(twig: "Twig", above: "Tree | None" = None) -> "Tree":
    from rich.text import Text
    from rich.tree import Tree

    said = Text.assemble(
        (f"{twig.what} ", "quiet"),
        (amount_text(twig.amount_tiyn), "money"),
        f" {_short(twig.output)}",
        (f" · {', '.join(twig.says)}" if twig.says else "", "wait"),
        (" ← asked" if twig.asked else "", "title"),
    )
    made = Tree(said) if above is None else above.add(said)
    for one in twig.twigs:
        _tree(one, made)
    return made


def _plain(story: "Story") -> dict[str, Any]:
    return {
        "found": story.found,
        "id": story.asked,
        "told": story.lines,
        "tree": None if story.tree is None else _plain_twig(story.tree),
        "waiting": list(dict.fromkeys(story.waits)),
        "next": list(dict.fromkeys(story.next)),
    }


def _plain_twig(twig: "Twig") -> dict[str, Any]:
    return {
        "output": twig.output.hex(),
        "what": twig.what,
        "amount_tiyn": twig.amount_tiyn,
        "key": twig.key.hex(),
        "says": list(twig.says),
        "asked": twig.asked,
        "below": [_plain_twig(one) for one in twig.twigs],
    }
