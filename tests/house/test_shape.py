"""Files are short, named for what they hold, and say what they are for."""

import ast
import io
import re
import tokenize
from functools import cache

from tests.house.tree import ROOT, Source, product_code, sources

LINES_MOST = 400
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc"}


def everything() -> tuple[Source, ...]:
    return product_code() + sources("tests", "docs")


@cache
def comments(source: Source) -> list[tuple[int, str]]:
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def test_no_file_is_too_long_to_read_at_one_sitting() -> None:
    long = {s.path: n for s in product_code() if (n := s.text.count("\n")) > LINES_MOST}
    assert not long, f"more than {LINES_MOST} lines; find the second subject and give it a file: {long}"


def test_nothing_is_called_by_a_name_that_says_nothing() -> None:
    vague = [s.path for s in everything() if set(s.module.split(".")) & NAMES_THAT_SAY_NOTHING]
    assert not vague


def test_every_module_says_what_it_is_for() -> None:
    silent = [s.path for s in everything() if s.tree.body and not ast.get_docstring(s.tree)]
    assert not silent


def test_everything_public_in_tender_is_described() -> None:
    silent = [
        f"{source.path}:{node.lineno} {node.name}"
        for source in sources("tender")
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent


def test_nothing_is_silenced_without_naming_what() -> None:
    blanket = re.compile(
        r"#\s*(type:\s*ignore(?!\[)|noqa(?!:\s*[A-Z]+\d+)|(ruff|mypy|flake8):\s*(noqa|ignore-errors))"
    )
    found = [f"{s.path}:{n} {c}" for s in everything() for n, c in comments(s) if blanket.search(c)]
    assert not found


def test_nothing_is_left_unfinished_in_a_comment() -> None:
    promise = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
    found = [f"{s.path}:{n} {c}" for s in everything() for n, c in comments(s) if promise.search(c)]
    assert not found, "finish it, or write an issue; a comment keeps no promise"


def test_no_path_of_one_machine_is_written_down() -> None:
    path = re.compile(r"(?<![\w.~}$])/(?:work|tmp|root|home|Users|opt)/\w")
    texts = [s for s in everything() if s.path != "tests/house/test_shape.py"]
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"]
    found = [s.path for s in texts if path.search(s.text)]
    found += [p.name for p in pages if path.search(p.read_text(encoding="utf-8"))]
    assert not found


def test_every_skip_says_why() -> None:
    silent = []
    for source in sources("tests"):
        for node in ast.walk(source.tree):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called in {"pytest.skip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}:
                assert isinstance(node, ast.Call)
                spoken = any(k.arg == "reason" for k in node.keywords)
                if not (spoken or (called in {"pytest.skip", "pytest.mark.skip"} and node.args)):
                    silent.append(f"{source.path}:{node.lineno}")
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                bare = {"pytest.mark.skip", "pytest.mark.xfail"}
                silent += [f"{source.path}:{d.lineno}" for d in node.decorator_list if ast.unparse(d) in bare]
    assert not silent
