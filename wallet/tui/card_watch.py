"""Looks with the bank whether a purchase by card waits for this person's yes, and asks for it (DT-C-18).

A question comes by itself, over whatever stands there, once; while something else is asked or a device is
held to a reader it waits. A bank that is away is asked again later, and nothing is said of it.
"""

from typing import TYPE_CHECKING, Final

from textual.screen import ModalScreen

from tender.errors import Refusal

if TYPE_CHECKING:
    from device.service.bank_cards import CardConfirmation
    from device.service.wallet import Wallet
    from wallet.tui.app import WalletApp

LOOK_S: Final = 2.0
"""How often it is looked whether something waits."""
CARDS_EVERY: Final = 30
"""After so many looks it is asked anew which cards there are."""


class CardWatch:
    """Of every open wallet that has cards."""

    def __init__(self, wallets: "WalletApp") -> None:
        self._wallets = wallets
        self._cards: dict[str, dict[bytes, str]] = {}
        self._asked: set[str] = set()
        self._looks = 0

    def begin(self) -> None:
        """Look from now on."""
        self._wallets.set_interval(LOOK_S, self._due)

    def _due(self) -> None:
        wallets = self._wallets
        if wallets.open_wallets and not wallets.desk.busy and not self._must_wait():
            wallets.run_worker(self.look(), group="card-watch", exclusive=True)

    def _must_wait(self) -> bool:
        from wallet.tui.card_question import CardQuestion

        top = self._wallets.screen
        return isinstance(top, ModalScreen | CardQuestion) or self._wallets.held_open()

    async def look(self) -> None:
        """Once, at every open wallet."""
        self._looks += 1
        if self._looks % CARDS_EVERY == 0:
            self._cards.clear()
        for name, wallet in tuple(self._wallets.open_wallets.items()):
            if wallet.desk.settings.enrolled and await self._known(name, wallet):
                await self._look_at(name, wallet)

    async def _known(self, name: str, wallet: "Wallet") -> bool:
        """Whether this wallet has cards; the first time, what was done with them comes into the history."""
        if name not in self._cards:
            told = await self._wallets.outcome(wallet.cards.all)
            if isinstance(told, Refusal):
                return False
            self._cards[name] = {one.card: one.masked for one in told}
            if told:
                await self.bring_notices(wallet)
        return bool(self._cards[name])

    async def refresh(self, name: str, wallet: "Wallet") -> None:
        """After a sync: what was done with the cards of a wallet that has some."""
        if self._cards.get(name):
            await self.bring_notices(wallet)

    async def bring_notices(self, wallet: "Wallet") -> None:
        """What was done with the cards, into the history; the screen below shows it."""
        from wallet.tui.home import Home

        told = await self._wallets.outcome(wallet.cards.notices)
        if not isinstance(told, Refusal):
            for one in self._wallets.screen_stack:
                if isinstance(one, Home):
                    one.show_anew()

    async def _look_at(self, name: str, wallet: "Wallet") -> None:
        told = await self._wallets.outcome(wallet.cards.waiting)
        if isinstance(told, Refusal):
            return
        new = next((one for one in told if one.operation not in self._asked), None)
        if new is not None and not self._must_wait() and name in self._wallets.open_wallets:
            self._asked.add(new.operation)
            self._ask(name, new)

    def _ask(self, name: str, asked: "CardConfirmation") -> None:
        from wallet.tui.card_question import CardQuestion

        self._wallets.push_screen(CardQuestion(name, asked, self._cards[name].get(asked.card, "")))
