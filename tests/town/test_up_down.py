"""``tenge up`` and ``tenge down``: a town that starts, says what to type, remembers, and goes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.wires import HttpWire
from tender.errors import Code, LinkError
from town.cli import main
from town.standing import SCREENS
from town.town import home_folder, standing_state


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, left with nothing running."""
    monkeypatch.setenv("TENGE_HOME", str(tmp_path))
    yield tmp_path
    main(["down"])


def health() -> dict[str, object]:
    """What the platform says of itself."""
    state = standing_state()
    assert state is not None
    status, _, body = HttpWire(state["url"]).fetch("GET", "/v1/health")
    assert status == 200
    told: dict[str, object] = json.loads(body)
    return told


def test_a_town_starts_remembers_and_goes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--port", "0"]) == 0
    said = capsys.readouterr().out
    for expected in ("The town is up.", "Aigul", "Kazpost", "tenge wallet enrol -w aigul --bank 949"):
        assert expected in said
    # Every code stands on the last twenty-four lines, which is all that a terminal keeps.
    assert all(
        code in "".join(said.splitlines(keepends=True)[-24:])
        for code in (standing_state() or {})["codes"].values()
    )
    first = health()
    assert main(["up"]) == 0
    assert "already" in capsys.readouterr().out
    assert main(["audit", "--json"]) == 0
    books = json.loads(capsys.readouterr().out)

    url = str((standing_state() or {})["url"])
    assert main(["down"]) == 0
    assert standing_state() is None
    with pytest.raises(LinkError) as away:
        HttpWire(url).fetch("GET", "/v1/health")
    assert away.value.code is Code.PLATFORM_UNREACHABLE
    assert main(["down"]) == 0
    assert "No town was up." in capsys.readouterr().out

    # The same people, the same money, the same root key on the next morning.
    assert main(["up", "--port", "0"]) == 0
    assert health()["root_key"] == first["root_key"]
    capsys.readouterr()
    assert main(["audit", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == books


def test_a_foreign_process_is_never_taken_for_the_platform(home: Path) -> None:
    folder = home_folder()
    folder.mkdir(parents=True)
    (folder / "town.json").write_text(json.dumps({"pid": 1, "url": "http://127.0.0.1:1", "codes": {}}))
    assert standing_state() is None


def test_what_it_says_to_type_is_a_first_payment(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every line that is printed is typed, as it stands, and does what it says."""
    assert main(["up", "--port", "0", "--crowd", "0"]) == 0
    printed = [line.strip() for line in capsys.readouterr().out.splitlines()]
    typed = [line for line in printed if line.startswith(("export ", "tenge "))]
    opened = [line for line in typed if line in SCREENS]
    assert tuple(opened) == SCREENS, "the screens first"
    assert typed.index("tenge pos") < typed.index("tenge wallet create -w aigul")
    assert sum(line.startswith("tenge wallet ") for line in typed) == 14 + 2
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TENGE_ELEMENTS": str(home / "elements"),
        "TENGE_PIN_COST": "cheap",
    }
    done = subprocess.run(
        ["bash", "-e"],
        input="\n".join(line.replace("-w aigul -o payment", "--yes -w aigul -o payment") for line in typed),
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "500,00" in done.stdout
    assert "✓ issued − redeemed = liability" in done.stdout
    assert standing_state() is None
