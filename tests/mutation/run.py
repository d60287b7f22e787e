"""``make mutate``: plant one fault after the other in the modules that check money, and count how many the
tests find.

Works on a copy of the tree in a temporary folder (mutmut does the planting); nothing here is touched.

    make mutate                                  every mutant of every check module
    make mutate ARGS='tender/cash/chain.py'      of one module
    make mutate ARGS='--sample 200 --seed 7'     a sample drawn with that seed
    make mutate ARGS='tender/canon.py --show'    and the faults nobody found, as differences

A fault that the type checker refuses can never be merged and is not counted: the rate is over those it lets
through. ``equivalent.tsv`` lists faults that change nothing anybody could notice, each with its reason. Ends
with 1 when fewer than nine of ten of the others are found.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent.parent
EQUIVALENT = Path(__file__).with_name("equivalent.tsv")
REACH = 0.90
KILLED = frozenset({1, 3})
BY_TYPE = frozenset({37})
TIMED_OUT = frozenset({-24, 24, 36, 152, 255, -9})
"""A fault that never ends is found too: the test's process is stopped."""


@dataclass(frozen=True)
class Group:
    """Modules, and the tests that watch over them: the quick ones, because each survivor runs them all. The
    whole suite finds more, so the rate is a lower bound."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


GROUPS = (
    Group(
        (
            "tender/canon.py",
            "tender/schema.py",
            "tender/crypto/keys.py",
            "tender/crypto/envelope.py",
            "tender/crypto/certificates.py",
            "tender/crypto/directory.py",
            "tender/crypto/sealing.py",
            "tender/cash/token.py",
            "tender/cash/chain.py",
            "tender/cash/fork_proof.py",
            "tender/cash/revocation.py",
            "tender/cash/revocation_step.py",
            "tender/cash/rice.py",
            "tender/cash/beside.py",
            "tender/crypto/time_floor.py",
            "tender/cash/session_checks.py",
        ),
        (
            "tests/tender",
            *(f"tests/cash/test_edges_of_{what}.py" for what in ("tokens", "proofs", "checks", "judging")),
            *(f"tests/cash/test_{what}.py" for what in ("chain", "fork_proof", "revocation", "may_sign")),
            *(f"tests/lists/test_{what}.py" for what in ("steps", "beside", "correction")),
        ),
    ),
    Group(("platform_stub/ledger/reconcile.py",), ("tests/settlement/test_reconcile_at_the_edge.py",)),
    Group(
        ("platform_stub/nbk/settlement.py",),
        tuple(
            f"tests/settlement/test_{what}.py"
            for what in (
                "settlement",
                "orphans",
                "kept_colour",
                "nested_forks",
                "refunds",
                "loss_rule",
                "edges",
            )
        ),
    ),
)


SLOW = (
    "tests/cash/test_chain.py::test_each_flipped_bit_of_a_history_is_refused",
    "tests/cash/test_chain.py::test_each_truncation_and_each_extension_is_refused",
    "tests/cash/test_revocation.py::test_a_thousandth_of_twenty_million_devices_is_about_29_kilobytes",
)


@dataclass
class Score:
    """What became of one module's mutants."""

    module: str
    by_type: int = 0
    killed: int = 0
    timed_out: int = 0
    equivalent: int = 0
    survivors: list[tuple[str, str]] = field(default_factory=list)
    """(name, difference)."""

    @property
    def judged(self) -> int:
        return self.killed + self.timed_out + len(self.survivors)

    @property
    def rate(self) -> float:
        return (self.killed + self.timed_out) / self.judged if self.judged else 1.0


class Copy:
    """A copy of the tree in which a group's modules are mutated."""

    def __init__(self, folder: Path, group: Group, modules: tuple[str, ...]) -> None:
        self.folder = folder
        self.modules = modules
        tracked = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for name in tracked:
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        tops = sorted({name.split("/")[0] for name in tracked} - {"tests", "pyproject.toml"})
        sources = sorted({module.split("/")[0] for module in modules})
        without = [f"--deselect={one}" for one in SLOW]
        settings = {
            "source_paths": sources,
            "only_mutate": list(modules),
            "also_copy": [name for name in tops if name not in sources],
            "pytest_add_cli_args_test_selection": list(group.tests),
            "type_check_command": [
                "mypy",
                "--output=json",
                "--no-warn-unused-ignores",
                *(f"-p{name}" for name in sources),
            ],
            "pytest_add_cli_args": ["-x", "-pno:cacheprovider", "-pno:xdist", *without],
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        file = folder / "pyproject.toml"
        text = file.read_text(encoding="utf-8")
        # The planted code silences the type checker without saying what, which the house forbids.
        text = text.replace('enable_error_code = ["ignore-without-code"]', "")
        file.write_text(text + "\n[tool.mutmut]\n" + "\n".join(lines) + "\n", encoding="utf-8")

    def mutmut(self, *words: str, quiet: bool = True) -> str:
        """Run mutmut here; what it printed."""
        ran = subprocess.run(
            [str(Path(sys.executable).with_name("mutmut")), *words],
            cwd=self.folder,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
            check=False,
        )
        return ran.stdout or ""

    def outcomes(self, module: str) -> dict[str, int | None]:
        """Mutant by name → exit code of its tests, None for one that was not tried."""
        meta = self.folder / "mutants" / f"{module}.meta"
        if not meta.is_file():
            return {}
        found: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        return found

    def difference(self, mutant: str) -> str:
        """The lines a mutant takes away and puts in their place."""
        lines = self.mutmut("show", mutant).splitlines()
        changed = [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        return " ".join(f"{line[0]} {line[1:].strip()}" for line in changed)


@cache
def equivalents() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Rows of (function as a shell pattern, difference as a regular expression, why nobody could notice)."""
    rows = [line.split("\t") for line in EQUIVALENT.read_text(encoding="utf-8").splitlines()[1:] if line]
    return tuple((function, re.compile(difference), reason) for function, difference, reason in rows)


def is_equivalent(function: str, difference: str) -> bool:
    """Whether a row says so of this fault."""
    return any(fnmatch(function, one) and form.fullmatch(difference) for one, form, _ in equivalents())


def function_of(mutant: str) -> str:
    """``tender.canon.x_decode__mutmut_3`` → ``tender.canon.decode``."""
    module, _, name = mutant.rpartition("__mutmut_")[0].rpartition(".")[0:3]
    return f"{module}.{name.removeprefix('x').replace('ǁ', '.').strip('._')}"


def judge(copy: Copy, module: str) -> Score:
    """Read what mutmut left of one module."""
    score = Score(module)
    for name, code in copy.outcomes(module).items():
        if code in KILLED:
            score.killed += 1
        elif code in TIMED_OUT:
            score.timed_out += 1
        elif code in BY_TYPE:
            score.by_type += 1
        elif code is not None:
            difference = copy.difference(name)
            if is_equivalent(function_of(name), difference):
                score.equivalent += 1
            else:
                score.survivors.append((name, difference))
    return score


def mutate(group: Group, modules: tuple[str, ...], sample: int, seed: int, jobs: int) -> list[Score]:
    """Mutate these modules of a group and judge; ``sample`` 0 tries every mutant."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        copy = Copy(Path(name), group, modules)
        chosen: list[str] = []
        if sample:
            copy.mutmut("run", "no such mutant")  # plants them, learns which test meets which, tries none
            everyone = sorted(mutant for module in modules for mutant in copy.outcomes(module))
            chosen = Random(seed).sample(everyone, min(sample, len(everyone)))
        said = copy.mutmut("run", "--max-children", str(jobs), *chosen)
        scores = [judge(copy, module) for module in modules]
        if not any(score.judged for score in scores):
            sys.exit(f"Nothing was tried. mutmut said:\n{said[-3000:]}")
        return scores


def show(scores: list[Score], *, survivors: bool, seconds: float) -> float:
    """Print the table; returns the rate over all modules."""
    found = sum(s.killed + s.timed_out for s in scores)
    judged = sum(s.judged for s in scores)
    rate = found / judged if judged else 1.0
    heads = ("by type", "faults", "found", "endless", "missed", "equal", "rate")
    print(f"{'module':<36}" + "".join(f"{head:>8}" for head in heads))
    for s in scores:
        counts = (s.by_type, s.judged, s.killed, s.timed_out, len(s.survivors))
        print(f"{s.module:<36}{''.join(f'{one:>8}' for one in counts)}{s.equivalent:>8}{s.rate:>8.1%}")
    print(f"{'all':<44}{judged:>8}{found:>8}{'':>8}{judged - found:>8}{'':>8}{rate:>8.1%}   {seconds:.0f} s")
    for score in scores if survivors else ():
        for name, difference in score.survivors:
            print(f"\n{function_of(name)}\t{difference}")
    return rate


def main() -> int:
    """The command."""
    reader = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    reader.add_argument("modules", nargs="*", help="only these files")
    reader.add_argument("--sample", type=int, default=0, help="so many mutants in all, drawn with the seed")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--jobs", type=int, default=2)
    reader.add_argument("--show", action="store_true", help="print the faults nobody found")
    given = reader.parse_args()
    there_are = [module for group in GROUPS for module in group.modules]
    if unknown := set(given.modules) - set(there_are):
        reader.error(f"no check module: {', '.join(sorted(unknown))}. There are: {', '.join(there_are)}")
    began, scores = time.monotonic(), list[Score]()
    for group in GROUPS:
        modules = tuple(one for one in group.modules if not given.modules or one in given.modules)
        if modules:
            share = -(-given.sample * len(modules) // len(given.modules or there_are))
            scores += mutate(group, modules, share, given.seed, given.jobs)
    rate = show(scores, survivors=given.show, seconds=time.monotonic() - began)
    return 0 if rate >= REACH else 1


if __name__ == "__main__":
    sys.exit(main())
