"""An open wallet: its use cases side by side, over one working table."""

from wallet.service.bank import Bank
from wallet.service.bank_line import BankLine
from wallet.service.desk import Desk
from wallet.service.life import Life
from wallet.service.membership import Membership
from wallet.service.money import Money
from wallet.service.recovery import Recovery
from wallet.service.settle import Settling
from wallet.service.view import View


class Wallet:
    """``money`` moves between devices, ``bank`` and ``settling`` with the bank; ``view`` only looks."""

    def __init__(self, desk: Desk) -> None:
        line = BankLine(desk)
        self.desk = desk
        self.view = View(desk)
        self.life = Life(desk)
        self.money = Money(desk)
        self.membership = Membership(desk, line)
        self.bank = Bank(desk, line, self.membership)
        self.settling = Settling(desk, line, self.membership)
        self.recovery = Recovery(desk, self.money, line)

    def close(self) -> None:
        """Let go of the store and lock the element."""
        self.desk.store.close()
        self.desk.element.close()

    def __enter__(self) -> "Wallet":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
