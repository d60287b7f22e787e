"""The commands of ``tenge`` that belong to no product: up, down, demo, audit, verify-proof, bench."""

import json
from pathlib import Path
from typing import Annotated

import typer

from faces.commands import Spoken
from faces.language import label
from faces.theme import console

app = Spoken(
    name="tenge",
    help="Digital Tenge on one laptop.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a picture.")]


@app.command()
def bench(
    parts: Annotated[
        list[str] | None, typer.Argument(help="Only these parts: verify, sizes, start, pay …")
    ] = None,
    scale: Annotated[bool, typer.Option("--scale", help="At the largest scale; takes much longer.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure this machine. Each judged number is a ratio, or bytes, taken in one run.

    Example:  tenge bench pay --json
    """
    from town.bench.parts import PARTS, measured, named

    try:
        chosen = named(parts or [])
    except KeyError as error:
        there_are = ", ".join(part.name for part in PARTS)
        typer.echo(label("town.no-part", name=str(error), known=there_are), err=True)
        raise typer.Exit(2) from error
    from town.bench.table import Progress

    with Progress(chosen) as progress:
        found = [one for part, new in measured(chosen, scale=scale) for one in progress.done(part, new)]
    if as_json:
        typer.echo(json.dumps([one.as_dict() for one in found], indent=2))
    else:
        from town.bench.table import show

        show(console(), found)
    raise typer.Exit(0 if all(one.holds for one in found) else 1)


@app.command()
def up(
    port: Annotated[int, typer.Option(help="Port on loopback; wallets look at 8125 by themselves.")] = 8125,
    crowd: Annotated[int, typer.Option(help="How many neighbours W0, W1 … move in beside the cast.")] = 4,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Throw an earlier town's stores away first.")
    ] = False,
    verifiers: Annotated[
        int,
        typer.Option(min=0, max=64, help="Processes that check deposits' signatures; 0: the platform's own."),
    ] = 0,
    profile: Annotated[
        str, typer.Option(help="What the banks offer: `full`, or `pilot` as it was in 2023.")
    ] = "full",
) -> None:
    """Start a town on this laptop: the platform on loopback, five banks, a cast of clients.

    Example:  tenge up
    """
    from tender.account.capabilities import Profile
    from town.standing import raise_town

    if profile not in list(Profile):
        raise typer.BadParameter(", ".join(Profile), param_hint="--profile")
    raised = raise_town(console(), port=port, crowd=crowd, fresh=fresh, verifiers=verifiers, profile=profile)
    raise typer.Exit(raised)


@app.command()
def down() -> None:
    """Stop the town of `tenge up`. Its stores stay; the next `tenge up` finds everybody there."""
    from card_switch.cli.asking import FOLDER_NAME
    from card_switch.cli.running import stopped
    from town.town import home_folder, take_down

    stopped(home_folder() / FOLDER_NAME)
    typer.echo(label("town.down" if take_down() else "town.none-up"))


@app.command()
def audit(
    folder: Annotated[
        Path | None, typer.Option(help="A town's folder; that of `tenge up` if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute the balance sheet from the stores, with code that shares nothing with the posting.

    Ends with 1 when the books do not hold.
    Example:  tenge audit --json
    """
    from town.standing import show_audit

    raise typer.Exit(show_audit(console(), folder, as_json=as_json))


@app.command()
def demo(
    story: Annotated[
        str, typer.Argument(help="One story by name; all of them in one town if left out.")
    ] = "",
    as_json: AsJson = False,
    pace: Annotated[float, typer.Option(help="Seconds to wait after each line, for slow watching.")] = 0.0,
    names: Annotated[bool, typer.Option("--list", help="List the stories and stop.")] = False,
) -> None:
    """Watch the money travel: a real platform on loopback, a real process for each wallet command.

    Example:  tenge demo double_spend
    """
    from town.processes import CommandFailed
    from town.stories.repertoire import STORIES, perform

    if names:
        for name, told in STORIES.items():
            typer.echo(f"{name:<20} {told.title}")
        return
    if story and story not in STORIES:
        typer.echo(label("town.no-story", name=story, known=", ".join(STORIES)), err=True)
        raise typer.Exit(2)
    from town.stories.screen import Screen
    from town.stories.stage import Stage

    stage = Stage() if as_json else Stage(Screen(console(), pace))
    try:
        perform(story or "main_job", stage)
    except CommandFailed as error:
        typer.echo(label("town.broke-off", why=str(error)), err=True)
        raise typer.Exit(3) from error
    if as_json:
        typer.echo(json.dumps({"story": story or "main_job", "failed": stage.failed, "events": stage.events}))
    raise typer.Exit(1 if stage.failed else 0)


@app.command("verify-proof")
def verify_proof(
    file: Annotated[
        Path, typer.Argument(help="The proof, as `tenge wallet proof` or the platform exports it.")
    ],
    root: Annotated[str, typer.Option(help="The root key: 64 hexadecimal digits, or a file with them.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check a proof of double spending with nothing but the root key: no network, no store.

    Example:  tenge verify-proof proof.tenge --root root.key
    """
    if not root:
        typer.echo(label("town.no-root"), err=True)
        raise typer.Exit(2)
    from town.proof import verify_file

    raise typer.Exit(verify_file(file, root, as_json=as_json))


if __name__ == "__main__":
    app()
