"""Looks with the bank what is new about this person's cards: whether a purchase waits for a yes, which it
asks for, and what was done with them, or tried in vain, which it says (DT-C-18).

A question comes by itself, over whatever stands there, once. While something else is asked, typed or held to
a reader it is announced in the first line of the screen instead, and comes as soon as that is over, or when
its key is pressed. A bank that is away is asked again later, and nothing is said of it.
"""

from typing import TYPE_CHECKING, Final

from textual.screen import ModalScreen
from textual.widgets import Input

from faces.bank_cards import announcement
from faces.language import label
from tender.account.card_client_messages import OPERATIONS_MOST
from tender.errors import Refusal
from wallet.tui.card_banner import CardBanner

if TYPE_CHECKING:
    from device.service.bank_cards import CardConfirmation
    from device.service.wallet import Wallet
    from wallet.tui.app import WalletApp

LOOK_S: Final = 2.0
"""How often it is looked whether something waits."""
TICK_S: Final = 1.0
"""How often what waits is shown anew, with the time that is left."""
CARDS_EVERY: Final = 30
"""After so many looks it is asked anew which cards there are."""
NEWS_EVERY: Final = 5
"""After so many looks it is asked what was done with them."""
NEWS_LOOKED_AT: Final = 20
"""So many of the newest operations are asked for each time; all of them at first."""
NEWS_MOST: Final = 3
"""Of more news than this at once the history tells the rest."""
NEWS_S: Final = 12.0
"""How long one of them is shown."""


class CardWatch:
    """Of every open wallet that has cards."""

    def __init__(self, wallets: "WalletApp") -> None:
        self._wallets = wallets
        self._cards: dict[str, dict[bytes, str]] = {}
        self._waiting: dict[str, tuple[str, CardConfirmation]] = {}
        """What waits for an answer and was not asked yet, with the wallet it is asked of."""
        self._asked: set[str] = set()
        self._looks = 0

    def begin(self) -> None:
        """Look from now on."""
        self._wallets.set_interval(LOOK_S, self._due)
        self._wallets.set_interval(TICK_S, self.show)

    def _due(self) -> None:
        wallets = self._wallets
        if wallets.open_wallets and not wallets.desk.busy and not wallets.held_open():
            wallets.run_worker(self.look(), group="card-watch", exclusive=True)

    def _must_wait(self) -> bool:
        """Whether a question would take keys that are meant for something else."""
        from wallet.tui.card_question import CardQuestion

        top = self._wallets.screen
        if isinstance(top, ModalScreen | CardQuestion) or self._wallets.held_open():
            return True
        return any(field.value for field in top.query(Input))

    async def look(self) -> None:
        """Once, at every open wallet."""
        self._looks += 1
        if self._looks % CARDS_EVERY == 0:
            self._cards.clear()
        for name, wallet in tuple(self._wallets.open_wallets.items()):
            if wallet.desk.settings.enrolled and await self._known(name, wallet):
                await self._look_at(name, wallet)
        self.show()

    async def _known(self, name: str, wallet: "Wallet") -> bool:
        """Whether this wallet has cards; now and then, and at first, what was done with them is said."""
        first = name not in self._cards
        if first and not await self._read_cards(name, wallet):
            return False
        has = bool(self._cards[name])
        if has and (first or self._looks % NEWS_EVERY == 0):
            await self._say_news(wallet, only_refused=first)
        return has

    async def _read_cards(self, name: str, wallet: "Wallet") -> bool:
        """Ask anew which cards there are; whether the bank said."""
        told = await self._wallets.outcome(wallet.cards.all)
        if isinstance(told, Refusal):
            return False
        self._cards[name] = {one.card: one.masked for one in told}
        return True

    async def _say_news(self, wallet: "Wallet", *, only_refused: bool) -> None:
        """``only_refused``: what was done while the wallet was shut stands in the history; what somebody may
        have tried is said all the same."""
        most = OPERATIONS_MOST if only_refused else NEWS_LOOKED_AT
        news = await self._wallets.outcome(lambda: wallet.cards.news(most))
        if isinstance(news, Refusal) or not news:
            return
        said = [one for one in news if one.code or not only_refused]
        for one in reversed(said[:NEWS_MOST]):
            self._wallets.notify(
                announcement(one),
                severity="warning" if one.code else "information",
                timeout=NEWS_S,
                markup=False,
            )
        self._show_anew()

    async def refresh(self, name: str, wallet: "Wallet") -> None:
        """After a sync: what was done with the cards of a wallet that has some."""
        if self._cards.get(name):
            await self.bring_notices(wallet)

    async def bring_notices(self, wallet: "Wallet") -> None:
        """What was done with the cards, into the history; the screen below shows it."""
        told = await self._wallets.outcome(wallet.cards.notices)
        if not isinstance(told, Refusal):
            self._show_anew()

    def _show_anew(self) -> None:
        from wallet.tui.history import History
        from wallet.tui.home import Home

        for one in self._wallets.screen_stack:
            if isinstance(one, Home | History):
                one.show_anew()

    # --- what waits for a yes

    async def _look_at(self, name: str, wallet: "Wallet") -> None:
        told = await self._wallets.outcome(wallet.cards.waiting)
        if isinstance(told, Refusal):
            return
        if any(one.card not in self._cards[name] for one in told):
            await self._read_cards(name, wallet)  # a question is to name its card, a new one too
        for operation, (whose, _) in tuple(self._waiting.items()):
            if whose == name:
                del self._waiting[operation]
        self._waiting |= {one.operation: (name, one) for one in told if one.operation not in self._asked}

    def show(self) -> None:
        """Ask, or say that something waits."""
        front = self._front()
        if front is not None and not self._must_wait():
            self._ask(*front)
            front = self._front()
        screens = self._wallets.screen_stack
        for one in screens[:-1] if front is not None else screens:
            one.query(CardBanner).remove()
        if front is not None:
            name, asked = front
            left_s = asked.until - self._wallets.open_wallets[name].desk.clock_now()
            CardBanner.above(screens[-1]).say(asked, left_s, now=not self._wallets.held_open())

    def _front(self) -> "tuple[str, CardConfirmation] | None":
        """What has waited longest of what may still be answered."""
        for name, asked in self._waiting.values():
            wallet = self._wallets.open_wallets.get(name)
            if wallet is not None and asked.until > wallet.desk.clock_now():
                return name, asked
        return None

    def answer(self) -> None:
        """Its key was pressed: the question comes over whatever is typed there, which stays as it is."""
        front = self._front()
        if front is None:
            return
        if self._wallets.held_open():
            self._wallets.tell(label("tap.not-now"))
        else:
            self._ask(*front)
            self.show()

    def _ask(self, name: str, asked: "CardConfirmation") -> None:
        from wallet.tui.card_question import CardQuestion

        self._asked.add(asked.operation)
        del self._waiting[asked.operation]
        masked = self._cards.get(name, {}).get(asked.card, "")
        self._wallets.push_screen(CardQuestion(name, asked, masked))
