"""What a story puts before its audience: a list of plain events, drawn on a screen or printed as JSON.

A story never draws. It says what happened (``say``), shows figures read back from the stores (``balances``,
``sheet``), and states what must be so (``check``); the screen and the tests read the same events.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]


@dataclass
class Stage:
    """Collects the events of a performance and hands each one to a listener (a screen, or nobody)."""

    listener: Callable[[Event], None] = lambda event: None
    events: list[Event] = field(default_factory=list)
    scenes: int = 0

    def _show(self, kind: str, **data: Any) -> None:
        event: Event = {"kind": kind, **data}
        self.events.append(event)
        self.listener(event)

    def story(self, name: str, title: str, about: str) -> None:
        """The curtain: which story this is."""
        self._show("story", name=name, title=title, about=about)

    def scene(self, title: str, why: str) -> None:
        """A new numbered scene, and in one sentence why it matters."""
        self.scenes += 1
        self._show("scene", number=self.scenes, title=title, why=why)

    def say(self, text: str, meaning: str = "note") -> None:
        """One thing that happened. ``meaning`` is ``note``, ``good``, ``bad`` or ``wait``."""
        self._show("say", text=text, meaning=meaning)

    def busy(self, text: str) -> None:
        """Something that takes a few seconds begins; whatever comes next ends it."""
        self._show("busy", text=text)

    def typed(self, who: str, command: str, *, network: bool) -> None:
        """The very command somebody's wallet ran, and whether it had a network."""
        self._show("typed", who=who, command=command, network=network)

    def balances(self, title: str, rows: Sequence[tuple[str, int, int]]) -> None:
        """A table of (name, tiyn before, tiyn after), read back from the stores."""
        self._show(
            "balances",
            title=title,
            rows=[{"name": name, "before_tiyn": before, "after_tiyn": after} for name, before, after in rows],
        )

    def chain(self, holders: Sequence[str], amount_tiyn: int, sizes: Sequence[int]) -> None:
        """The hands a token went through, and its bytes after each hop."""
        self._show("chain", holders=list(holders), amount_tiyn=amount_tiyn, bytes=list(sizes))

    def fork(
        self, signer: str, key: str, amount_tiyn: int, branches: Sequence[tuple[str, str, bool]]
    ) -> None:
        """One output signed away twice: (to whom, what became of it, well or badly)."""
        self._show(
            "fork",
            signer=signer,
            key=key,
            amount_tiyn=amount_tiyn,
            branches=[{"to": to, "end": end, "good": good} for to, end, good in branches],
        )

    def sheet(self, sheet: dict[str, Any]) -> None:
        """The closing balance sheet (:mod:`town.balance_sheet`)."""
        self._show("sheet", **sheet)

    def cost(self, payments: int, cpu_ms: float, sent_bytes: int, fee_tiyn: int) -> None:
        """What the payments cost: whole processes included, per payment (DT-Q-09)."""
        self._show("cost", payments=payments, cpu_ms=round(cpu_ms, 1), bytes=sent_bytes, fee_tiyn=fee_tiyn)

    def chart(self, title: str, rows: Sequence[tuple[str, int, str]], *, columns: bool = False) -> None:
        """A chart of (name, value, value in words): bars, or ``columns`` for a row of days."""
        self._show(
            "chart",
            title=title,
            columns=columns,
            rows=[{"name": name, "value": value, "shown": shown} for name, value, shown in rows],
        )

    def fact(self, name: str, value: Any) -> None:
        """A figure for programs; not drawn."""
        self._show("fact", name=name, value=value)

    def check(self, text: str, holds: bool) -> bool:
        """What must be so, and whether it is."""
        self._show("check", text=text, holds=holds)
        return holds

    def end(self) -> None:
        """The curtain falls: how many checks held."""
        checks = [event for event in self.events if event["kind"] == "check"]
        self._show("end", checks=len(checks), failed=self.failed)

    @property
    def facts(self) -> dict[str, Any]:
        """Every figure by name; the last one counts."""
        return {event["name"]: event["value"] for event in self.events if event["kind"] == "fact"}

    @property
    def failed(self) -> list[str]:
        """The checks that do not hold; an empty list is a good end."""
        return [event["text"] for event in self.events if event["kind"] == "check" and not event["holds"]]
