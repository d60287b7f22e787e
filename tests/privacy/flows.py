"""The flows of docs/privacy.md, played in one town after another; what each role was told in each."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from tests.privacy.town import CAST, CHANGE, LATER, PAYEE, PAYER, Found, TappedTown
from tests.wallet.village import approved, good

ONLINE_TIYN: Final = 19_283_746
PURCHASE_TIYN: Final = 18_203_957
LOAD_TIYN: Final = 40_123_457
HAND_TIYN: Final = 18_765_431
ON_TIYN: Final = 17_001_003
LATE_TIYN: Final = 17_654_329
FORK_TIYN: Final = 20_987_653
PURPOSE: Final = "two kilos of quinces"
PURCHASE: Final = "a sack of rye flour"
REFERENCE: Final = "B7-00417-RYE"

Told = dict[str, dict[str, Found]]
"""Flow → role → what was found."""


class Played:
    """One town's flows, in their order; each takes up where the one before ended."""

    def __init__(self, folder: Path, *, shown: bool) -> None:
        self.town = TappedTown(folder, shown=shown)
        self.told: Told = {}

    def all(self) -> Told:
        """Every flow, then what everybody keeps."""
        for name, flow in FLOWS.items():
            with self.town.flow():
                flow.play(self)
            data = self.town.data(flow.amount_tiyn, flow.purpose, payee=flow.payee)
            self.told[name] = self.town.told(data, payee=flow.payee)
        self.told[KEPT] = self.town.kept(self.town.data(HAND_TIYN, PURPOSE))
        self.town.close()
        return self.told

    def becoming_a_client(self) -> None:
        """Both people; the others moved in before anybody listened."""
        for role in (LATER, CHANGE):
            self.town.moves_in(role)
        self.town.taps.heard.clear()
        for role in (PAYER, PAYEE):
            self.town.moves_in(role)

    def online(self) -> None:
        """By phone number, to another bank; the payee looks at the account."""
        payer = self.town.wallets[PAYER]
        good(payer.bank.convert("to-dt", ONLINE_TIYN + 2 * LOAD_TIYN + 3))
        self.town.taps.heard.clear()
        good(payer.bank.transfer("phone", CAST[PAYEE].phone, ONLINE_TIYN, PURPOSE))
        good(self.town.wallets[PAYEE].bank.statement(1))

    def purchase(self) -> None:
        """A merchant's code, paid from the account; the merchant's till asks its bank whether it was."""
        payer, merchant = self.town.wallets[PAYER], CAST[LATER]
        good(payer.bank.convert("to-dt", PURCHASE_TIYN))
        self.town.taps.heard.clear()
        pay = payer.merchants.pay
        good(
            pay(merchant.number, PURCHASE_TIYN, REFERENCE, channel="qr", purpose=PURCHASE, bank=merchant.bank)
        )
        (taking,) = good(self.town.wallets[LATER].merchants.takings(0, REFERENCE))
        assert taking.amount_tiyn == PURCHASE_TIYN

    def load(self) -> None:
        """From the account onto the device."""
        good(self.town.wallets[PAYER].bank.load(LOAD_TIYN, single=True))

    def hand_to_hand(self) -> None:
        """Nobody is online."""
        self.town.village.line.away = True
        self.town.pays(PAYER, PAYEE, HAND_TIYN, PURPOSE)

    def passed_on(self) -> None:
        """The payee pays somebody with it."""
        self.town.pays(PAYEE, LATER, ON_TIYN, "")

    def change_passed_on(self) -> None:
        """The payer pays somebody else with what was left."""
        self.town.pays(PAYER, CHANGE, ON_TIYN + 1, "")

    def sync(self) -> None:
        """The payer is online again: uploads what it paid away, fetches lists."""
        self.town.village.line.away = False
        good(self.town.wallets[PAYER].settling.sync())

    def deposit(self) -> None:
        """The payee's money becomes account money."""
        good(self.town.wallets[PAYEE].settling.deposit())

    def hand_over(self) -> None:
        """A payment that was lost on the way is handed to the platform; the payee's device keeps it."""
        town = self.town
        payer, payee = town.wallets[PAYER], town.wallets[PAYEE]
        good(payer.bank.load(LATE_TIYN, single=True))
        town.village.line.away = True
        request = good(payee.money.request(LATE_TIYN, PURPOSE))
        approved(payer.money, request.message)
        town.village.line.away = False
        town.taps.heard.clear()
        good(payer.hand_overs.hand_over(request.payment))
        good(payee.settling.sync())
        good(payer.settling.sync())

    def draw(self) -> None:
        """The payer's device was copied, and both copies pay; the payees deposit, the payer's bank pays."""
        town = self.town
        payer = town.wallets[PAYER]
        good(payer.settling.deposit())
        good(payer.bank.load(FORK_TIYN, single=True))
        clone = town.clone_of(PAYER, "clone")
        town.village.line.away = True
        town.pays(PAYER, PAYEE, FORK_TIYN, "")
        town.pays(PAYER, LATER, FORK_TIYN, "", by=clone)
        clone.close()
        town.village.line.away = False
        good(town.wallets[LATER].settling.deposit())
        town.taps.heard.clear()
        good(town.wallets[PAYEE].settling.deposit())
        town.village.platform.tick()

    def lost(self) -> None:
        """The payer reports the device lost from a borrowed one; the payee syncs, and so has the list."""
        town = self.town
        payer = CAST[PAYER]
        number = town.wallets[PAYER].desk.settings.device
        client = town.village.client(payer).number
        code = town.village.platform.banks[payer.bank].clients.activation_code(client)
        borrowed = town.village.blank("borrowed")
        town.tap(borrowed, PAYER)
        good(borrowed.membership.report_lost(number, code, bank=payer.bank))
        borrowed.close()
        good(town.wallets[PAYEE].settling.sync())


class Flow(NamedTuple):
    """What is done; the amount (tiyn) and the purpose that are looked for; whom the tables call payee."""

    amount_tiyn: int
    play: Callable[[Played], None]
    purpose: str = PURPOSE
    payee: str = PAYEE


KEPT: Final = "What each keeps"
FLOWS: Final[dict[str, Flow]] = {
    "Becoming a client": Flow(ONLINE_TIYN, Played.becoming_a_client),
    "Online transfer": Flow(ONLINE_TIYN, Played.online),
    "A purchase from a merchant": Flow(PURCHASE_TIYN, Played.purchase, PURCHASE, LATER),
    "Load": Flow(LOAD_TIYN, Played.load),
    "Payment from hand to hand": Flow(HAND_TIYN, Played.hand_to_hand),
    "The payment passed on": Flow(HAND_TIYN, Played.passed_on),
    "The change passed on": Flow(HAND_TIYN, Played.change_passed_on),
    "The payer's sync": Flow(HAND_TIYN, Played.sync),
    "The payee's deposit": Flow(HAND_TIYN, Played.deposit),
    "A hand-over": Flow(LATE_TIYN, Played.hand_over),
    "A draw after a fork": Flow(FORK_TIYN, Played.draw),
    "A lost device": Flow(HAND_TIYN, Played.lost),
}
