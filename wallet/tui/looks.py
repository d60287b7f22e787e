"""What the home screen shows, looked up in one go in the store's own thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from device.service.view import Balance, Glance, Payment
from device.service.wallet import Wallet
from tender.account.participants import name_of

if TYPE_CHECKING:
    from device.service.status import Thing

NEWEST_MOST = 50


@dataclass(frozen=True, slots=True)
class AccountLook:
    """One of this person's accounts: at which bank, what is on it (tiyn), and when the bank said so."""

    name: str
    bank: str
    account_tiyn: int
    noncash_tiyn: int
    in_hand_tiyn: int
    told_at: int
    has_account: bool


@dataclass(frozen=True, slots=True)
class HomeLook:
    """Everything on the home screen."""

    owner: str
    bank: str
    enrolled: bool
    balance: Balance
    things: "tuple[Thing, ...]"
    newest: tuple[Payment, ...]
    accounts: tuple[AccountLook, ...]
    synced_at: int
    now: int

    @property
    def sum_tiyn(self) -> int:
        """Digital Tenge of all accounts and devices of this person."""
        return sum(one.account_tiyn + one.in_hand_tiyn for one in self.accounts)


def look_home(current: Wallet, everyone: Sequence[tuple[str, Wallet]], *, whole: bool = True) -> HomeLook:
    """The current wallet's money and payments, and the accounts of all that are open.

    Without ``whole`` only what needs no reading of the history: the money, at once.
    """
    settings = current.desk.settings
    glance = current.view.glance(NEWEST_MOST) if whole else Glance((), ())
    return HomeLook(
        owner=settings.owner,
        bank=name_of(settings.bank) if settings.enrolled else "",
        enrolled=settings.enrolled,
        balance=current.view.balance(glance.unfinished),
        things=current.status.look(glance.unfinished).things if whole else (),
        newest=glance.newest,
        accounts=tuple(look_account(name, one) for name, one in everyone),
        synced_at=settings.synced_at,
        now=current.desk.now(),
    )


def look_account(name: str, wallet: Wallet) -> AccountLook:
    """One account."""
    settings = wallet.desk.settings
    return AccountLook(
        name=name,
        bank=name_of(settings.bank) if settings.enrolled else "",
        account_tiyn=settings.account_tiyn,
        noncash_tiyn=settings.noncash_tiyn,
        in_hand_tiyn=sum(coin.amount_tiyn for coin in wallet.desk.spendable()),
        told_at=settings.balances_at,
        has_account=settings.account is not None,
    )
