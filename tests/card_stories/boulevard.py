"""A street where everything of a card payment is real: chips, a till with its kernel and its line, the switch
over TCP, the link, five banks' books. Its people and shops come as the stories call for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from card_switch.config import SwitchConfig
from card_switch.service.desk import SwitchDesk
from card_switch.service.terminals import terminal_questions
from hardware.cards.emv.payment_card import PaymentCard
from hardware.entropy import SeededEntropy
from hardware.field import Field, InProcessReader
from pos.core.card_settings import CardSettings
from pos.service.card_values import CardTold
from pos.service.till import Till
from pos.service.values import Taken
from tender.account.card_client_messages import CardOperation, CardOperationsQuestion, CardOperationsTold
from tender.account.client_messages import Stated, Statement
from tender.account.identifiers import control_digit
from tender.account.participants import BANKS
from tender.card.personalisation import PERSONALISATION
from tender.crypto.keys import SigningKey
from tender.errors import Refusal
from tests.bank_cards.books import check_store
from tests.issuer.operator_desk import Operator
from tests.issuer.world import PIN, hsm
from tests.platform_stub.people import TENGE, Person, Phone, Town
from tests.pos.market import Market
from tests.pos_cards.shop import People, asked
from tests.switch.rails import Rails, rails
from tests.wallet.village import good
from town.cast import MCC_COFFEE, neighbour
from town.cast import Person as Owner

PURCHASE_TIYN = 3_779_00
"""The pilot's average check."""
SCHEMES = ("visa", "mastercard")
MCC_CASH = 6011
"""Cash machines."""


@dataclass
class Holder:
    """Somebody with a phone and a chip card, which lies in a field of its own."""

    phone: Phone
    chip: PaymentCard
    reference: str

    def __post_init__(self) -> None:
        self.field = Field("counter", self.chip)
        self.reader = InProcessReader(self.field)


@dataclass
class Boulevard:
    """``till``: the one till of the street, wherever it stands just now."""

    market: Market
    chain: Rails
    till: Till
    _places: Iterator[int] = field(default_factory=lambda: count(100))
    _shops: dict[int, Phone] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.town = self.chain.town
        self.operator = Operator(self.chain)
        self._acquirers = SwitchDesk(terminal_questions(hsm()))

    # --- people

    def client(self, bank: int, tenge: int = 10_000) -> Phone:
        """A new client of this bank with so much Digital Tenge and nothing else."""
        found = self.neighbour(bank)
        return self.town.rich_phone(Person(found.name, bank, found.number, found.phone), tenge)

    def neighbour(self, bank: int) -> Owner:
        """Somebody new who is going to be a client there."""
        return next(one for one in map(neighbour, self._places) if one.bank == bank)

    def phone_of(self, owner: Owner) -> Phone:
        """A phone of a client who has a device and an account already."""
        person = Person(owner.name, owner.bank, owner.number, owner.phone)
        phone = Phone(self.town, person, SigningKey(self.town.entropy.draw(32)))
        bank = self.town.platform.banks[owner.bank]
        phone.enrol(bank.clients.activation_code(self.market.client(owner).number), shown=False)
        self.town.phones[owner.name] = phone
        return phone

    def holder(self, phone: Phone) -> Holder:
        """The card its bank makes for it: ordered, produced with a PIN, activated."""
        person = phone.person
        told = self.operator.ask("card-issue", bank=person.bank, client=person.identifier, kind="real")
        assert told["state"] == "ordered", told
        named = {"card": told["reference"]}
        made = self.operator.ask("card-produce", **named, holder="TEST/CLIENT", pin=PIN)
        personal = PERSONALISATION.decode(bytes.fromhex(made["personalisation"]))
        assert self.operator.ask("card-activate", **named)["state"] == "active"
        stripe = bytes.fromhex(made["stripe"])
        chip = PaymentCard.made([personal], SeededEntropy(person.name), stripe)
        return Holder(phone, chip, told["reference"])

    def customer(self, bank: int, tenge: int = 10_000) -> Holder:
        """A new client with a card."""
        return self.holder(self.client(bank, tenge))

    def shop(self, bank: int) -> Phone:
        """The shop that banks there."""
        if bank not in self._shops:
            self._shops[bank] = self.town.phone(
                Person(f"Shop {bank}", bank, _bin(bank), f"+7703{bank:07}", MCC_COFFEE)
            )
        return self._shops[bank]

    # --- the till

    def stands_in(
        self, shop: Phone, *, accepts_dt: bool = False, profile: str = "full", cash_machine: bool = False
    ) -> None:
        """The till as the terminal of this shop, or as a cash machine of its bank, by the papers its acquirer
        hands out."""
        bank = shop.person.bank
        papers: Any = self._acquirers.ask(
            "terminal",
            {
                "bank": bank,
                "count": 1,
                "merchant": shop.person.identifier,
                "category": MCC_CASH if cash_machine else MCC_COFFEE,
                "cash_machine": cash_machine,
            },
            self.chain.now_ms(),
        )
        stands = self.till.terminal.settings
        if stands is not None and stands.terminal != papers["terminal"]:
            good(self.till.terminal.close_batch())  # a till leaves no batch open when it moves
            stands = self.till.terminal.settings
        settings = CardSettings(
            host="127.0.0.1",
            port=self.chain.ports[bank],
            acquirer=papers["acquirer"],
            terminal=papers["terminal"],
            merchant=papers["merchant"],
            key=bytes.fromhex(papers["key"]),
            category=papers["category"],
            mac_key=bytes.fromhex(papers["mac_key"]),
            accepts_dt=accepts_dt,
            cash_machine=cash_machine,
            profile=profile,
            number=stands.number if stands else 0,
            batch=stands.batch if stands else 1,
            ca_keys=hsm().ca_keys(),
        )
        assert self.till.terminal.configure(settings) is None

    def inserted(self, reader: InProcessReader, amount_tiyn: int = PURCHASE_TIYN) -> CardTold | Taken:
        """A sale of so much, the card in the till's reader, its PIN typed; the sale ends when it is paid."""
        asked(self.till, amount_tiyn)
        try:
            told = self.till.cards.taking.pay(reader, People(PIN), timeout_s=0)
        finally:
            if isinstance(self.till.finish(), Refusal):
                good(self.till.cancel_payment())
                good(self.till.drop())
        assert isinstance(told, CardTold | Taken), told
        return told

    def pays(self, holder: Holder, amount_tiyn: int = PURCHASE_TIYN) -> CardTold:
        """The same, by the scheme's application."""
        told = self.inserted(holder.reader, amount_tiyn)
        assert isinstance(told, CardTold), told
        return told

    # --- what is there to see

    def tenge(self, phone: Phone) -> tuple[int, int]:
        """Digital Tenge and ordinary tenge of this client, once what the bank owes has moved."""
        self.town.platform.tick()
        found = phone.balances()
        return found.dt_tiyn // TENGE, found.noncash_tiyn // TENGE

    def cleared(self, scheme: str) -> set[str]:
        """The numbers of all operations that this network has a clearing record of."""
        relay: Any = self.chain.hosts.board.nodes[scheme]
        return {one.life_cycle for one in relay.conversations.values() if one.life_cycle}


def operations(phone: Phone) -> list[CardOperation]:
    """Every card operation the bank shows this client, newest first."""
    told = phone.ask("card-operations", CardOperationsQuestion(50))
    assert isinstance(told, CardOperationsTold), told
    return list(told.operations)


def entries(phone: Phone) -> list[tuple[str, str, int]]:
    """Kind, form and change of every entry on the accounts (tiyn), newest first."""
    told = phone.ask("statement", Statement(50))
    assert isinstance(told, Stated), told
    return [(one.kind, one.form, one.change_tiyn) for one in told.entries]


def _bin(bank: int) -> str:
    """A business number with a good check digit."""
    for place in range(10):
        eleven = f"1204400{bank:03}{place}"
        check = control_digit(eleven)
        if check is not None:
            return f"{eleven}{check}"
    raise AssertionError(bank)


@contextmanager
def boulevard(folder: Path, config: SwitchConfig | None = None) -> Iterator[Boulevard]:
    """Open; afterwards the books of every bank are added up."""
    market = Market(folder)
    town = Town(market.platform, market.clock, market.entropy)
    with market.till() as till, rails(town, folder, config) as chain:
        yield Boulevard(market, chain, till)
    for bank in BANKS:
        check_store(next(folder.rglob(f"*{bank}*.db")))
    liability, located = town.equation()
    market.platform.close()
    assert liability == located
