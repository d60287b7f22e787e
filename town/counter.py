"""A merchant's till in a story: every act is the ``tenge pos`` command a cashier would type."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tender.money import plain_tenge
from town.cast import Person
from town.processes import Done
from town.purse import must
from town.stories.stage import Stage

if TYPE_CHECKING:
    from town.purse import Purse
    from town.town import Town

CASHIER: Final = "Aliya"
CASHIER_CODE: Final = "1111"


@dataclass
class Counter:
    """One till on one counter."""

    town: "Town"
    person: Person
    name: str
    _step: int = field(default=0)

    def do(self, command: str, *rest: str, network: bool = False) -> Done:
        """Run a command of this till; raises :class:`~town.processes.CommandFailed` when it fails."""
        words = ["pos", command, *rest, "--till", self.name, "--json"]
        return must(self.town.programs().start(words, network=network).finish())

    def show(self, stage: Stage, command: str, *, network: bool = False) -> None:
        """Show what the cashier types."""
        stage.typed(self.person.shown, f"tenge pos {command}", network=network)

    def open(self, stage: Stage) -> None:
        """From nothing to a till that sells: the bank's code, an account, a cashier, a shift."""
        code = str(self.town.state["codes"][self.person.name])
        for command, *rest in (
            ("create",),
            ("enrol", "--bank", str(self.person.bank), "--code", code),
            ("open-account",),
            ("add-cashier", CASHIER, "--code", CASHIER_CODE),
            ("sign-on", CASHIER, "--code", CASHIER_CODE),
            ("open-shift", "--drawer", "5000"),
        ):
            self.show(stage, " ".join((command, *rest)).replace(code, "…"), network=True)
            self.do(command, *rest, network=True)

    def tap(self, stage: Stage, where: str, shown: str, amount_tiyn: int) -> Done:
        """Sell something to whatever card lies at this reader."""
        amount = plain_tenge(amount_tiyn)
        self.show(stage, f"tap {amount} --reader file:{shown}")
        return self.do("tap", amount, "--reader", where)

    def sell_by_codes(self, stage: Stage, purse: "Purse", *items: tuple[str, int]) -> Done:
        """A sale that is asked for, paid and acknowledged by pictures of QR codes, and by nothing else."""
        asked, paid, receipt = (self._picture(what) for what in ("request", "payment", "receipt"))
        sold = [word for name, tiyn in items for word in ("--item", f"{name}={plain_tenge(tiyn)}")]
        self.show(stage, f"sale {' '.join(sold)} --tender dt-offline --png request.png")
        self.do("sale", *sold, "--tender", "dt-offline", "--png", str(asked))
        purse.show(stage, "pay --scan request.png --png payment.png")
        purse.do("pay", "--scan", str(asked), "--yes", "--png", str(paid))
        self.show(stage, "take --scan payment.png --png receipt.png")
        taken = self.do("take", "--scan", str(paid), "--png", str(receipt))
        purse.show(stage, "receive --scan receipt.png")
        purse.do("receive", "--scan", str(receipt))
        return taken

    def _picture(self, what: str) -> Path:
        self._step += 1
        folder = self.town.folder / "post"
        folder.mkdir(exist_ok=True)
        return folder / f"{self.name}-{self._step}-{what}.png"
