"""A village whose merchants have tills: what the till's tests live in."""

from pathlib import Path

from device.service.wallet import Wallet
from hardware.entropy import SeededEntropy
from hardware.qr_camera import open_source
from pos.compose import create_till, open_till
from pos.config import TillConfig, as_till
from pos.service.till import Till
from pos.service.values import DT_OFFLINE, Receipt
from tender.crypto.sealing import Pin
from tender.qr.frames import Collector
from tests.wallet.village import PIN, Village, approved, good
from town.cast import MERCHANT, Person

CASHIER = "Aliya"
CODE = Pin("1111")


class Market(Village):
    """Everybody in one folder, at one time, from one seed; tills beside the wallets."""

    def __init__(self, folder: Path, **settings: int) -> None:
        super().__init__(folder, **settings)
        self.opened = 0

    def till_config(self, name: str = "till") -> TillConfig:
        """Where a till of this name lives."""
        return TillConfig(as_till(self.config(name)))

    def till(
        self,
        person: Person = MERCHANT,
        name: str = "till",
        *,
        account: bool = True,
        selling: bool = True,
        drawer_tiyn: int = 0,
    ) -> Till:
        """An enrolled till; selling: a cashier is signed on and a shift is open."""
        client = self.client(person)
        till = create_till(self.till_config(name), PIN, self.clock, SeededEntropy(name), lambda _: self.line)
        code = self.platform.banks[person.bank].clients.activation_code(client.number)
        good(till.device.membership.enrol(person.bank, code, shown=True, root_key=self.platform.root_key))
        if account and till.device.desk.settings.account is None:
            good(till.device.membership.open_account())
        if selling:
            assert till.add_cashier(CASHIER, CODE) is None
            good(till.sign_on(CASHIER, CODE))
            good(till.open_shift(drawer_tiyn))
        return till

    def restarted(self, till: Till, name: str = "till") -> Till:
        """The till after its process ended."""
        till.close()
        return self.opened_till(name)

    def opened_till(self, name: str = "till") -> Till:
        """A till that no process holds."""
        self.opened += 1
        seed = SeededEntropy(f"{name} {self.opened}")
        return open_till(self.till_config(name), PIN, self.clock, seed, lambda _: self.line)


def pixels(picture: Path) -> bytes:
    """The message in a picture of its codes."""
    collector = Collector()
    read = (collector.receive_data(one).payload for one in open_source(str(picture)).codes(lambda: False))
    return next(one for one in read if one is not None)


def rung_up(till: Till, amount_tiyn: int, name: str = "Tea") -> bytes:
    """A sale of one thing, asked for offline: the request."""
    good(till.add_item(name, amount_tiyn))
    return good(till.begin_payment(DT_OFFLINE)).shown


def sold(till: Till, payer: Wallet, amount_tiyn: int) -> Receipt:
    """A whole offline sale by files; the payer has the signed receipt in the end."""
    paid = approved(payer.money, rung_up(till, amount_tiyn))
    taken = good(till.take(paid.messages[0]))
    assert taken.refusal is None and taken.receipt is not None, taken
    good(payer.money.receive(taken.messages[0]))
    return good(till.finish())
