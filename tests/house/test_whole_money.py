"""Money is whole tiyn: nothing that decides about money knows a fraction."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import Source, product_code

# Where decisions are made there is no float at all; elsewhere (timings, screens) none may touch an amount.
PURE_ROOMS = ("tender", "core", "ledger")


def fractions(tree: ast.AST) -> Iterator[ast.AST]:
    """Float literals, calls of float() and true divisions."""
    for node in ast.walk(tree):
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
        divides = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
        if literal or call or divides:
            yield node


def names_tiyn(tree: ast.AST) -> bool:
    return any(
        "tiyn" in (getattr(n, "id", None) or getattr(n, "attr", None) or getattr(n, "arg", None) or "")
        for n in ast.walk(tree)
    )


def offences(source: Source) -> list[str]:
    if set(source.module.split(".")) & set(PURE_ROOMS):
        return [f"{source.path}:{getattr(n, 'lineno', 0)} {ast.unparse(n)}" for n in fractions(source.tree)]
    statements = (
        n for n in ast.walk(source.tree) if isinstance(n, ast.Assign | ast.AnnAssign | ast.AugAssign)
    )
    assigned = [s for s in statements if names_tiyn(s) and any(fractions(s))]
    touched = [f for f in fractions(source.tree) if names_tiyn(f)]
    return [f"{source.path}:{getattr(n, 'lineno', 0)} {ast.unparse(n)}" for n in assigned + touched]


def test_no_amount_is_ever_a_fraction() -> None:
    found = [line for source in product_code() for line in offences(source)]
    assert not found, "use // and say which way it rounds"


@pytest.mark.parametrize(
    ("module", "line", "wrong"),
    [
        ("tender/money.py", "half = amount / 2", True),
        ("tender/money.py", "half = amount // 2", False),
        ("device/core/limits.py", "SHARE = 0.5", True),
        ("wallet/tui/pulse.py", "every_s = 0.5", False),
        ("device/service.py", "fee_tiyn = 0.5", True),
        ("device/service.py", "shown = float(amount_tiyn)", True),
        ("wallet/cli.py", "file = folder / 'purse'", False),
    ],
)
def test_the_rule_itself(module: str, line: str, wrong: bool) -> None:
    assert bool(offences(Source(module, line, ast.parse(line)))) is wrong
