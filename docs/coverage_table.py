"""Writes ``docs/coverage.md``: which test shows which requirement row.

``docs/rows.tsv`` holds the rows; a test names the rows it shows with ``@pytest.mark.row("DT-O-03")``. The
marks are found in the source, without importing it, so the table never depends on what is installed.

``python -m docs.coverage_table`` writes the table; with ``--check`` it only tells whether it is current.
"""

import ast
import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
ROWS_FILE: Final = ROOT / "docs" / "rows.tsv"
TABLE_FILE: Final = ROOT / "docs" / "coverage.md"
TESTS: Final = ROOT / "tests"

RINGS: Final = {
    "C": "core: wallet, cards, points of sale",
    "F": "follows: platform scenarios",
    "O": "outer: securities, auctions",
    "D": "documents and benchmarks",
}

GROUPS: Final = {
    "DT-Q": "Money properties and quality",
    "DT-P": "Platform core",
    "DT-S": "Industrial sub-scenarios",
    "DT-V": "Digital vouchers",
    "DT-C": "The card",
    "DT-O": "Offline payments",
    "DT-T": "Coloured tokens, programmability",
    "DT-A": "Anonymity and privacy",
    "DT-M": "Monitoring, blocking, operating day",
    "DT-F": "Pilot figures and survey",
    "DT-X": "Cross-border payments",
    "DT-B": "Stablecoins on a crypto exchange",
    "DT-K": "Stablecoins on the stock exchange",
    "DT-G": "Tokenised assets",
    "DT-W": "Pedometer",
    "DT-VAT": "VAT deduction",
    "DT-R": "Target architecture",
    "DT-Z": "Security",
    "DT-I": "Interfaces and integration",
    "DT-L": "Plans and law",
    "KC": "Central Securities Depository",
    "NT": "Short-term notes for individuals",
    "AU-G": "Auctions: general",
    "AU-P": "Auctions: purchase with reverse sale",
    "AU-S": "Auctions: sale with repurchase",
    "AU-N": "Auctions: short-term notes",
    "AU-D": "Auctions: deposits",
    "AU-F": "Auctions: formulas and forms",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement: `ring` is a letter of :data:`RINGS`, `reference` is document and line."""

    row_id: str
    ring: str
    statement: str
    reference: str
    acceptance_test: str

    @property
    def group(self) -> str:
        """The id without its number: ``DT-O-03`` belongs to ``DT-O``."""
        return self.row_id.rpartition("-")[0]


def read_rows(file: Path = ROWS_FILE) -> dict[str, Row]:
    """All rows by id, in the order of the file."""
    with file.open(encoding="utf-8", newline="") as lines:
        table = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {
            line["id"]: Row(
                line["id"], line["ring"][0], line["statement"], line["reference"], line["acceptance_test"]
            )
            for line in table
        }


def _row_marks(tree: ast.AST) -> Iterator[str]:
    """The ids in every ``pytest.mark.row(...)`` under `tree`; one that is computed is no id."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "row"
            and isinstance(node.func.value, ast.Attribute)
            and node.func.value.attr == "mark"
        ):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value
                else:
                    yield f"<not written out, line {node.lineno}>"


def marks_in(source: str) -> Iterator[tuple[str, str]]:
    """Pairs (row id, test name) of one file; a mark on a class or module counts for each test in it."""
    module = ast.parse(source)
    everywhere = [
        row_id
        for statement in module.body
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for row_id in _row_marks(statement)
    ]

    def visit(body: Iterable[ast.stmt], inherited: list[str]) -> Iterator[tuple[str, str]]:
        for node in body:
            own = [row_id for d in getattr(node, "decorator_list", ()) for row_id in _row_marks(d)]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                for row_id in dict.fromkeys(inherited + own):
                    yield row_id, node.name
            elif isinstance(node, ast.ClassDef):
                yield from visit(node.body, inherited + own)

    yield from visit(module.body, everywhere)


def read_marks(folder: Path = TESTS) -> dict[str, list[tuple[str, str]]]:
    """Row id -> [(test file relative to the project, test name)], in the order of the files."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for file in sorted(folder.rglob("test_*.py")):
        for row_id, test in marks_in(file.read_text(encoding="utf-8")):
            found[row_id].append((file.relative_to(folder.parent).as_posix(), test))
    return dict(found)


def unknown_ids(rows: Mapping[str, Row], marks: Mapping[str, list[tuple[str, str]]]) -> list[str]:
    """What marks name and the list of rows does not have, with the place."""
    return [
        f"{row_id} in {', '.join(sorted({file for file, _ in tests}))}"
        for row_id, tests in marks.items()
        if row_id not in rows
    ]


def _shown(tests: Iterable[tuple[str, str]]) -> str:
    by_file: dict[str, list[str]] = defaultdict(list)
    for file, test in tests:
        by_file[file].append(test.removeprefix("test_").replace("_", " "))
    return "<br>".join(
        f"[{file.removeprefix('tests/')}](../{file}): {'; '.join(t)}" for file, t in by_file.items()
    )


def table(rows: Mapping[str, Row], marks: Mapping[str, list[tuple[str, str]]]) -> str:
    """The whole page, as Markdown."""
    out = [
        "# Coverage: requirement rows and the tests that show them",
        "",
        "Generated by `make coverage` from [rows.tsv](rows.tsv) and the `row` marks in `tests/`.",
        "A test may be listed only if it plays the row's own acceptance test and would fail without",
        "the feature.",
        "",
        "References are to the public source documents: 000 the Digital Tenge white paper (December 2023),",
        "001 the Central Securities Depository slides (November 2023), 002 NBK Decree 239 (2016),",
        "003 NBK Resolution 167 (2018); L is the line, T a table, ¶ a paragraph.",
        "",
        "| ring | rows | with a test | |",
        "|---|---:|---:|---|",
    ]
    for ring, caption in RINGS.items():
        of_ring = [row for row in rows.values() if row.ring == ring]
        out.append(f"| {ring} | {len(of_ring)} | {sum(r.row_id in marks for r in of_ring)} | {caption} |")
    out.append(f"| **all** | **{len(rows)}** | **{sum(row_id in marks for row_id in rows)}** | |")

    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows.values():
        groups[row.group].append(row)
    for group, members in groups.items():
        covered = [row for row in members if row.row_id in marks]
        bare = [row for row in members if row.row_id not in marks]
        title = GROUPS.get(group, "")
        out += ["", f"## {group} · {title} ({len(covered)} of {len(members)})", ""]
        if covered:
            out += ["| row | ring | what it asks | tests |", "|---|---|---|---|"]
            out += [
                f"| {row.row_id} | {row.ring} | {row.statement} | {_shown(marks[row.row_id])} |"
                for row in covered
            ]
        if bare:
            numbers = ", ".join(f"{row.row_id.rpartition('-')[2]} ({row.ring})" for row in bare)
            out += [""] * bool(covered) + [f"No test yet: {numbers}."]
    return "\n".join(out) + "\n"


def main(arguments: list[str]) -> int:
    """Write the table, or with ``--check`` compare it; returns the exit status."""
    rows, marks = read_rows(), read_marks()
    unknown = unknown_ids(rows, marks)
    if unknown:
        print("These marks name no row of docs/rows.tsv:", *unknown, sep="\n  ", file=sys.stderr)
        return 1
    page = table(rows, marks)
    if "--check" in arguments:
        if not TABLE_FILE.exists() or TABLE_FILE.read_text(encoding="utf-8") != page:
            print("docs/coverage.md is out of date. Type: make coverage", file=sys.stderr)
            return 1
        return 0
    TABLE_FILE.write_text(page, encoding="utf-8")
    print(f"docs/coverage.md: {sum(row_id in marks for row_id in rows)} of {len(rows)} rows have a test")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
