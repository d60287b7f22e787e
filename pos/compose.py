"""The composition root: folders, a PIN and devices in; an open till out. Plain constructor calls."""

from contextlib import suppress
from typing import Final

from device.compose import WireMaker, create_wallet, open_wallet
from device.compose_guest import guest_at, phone_at
from device.core.model import Payment
from device.service.wallet import Wallet
from device.store.rows import WalletStore
from hardware.sealed_file import SealedFile
from pos.compose_card import CardMachine
from pos.config import TillConfig
from pos.core.model import SETTINGS_ROW, TillSettings
from pos.service.desk import TillDesk
from pos.service.tapping import Meet
from pos.service.till import Till
from pos.store.schemas import APPLICATION, TABLES, VERSION
from tender.crypto.sealing import Pin, SealingKey
from tender.errors import Code, StoreError
from tender.ports import Clock, Entropy

MEET: Final = Meet(guest_at, phone_at)


def create_till(config: TillConfig, pin: Pin, clock: Clock, entropy: Entropy, wire: WireMaker) -> Till:
    """Make a till: a device, and an empty book of sales beside it. Raises as
    ``device.compose.create_wallet``."""
    device = create_wallet(config.device, pin, clock, entropy, wire)
    return _with_book(config, device, entropy)


def open_till(config: TillConfig, pin: Pin, clock: Clock, entropy: Entropy, wire: WireMaker) -> Till:
    """Open a till with its PIN, exactly where it was left. Raises as ``device.compose.open_wallet``.

    ``store-tampered`` when the book of sales is gone and the device remembers payments, or its element the
    book.
    """
    device = open_wallet(config.device, pin, clock, entropy, wire)
    return _with_book(config, device, entropy)


def _with_book(config: TillConfig, device: Wallet, entropy: Entropy) -> Till:
    try:
        key = _key(device)
        try:
            file = SealedFile.open(config.sales, application=APPLICATION, version=VERSION)
        except StoreError as error:
            if error.code is not Code.STORE_MISSING:
                raise
            if device.desk.store.all(Payment) or device.desk.element.book_mark:
                raise StoreError(Code.STORE_TAMPERED, "store", name=config.name) from error
            return _new_book(config, device, entropy, key)
        try:
            file.unseal(key, entropy, version=VERSION)
            till = _till(config, device, file, key)
            till.resume()
            return till
        except BaseException:
            file.close()
            raise
    except BaseException:
        with suppress(StoreError):
            device.close()
        raise


def _new_book(config: TillConfig, device: Wallet, entropy: Entropy, key: SealingKey) -> Till:
    file = SealedFile.create(config.sales, application=APPLICATION, version=VERSION, plain={})
    try:
        file.seal_new(key, entropy)
        return _till(config, device, file, key)
    except BaseException:
        file.close()
        raise


def _till(config: TillConfig, device: Wallet, file: SealedFile, key: SealingKey) -> Till:
    desk = TillDesk(WalletStore(file, TABLES), device, key.derive("cashiers"))
    if desk.store.get(TillSettings, SETTINGS_ROW) is None:
        # A new book, or one whose making was cut off here.
        with desk.commit() as changes:
            changes.put(TillSettings(config.name))
    return Till(desk, MEET, CardMachine(device.desk.clock_now))


def _key(device: Wallet) -> SealingKey:
    """The book's key hangs on the element's, so that a copied book opens nowhere else."""
    return device.desk.element.store_key().derive("till")
