"""Clients with cards, and what their terminals say: real chips through the real kernel, made beforehand."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from device.compose import create_wallet
from device.config import Config
from hardware.cards.emv.payment_card import PaymentCard
from hardware.clock import SystemClock
from hardware.entropy import SystemEntropy
from hardware.message_mac import terminal_seals
from hardware.pin_pad import PinPad
from hardware.wires import HttpWire
from pos.core.card_messages import Shop, request
from pos.core.card_settings import CardSettings
from pos.core.card_tender import NUMBERS, PURCHASE, CardPayment
from pos.core.emv.driving import World, drive
from pos.core.emv.purchase import purchase
from pos.core.emv.steps import AskPin, GoOnline, PinEnciphered, PinTyped, Unanswered
from pos.service.card_kernel import sale_of, terminal_of
from tender.account.capabilities import CARD_BANKS
from tender.account.client_messages import TO_DT
from tender.card.certificates import CaKey
from tender.card.iso8583.message import Message
from tender.card.personalisation import PERSONALISATION
from tender.crypto.sealing import PIN_COST_CHEAP, Pin
from town.bench.two_wallets import must
from town.cast import Person, neighbour
from town.town import STORY_PIN

Ask = Callable[..., dict[str, Any]]
"""A question at the switch's door."""
CARD_PIN: Final = "1234"
EACH_TIYN: Final = 4_500_000
ACQUIRER: Final = 563
SHOP: Final = Shop("Bench", "Almaty")


def issuing_neighbours(crowd: int) -> list[Person]:
    """Those of the crowd whose bank issues cards."""
    return [one for one in map(neighbour, range(crowd)) if one.bank in CARD_BANKS]


def open_account(folder: Path, state: dict[str, Any], person: Person) -> None:
    """A wallet at the bank, its Digital Tenge converted."""
    config = Config(
        person.name,
        folder / "payers" / person.name,
        folder / "payer-elements" / person.name,
        state["url"],
        PIN_COST_CHEAP,
    )
    with create_wallet(config, Pin(STORY_PIN), SystemClock(), SystemEntropy(), HttpWire) as wallet:
        root_key = bytes.fromhex(state["root_key"])
        must(wallet.membership.enrol(person.bank, state["codes"][person.name], shown=True, root_key=root_key))
        must(wallet.membership.open_account())
        must(wallet.bank.convert(TO_DT, EACH_TIYN))


def settings_of(told: dict[str, Any]) -> CardSettings:
    """A terminal as its acquirer hands it out."""
    keys = tuple(
        CaKey(
            bytes.fromhex(one["rid"]),
            one["index"],
            bytes.fromhex(one["modulus"]),
            bytes.fromhex(one["exponent"]),
            bytes.fromhex(one["check_sum"]),
        )
        for one in told["ca_keys"]
    )
    return CardSettings(
        "127.0.0.1",
        1,
        told["acquirer"],
        told["terminal"],
        told["merchant"],
        bytes.fromhex(told["key"]),
        told["category"],
        cash_machine=bool(told.get("cash_machine")),
        ca_keys=keys,
        mac_key=bytes.fromhex(told["mac_key"]),
    )


@dataclass
class Payer:
    """One card and the terminal it is always put into; ``reference``: the card's, at its issuer's desk."""

    card: PaymentCard
    settings: CardSettings
    reference: str

    @classmethod
    def made(cls, ask: Ask, person: Person, count: int, merchant: str) -> "Payer":
        """Issued, produced and activated at the switch; a terminal of its own. Its trace numbers (DE 11)
        begin where the clock's milliseconds stand: whoever had the same terminal a moment ago, in the same
        second (DE 12), asked with others."""
        ordered = ask("card-issue", bank=person.bank, client=person.number, kind="real")
        card = {"card": ordered["reference"]}
        made = ask("card-produce", **card, holder="BENCH/CARD", pin=CARD_PIN)
        ask("card-activate", **card)
        told = ask("terminal", bank=ACQUIRER, count=count, merchant=merchant, category=5411)
        chip = PERSONALISATION.decode(bytes.fromhex(made["personalisation"]))
        settings = replace(settings_of(told), number=SystemClock().now_ms() % NUMBERS)
        return cls(PaymentCard.made([chip], SystemEntropy()), settings, ordered["reference"])

    @property
    def seals(self) -> Callable[[Message], Message]:
        """What its terminal's sign-on carries."""
        return terminal_seals(self.settings.mac_key, self.settings.terminal, self.settings.merchant)

    def ask_for(self, amount_tiyn: int) -> Message:
        """The request of one more purchase, with its cryptogram."""
        now = SystemClock().now()
        self.settings = self.settings.counted()
        payment = CardPayment(self.settings.number, PURCHASE, amount_tiyn, now, 1)
        said: list[Message] = []

        def online(step: GoOnline) -> Unanswered:
            said.append(request(payment, self.settings, SHOP, step, now))
            return Unanswered()

        def pin(step: AskPin) -> PinTyped | PinEnciphered:
            if step.online:
                return PinEnciphered(PinPad(self.settings.key).block(CARD_PIN, step.pan))
            return PinTyped(Pin(CARD_PIN))

        self.card.power(False)
        self.card.power(True)
        here = terminal_of(self.settings, SHOP.name)
        outcome = drive(
            purchase(here, sale_of(payment, now, SystemEntropy().draw(32))),
            World(self.card.transmit, online, pin),
        )
        if not said:
            raise RuntimeError(f"the bench's card does not go online: {outcome.reason}")
        return said[0]
