"""A person with a card and a wallet, and the card host of her bank, for the tests of what she sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tender.account.card_messages import ECOMMERCE, PURCHASE, Authorised, Tried
from tender.account.client_messages import TO_DT
from tender.errors import Code
from tests.bank_cards.host import KIOSK, Host, issue, link, spending
from tests.platform_stub.people import TENGE, Town
from tests.wallet.village import Village, good
from town.cast import AIGUL

CONFIRM_S = 120
SLIP = replace(KIOSK, rrn="632514000417", approval="274913")


@dataclass
class Holder:
    """Aigul with 10 000 on her account, her card, and the card host of her bank."""

    village: Village
    host: Host
    card: bytes

    def asks(self, operation: str, tenge: int = 3_779) -> None:
        """A shop asks for so much; the bank has the question when this returns."""
        self.host.send(spending(operation, tenge, card=self.card, kind=ECOMMERCE, confirm_s=CONFIRM_S))
        bank = self.village.platform.banks[AIGUL.bank]
        for _ in range(2_000):
            with bank.desk.store.reading() as rows:
                if any(one.operation == operation for one in rows.waiting_for()):
                    return
            self.host.silent(0.005)
        raise AssertionError("the bank has not heard it")

    def buys(self, operation: str, tenge: int, kind: str = PURCHASE) -> None:
        """Bought at the kiosk, with the numbers of a slip."""
        order = replace(spending(operation, tenge, card=self.card, kind=kind), place=SLIP)
        reply = self.host.ask(replace(order, time=self.village.clock.now()))
        assert isinstance(reply, Authorised) and not reply.code

    def tried(self, operation: str, code: Code, tenge: int = 3_779) -> None:
        """Somebody used the card in vain."""
        place, now = replace(SLIP, approval=""), self.village.clock.now()
        self.host.ask(Tried(operation, self.card, tenge * TENGE, PURCHASE, code.value, place, now))

    def dt_tenge(self) -> int:
        """What is on the account."""
        bank = self.village.platform.banks[AIGUL.bank]
        return bank.balances(self.village.client(AIGUL).number).dt_tiyn // 100

    def code(self, operation: str) -> str:
        """The bank's word to the shop's side."""
        reply = self.host.reply(operation)
        assert isinstance(reply, Authorised)
        return reply.code


@contextmanager
def card_holder(village: Village) -> Iterator[Holder]:
    """She moves in, converts, and gets a card."""
    wallet = village.wallet(AIGUL)
    good(wallet.bank.convert(TO_DT, 10_000_00))
    wallet.close()
    town = Town(village.platform, village.clock, village.entropy)
    with link(town, village.folder) as hosts:
        host = hosts[AIGUL.bank]
        yield Holder(village, host, issue(host))
