"""Which stories there are, and how one is performed: the curtain, a fresh town, the story."""

import importlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from town.stories.stage import Stage
from town.town import Town, fresh_town


@dataclass(frozen=True, slots=True)
class Told:
    """A story: where it is, and what a newcomer is told first."""

    module: str
    title: str
    about: str
    alone: bool = False
    """It brings its own banks, in virtual time, and is told without a town."""


STORIES: Final[dict[str, Told]] = {
    "main_job": Told(
        "town.stories.main_job",
        "Digital Tenge from the National Bank to the last hand, with no network in between",
        "Money is issued, loaded, handed on fifteen times offline, torn, changed, forged, and settled.",
    ),
    "coffee_offline": Told(
        "town.stories.coffee_offline",
        "A coffee with no network",
        "Aigul pays Dana, Dana pays the coffee shop, and the bank hears of it afterwards.",
    ),
    "coffee_by_qr": Told(
        "town.stories.coffee_by_qr",
        "A coffee by QR code, till and wallet offline",
        "Three pictures between two screens; the receipts, the Z report and the account say one sum.",
    ),
    "taps": Told(
        "town.stories.taps",
        "Cards with chips, and no network",
        "A card pays a till by tap and another card on a laptop; the keys never leave the chips.",
    ),
    "card": Told(
        "town.stories.card_purchase",
        "A card pays in a shop that takes tenge",
        "Digital Tenge become tenge at the till, in that instant; torn in the middle, they come back.",
    ),
    "pilot_month": Told(
        "town.stories.pilot_month",
        "The pilot's month of cards, replayed",
        "1 714 payments by card in 25 days, 3 779 on average; every balance is read back at the end.",
        alone=True,
    ),
    "chain_of_fifteen": Told(
        "town.stories.chain_of_fifteen",
        "One note through sixteen hands",
        "Fifteen times from wallet to wallet with no network, and not once more.",
    ),
    "exact_change": Told(
        "town.stories.exact_change",
        "Exact change without a till",
        "One note of 1 000 pays three odd prices, and what is left pays on.",
    ),
    "torn_tap": Told(
        "town.stories.torn_tap",
        "A payment torn in the middle",
        "A wallet is killed between two messages; nothing is lost, nothing is doubled.",
    ),
    "double_spend": Told(
        "town.stories.double_spend",
        "A cloned device, and how it is caught",
        "The same money is paid twice; the honest are paid, the cheat is named, the books stay equal.",
    ),
    "school_meal_colour": Told(
        "town.stories.school_meal_colour",
        "Money that knows what it is for",
        "Public money for school meals is refused by a shop, taken by the canteen, and plain again after.",
    ),
    "attackers": Told(
        "town.stories.attackers",
        "What a cheat can try, and what comes of it",
        "Money printed, altered, doubled, stolen, copied, misspent; and a proof that names the wrong one.",
    ),
    "market_day": Told(
        "town.stories.market_day",
        "A week without a network",
        "Three customers pay one merchant in a village no signal reaches.",
    ),
}


def perform(name: str, stage: Stage, town: AbstractContextManager[Town] | None = None) -> None:
    """Tell one story; in a fresh town unless one is handed in. Raises KeyError for an unknown name."""
    told = STORIES[name]
    stage.story(name, told.title, told.about)
    stage.busy("the National Bank and five banks open their doors …")
    tell = importlib.import_module(told.module).tell
    if told.alone:
        tell(stage)
    else:
        with town or fresh_town() as place:
            tell(stage, place)
    stage.end()
