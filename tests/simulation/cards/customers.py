"""Clients of the banks: a phone, some cards, and what they say to purchases that wait for their yes."""

from dataclasses import dataclass, field
from typing import Final

from tender.account.card_client_messages import (
    CardConfirm,
    CardConfirmation,
    CardConfirmationsQuestion,
    CardConfirmationsTold,
    CardConfirmed,
    CardStop,
)
from tests.platform_stub.people import Person, Phone
from tests.simulation.cards.pocket import Plastic
from tests.simulation.cards.weather import Sky

QUICK_MS: Final = (1_500, 20_000)
SLOW_MS: Final = (60_000, 119_000)
LATE_MS: Final = (121_000, 200_000)
MOODS: Final = (
    "yes",
    "yes",
    "yes",
    "yes",
    "slow yes",
    "no",
    "silent",
    "late yes",
    "yes twice",
    "yes, then no",
)


@dataclass
class Customer:
    """One client. ``confirmed``: operations its bank took its yes for; ``refused``: those it said no to and
    its bank heard."""

    sky: Sky
    person: Person
    phone: Phone
    cards: list[Plastic] = field(default_factory=list)
    confirmed: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    touched: dict[bytes, Plastic] = field(default_factory=dict)
    """Cards that were stopped once."""

    def will_see(self, amount_tiyn: int, mood: str) -> None:
        """Something of this amount is about to wait for this customer's word."""
        random = self.sky.random(f"mood {self.person.name} {self.sky.now_ms} {amount_tiyn}")
        between = {"slow yes": SLOW_MS, "late yes": LATE_MS}.get(mood, QUICK_MS)
        if mood != "silent":
            self.sky.after(random.randint(*between), lambda: self._look(amount_tiyn, mood))

    def _look(self, amount_tiyn: int, mood: str) -> None:
        told = self.phone.ask("card-confirmations", CardConfirmationsQuestion())
        waiting = told.confirmations if isinstance(told, CardConfirmationsTold) else ()
        for one in waiting:
            if one.amount_tiyn == amount_tiyn:
                self._say(one, yes=mood != "no")
                if mood == "yes twice":
                    self._say(one, yes=True)
                elif mood == "yes, then no":
                    self._say(one, yes=False)

    def _say(self, one: CardConfirmation, yes: bool) -> None:
        said = self.phone.ask("card-confirm", CardConfirm(one.operation, one.amount_tiyn, yes))
        if isinstance(said, CardConfirmed):
            (self.confirmed if yes else self.refused).add(one.operation)
        self.sky.count[f"customers said {'yes' if yes else 'no'}"] += 1

    def stop(self, card: Plastic, stopped: bool) -> None:
        """In the wallet; a bank that is blocked hears nothing of it."""
        self.touched[card.record.link] = card
        self.phone.ask("card-stop", CardStop(card.record.link, stopped))

    def stops_none(self) -> None:
        """Every card may be used again."""
        for card in self.touched.values():
            self.stop(card, False)
