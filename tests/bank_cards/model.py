"""What a card's operations should do, said as simply as it can be: no outputs, no movements, no books."""

from dataclasses import dataclass, field


@dataclass
class Line:
    """One operation: what was taken from the client (or given), and what of it was undone or given back."""

    amount: int
    credit: bool = False
    undone: int = 0
    back: int = 0
    of: "Line | None" = None
    owed: int = 0
    """What of a credit is not on its way to the client yet; the bank says it."""
    wanted: int = 0
    """What should be undone in all, and could not be."""
    in_dt: bool = False
    """To somebody who takes Digital Tenge: no network gets anything, and no credit gives it back."""


@dataclass
class Model:
    """One client's account and the operations of its card, in tiyn."""

    own: int
    """What the account would hold without any card."""
    lines: dict[str, Line | None] = field(default_factory=dict)
    """None: refused, or undone before it came."""

    def known(self, name: str) -> bool | None:
        """What was said of an operation, unless it was undone since; None of a new one."""
        if name not in self.lines:
            return None
        line = self.lines[name]
        return line is not None and line.undone < line.amount

    def authorised(self, name: str, amount: int, approved: bool, in_dt: bool = False) -> None:
        """Whether there was enough depends on what was given back by then: the bank says it."""
        self.lines[name] = Line(amount, in_dt=in_dt) if approved else None

    def undo(self, name: str, total: int) -> int:
        """What is undone by now; 0 for all of it. Of a spending never more than credits have left of it."""
        line = self.lines.setdefault(name, None)
        if line is None:
            return 0
        if line.credit:
            self.credit_undone(line, max(line.undone, min(total or line.amount, line.amount)))
            return line.undone
        line.undone = max(line.undone, min(total or line.amount, line.amount - line.back))
        return line.undone

    def credit_undone(self, line: Line, undone: int) -> None:
        """So much of a credit is undone by now: what was not given yet first, then what its purchase gives
        back anyway, then out of the account."""
        more, line.undone = undone - line.undone, undone
        not_given = min(more, line.owed)
        line.owed -= not_given
        if line.of is not None:
            stays = max(0, min(more - not_given, line.of.wanted - line.of.undone))
            line.of.back -= more
            line.of.undone += stays

    def stays_given(self, line: Line, undone: int) -> None:
        """More of a purchase is undone than its credits leave: some of them were to be undone, too."""
        more = undone - max(line.undone, line.amount - line.back)
        for one in self.lines.values():
            if one is not None and one.of is line and more > 0:
                stays = min(more, one.wanted - one.undone)
                one.undone += stays
                line.back -= stays
                more -= stays

    def credit(self, name: str, original: str, amount: int) -> bool:
        """Whether it is accepted; the money comes when the bank has given it."""
        said = self.known(name)
        if said is not None:
            return said
        of = self.lines.get(original)
        ok = of is not None and not of.credit and not of.in_dt and amount <= of.amount - of.undone - of.back
        if of is None or not ok:
            self.lines[name] = None
            return False
        of.back += amount
        self.lines[name] = Line(amount, credit=True, of=of, owed=amount)
        return True

    @property
    def cost(self) -> int:
        """What all of it costs the client, once everything is where it goes."""
        known = [line for line in self.lines.values() if line is not None and not line.in_dt]
        spent = sum(line.amount - line.undone for line in known if not line.credit)
        return spent - sum(line.amount - line.undone for line in known if line.credit)

    @property
    def worth(self) -> int:
        """What the client has, with what the bank still owes it."""
        return self.own - self.cost - self.paid

    @property
    def paid(self) -> int:
        """What went over in Digital Tenge."""
        known = [line for line in self.lines.values() if line is not None and line.in_dt]
        return sum(line.amount - line.undone for line in known)
