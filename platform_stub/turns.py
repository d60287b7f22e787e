"""Everybody has a turn: what goes wrong with one keeps nobody else from theirs."""

from collections.abc import Callable, Iterable
from logging import getLogger


def every(turns: Iterable[tuple[str, Callable[[], None]]]) -> None:
    """Call them all, each by its name; what one raises is logged, and raised again once all have had theirs
    (the first of them, if there are several)."""
    first: Exception | None = None
    for name, turn in turns:
        try:
            turn()
        except Exception as error:
            getLogger(__name__).exception("%s: unfinished work stays for the next turn", name)
            first = first or error
    if first is not None:
        raise first
