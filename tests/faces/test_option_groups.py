"""Options that go together: one parameter for the command, single options for the person who types."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from faces.commands import Spoken
from faces.option_groups import spread


@dataclass(frozen=True, slots=True)
class Place:
    """Two options."""

    town: Annotated[str, typer.Option("--town", "-t")] = "Almaty"
    far: Annotated[bool, typer.Option("--far")] = False


def go(times: Annotated[int, typer.Argument()] = 1, *, place: Place) -> None:
    typer.echo(f"{times} {place}")


def test_the_fields_are_the_options_with_their_own_defaults() -> None:
    app = Spoken(name="go")
    app.command()(go)
    assert CliRunner().invoke(app, []).output == f"1 {Place()}\n"
    told = CliRunner().invoke(app, ["3", "-t", "Aral", "--far"])
    assert told.output == f"3 {Place('Aral', far=True)}\n"
    wrong = CliRunner().invoke(app, ["--place", "x"])
    assert wrong.exit_code == 2


def test_a_command_without_groups_is_left_as_it_is_and_two_options_of_one_name_are_refused() -> None:
    def plain(name: str) -> str:
        return name

    def twice(town: str = "", *, place: Place) -> str:
        return f"{town} {place}"

    assert spread(plain) is plain
    with pytest.raises(ValueError, match="town"):
        spread(twice)
