"""A bank, put together: one node, one desk, and the use cases of its clients and of the platform."""

from collections.abc import Callable

from platform_stub.bank.account_desk import AccountDesk
from platform_stub.bank.card_days import CardDays
from platform_stub.bank.card_moves import CardMoves
from platform_stub.bank.card_payments import CardPayments
from platform_stub.bank.card_window import CardWindow
from platform_stub.bank.cards import Cards
from platform_stub.bank.clients import Clients
from platform_stub.bank.found import Found
from platform_stub.bank.hand_over import HandOvers
from platform_stub.bank.kept import KeptMoney
from platform_stub.bank.merchants import Merchants
from platform_stub.bank.money import Money
from platform_stub.bank.noncash import Noncash
from platform_stub.bank.office import Office
from platform_stub.bank.receiving import Receiving
from platform_stub.bank.store import BankRows, Client
from platform_stub.bank.tokens import Tokens
from platform_stub.config import PlatformConfig
from platform_stub.desk import Desk
from platform_stub.turns import every
from tender.account.client_messages import Balances
from tender.errors import Code, Refusal


class Bank:
    """One of the second tier (DT-P-41)."""

    def __init__(self, desk: Desk[BankRows], config: PlatformConfig) -> None:
        self.desk = desk
        self.office = Office(desk, config)
        self.clients = Clients(self.office)
        self.money = Money(self.office)
        self.noncash = Noncash(self.office, self.money)
        self.merchants = Merchants(self.office, self.money, self.noncash)
        self.tokens = Tokens(self.office)
        self.kept = KeptMoney(self.office, self.tokens)
        self.receiving = Receiving(self.office, self.clients)
        self.hand_overs = HandOvers(self.office)
        self.found = Found(self.office)
        self.cards = Cards(self.office)
        self.accounts = AccountDesk(self.office, self.receiving)
        self.card_window = CardWindow(self.office, self.cards)
        self.card_moves = CardMoves(self.office, self.money)
        self.card_payments = CardPayments(self.office, self.money, self.cards)
        self.card_days = CardDays(self.office, self.cards)

    @property
    def number(self) -> int:
        """Its IBAN bank code."""
        return self.desk.number

    def client(self, identifier: str) -> Client | Refusal:
        """A client by IIN, BIN or phone."""
        with self.desk.store.reading() as rows:
            found = rows.client_by("identifier", identifier) or rows.client_by("phone", identifier)
        return found or Refusal(Code.CLIENT_UNKNOWN, "client")

    def balances(self, client: int) -> Balances:
        """A client's Digital Tenge and non-cash tenge."""
        with self.desk.store.reading() as rows:
            return self.office.balances(rows, client)

    def inventory_tiyn(self) -> int:
        """The bank's own Digital Tenge."""
        with self.desk.store.reading() as rows:
            return rows.balance(self.office.inventory.address)

    def tick(self) -> None:
        """Finish what was interrupted."""
        turns: dict[str, Callable[[], None]] = {
            "messages": self.desk.tick,
            "receiving": self.receiving.tick,
            "noncash": self.noncash.tick,
            "confirmations": self.cards.let_wait_no_longer,
            "card moves": self.card_moves.tick,
            "card payments": self.card_payments.tick,
            "card days": self.card_days.tick,
        }
        every((f"bank {self.number}, {name}", turn) for name, turn in turns.items())
