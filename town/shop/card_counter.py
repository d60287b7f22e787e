"""The shop's card terminal: a till without a reader, whose book is opened with the shop.

Its sealed book holds each payment before the acquirer hears of it, so that a shop whose power goes takes back
what nobody counted, once it is opened again and whether anybody buys there or not. Orders are told apart by
their references; each is paid once.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Event, Thread
from typing import Final

from pos.core.card_messages import Heard, Shop
from pos.core.card_settings import CardSettings
from pos.service.card_by_number import CONFIRM_S, CardByNumber, Prepared, PrintedCard
from pos.service.card_values import CardTold
from pos.service.till import Till
from tender.errors import LinkError, Refusal
from town.cast import Person

CITY: Final = "Almaty"
SAY_EVERY_S: Final = 5.0
"""How often reversals are looked at that wait for an answer."""


class CardCounter:
    """Takes card numbers, one customer beside the other; its rows belong to one thread of its own."""

    def __init__(
        self,
        open_till: Callable[[], Till],
        settings: Callable[[], CardSettings],
        merchant: Person,
        confirm_s: int = CONFIRM_S,
    ) -> None:
        """``settings``: the terminal as the acquirer knows it now; it may raise ``LinkError``."""
        self._open_till = open_till
        self._settings = settings
        self._shop = Shop(merchant.shown, CITY)
        self._confirm_s = confirm_s
        self._till: Till | None = None
        self._hand = ThreadPoolExecutor(max_workers=1, thread_name_prefix="shop-card")
        self._closed = Event()

    def open(self) -> None:
        """Open the book, beside the shop, and take back what the last day left owed."""
        self._hand.submit(self._opened)

    def pay(self, card: PrintedCard, amount_tiyn: int, reference: str) -> CardTold | Refusal:
        """From the number on the page to the bank's word, which may wait for the customer's own."""
        try:
            prepared = self._hand.submit(
                lambda: self._terminal().prepare(card, amount_tiyn, reference)
            ).result()
        except LinkError as error:
            return error.refusal
        if isinstance(prepared, Refusal):
            return prepared
        told: Heard | Refusal | None = None
        try:
            told = prepared.ask()
        finally:
            ended = self._hand.submit(lambda: self._finished(prepared, told)).result()
        return ended

    def _finished(self, prepared: Prepared, told: Heard | Refusal | None) -> CardTold:
        """In the till's thread: stored whether the acquirer is still there or not, and nobody is asked for it
        what this terminal is."""
        return CardByNumber(self._opened().terminal, self._shop, self._confirm_s).finish(prepared, told)

    def _opened(self) -> Till:
        """In the till's thread."""
        if self._till is None:
            self._till = self._open_till()
            Thread(target=self._say_again, name="shop-reversals", daemon=True).start()
        return self._till

    def _terminal(self) -> CardByNumber:
        """In the till's thread: be the terminal that the acquirer knows now."""
        desk, now = self._opened().terminal, self._settings()
        stands = desk.settings
        if stands is not None:
            now = replace(now, batch=stands.batch, number=stands.number)  # what was counted goes on
        if now != stands:
            # A switch that was started anew listens elsewhere.
            refused = desk.configure(now)
            if refused is not None:
                raise LinkError(refused.code, refused.field)
        return CardByNumber(desk, self._shop, self._confirm_s)

    def _say_again(self) -> None:
        wait_s = 0.0  # what is owed from the last day goes at once
        while not self._closed.wait(wait_s):
            wait_s = SAY_EVERY_S
            with suppress(RuntimeError):  # the shop closes just now
                self._hand.submit(self._say_due)

    def _say_due(self) -> None:
        if self._till is None or not self._till.terminal.owes:
            return
        with suppress(LinkError):  # no switch runs: they wait for it
            self._terminal().say_due()

    def close(self) -> None:
        """Close the till, in its own thread."""
        self._closed.set()
        self._hand.submit(self._close).result()
        self._hand.shutdown()

    def _close(self) -> None:
        if self._till is not None:
            self._till.close()
