"""An open wallet: its use cases side by side, over one working table.

Each is made when it is first asked for: a balance must not pay for what settles money.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from device.service.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from device.service.bank import Bank
    from device.service.bank_cards import BankCards
    from device.service.bank_line import BankLine
    from device.service.colour import Colours
    from device.service.hand_over import HandOvers
    from device.service.life import Life
    from device.service.membership import Membership
    from device.service.merchant import Merchants
    from device.service.money import Money
    from device.service.payment_codes import PaymentCodes
    from device.service.recovery import Recovery
    from device.service.settle import Settling
    from device.service.status import Status
    from device.service.view import View
    from tender.qr.payment_code import Profile


class Wallet:
    """``money`` moves between devices, ``bank`` and ``settling`` with the bank; ``view`` only looks."""

    def __init__(self, desk: Desk, networks: "Callable[[], Sequence[Profile]]" = tuple) -> None:
        """``networks``: whose codes are read beside those of the built-in ones, asked for when one is met."""
        self.desk = desk
        self._networks = networks

    @cached_property
    def view(self) -> "View":
        """Balance and history."""
        from device.service.view import View

        return View(self.desk)

    @cached_property
    def status(self) -> "Status":
        """What is unfinished."""
        from device.service.status import Status

        return Status(self.desk)

    @cached_property
    def money(self) -> "Money":
        """From hand to hand."""
        from device.service.money import Money

        return Money(self.desk)

    @cached_property
    def life(self) -> "Life":
        """PIN, privacy, contacts, backup, proofs."""
        from device.service.life import Life

        return Life(self.desk, self.bank.line)

    @cached_property
    def _line(self) -> "BankLine":
        from device.service.bank_line import BankLine

        return BankLine(self.desk)

    @cached_property
    def membership(self) -> "Membership":
        """Enrolment, keys, account, loss."""
        from device.service.membership import Membership

        return Membership(self.desk, self._line)

    @cached_property
    def bank(self) -> "Bank":
        """Account money and loading. It knows what the answers to stored orders change."""
        from device.service.bank import Bank

        return Bank(self.desk, self._line, self.membership)

    @cached_property
    def cards(self) -> "BankCards":
        """The own bank's cards, and the yes that a purchase by card waits for."""
        from device.service.bank_cards import BankCards

        return BankCards(self.desk, self._line)

    @cached_property
    def merchants(self) -> "Merchants":
        """Paying merchants online, and a merchant's own takings."""
        from device.service.merchant import Merchants

        return Merchants(self.bank)

    @cached_property
    def codes(self) -> "PaymentCodes":
        """Merchants' codes that were scanned."""
        from device.service.payment_codes import PaymentCodes

        return PaymentCodes(self.desk, self.bank, self._networks)

    @cached_property
    def settling(self) -> "Settling":
        """Deposit and sync."""
        from device.service.settle import Settling

        return Settling(self.desk, self.bank.line, self.membership, self.hand_overs)

    @cached_property
    def colours(self) -> "Colours":
        """Money with a purpose, made fresh."""
        from device.service.colour import Colours

        return Colours(self.desk, self.bank, self.settling)

    @cached_property
    def hand_overs(self) -> "HandOvers":
        """Payments whose receipt never came."""
        from device.service.hand_over import HandOvers

        return HandOvers(self.desk, self.bank.line)

    @cached_property
    def recovery(self) -> "Recovery":
        """After a cut."""
        from device.service.recovery import Recovery

        return Recovery(self.desk, self.money, self.bank.line)

    def close(self) -> None:
        """Let go of the store and lock the element."""
        self.desk.store.close()
        self.desk.element.close()

    def __enter__(self) -> "Wallet":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
