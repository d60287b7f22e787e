"""The composition root: folders, a PIN and devices in; an open wallet out. Plain constructor calls."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from device.config import Config
from device.core.model import Settings
from device.ports import Wire
from device.service.desk import Desk
from device.service.wallet import Wallet
from device.store.migrations import APPLICATION, MIGRATIONS, VERSION
from device.store.rows import WalletStore
from hardware import secure_element
from hardware.sealed_file import SealedFile
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, StoreError
from tender.ports import Clock, Entropy

if TYPE_CHECKING:
    from tender.qr.payment_code import Profile

WireMaker = Callable[[str], Wire]

_ELEMENT_NUMBER = "element"


def create_wallet(config: Config, pin: Pin, clock: Clock, entropy: Entropy, wire: WireMaker) -> Wallet:
    """Make a wallet and its secure element; raises ``store-exists``, ``pin-too-short``, ``element-refused``.

    Nothing of either is left behind when the other cannot be made.
    """
    if config.store.exists():
        with suppress(StoreError):
            SealedFile.open(config.store, application=APPLICATION, version=VERSION).close()
        if (config.element / "element.db").exists():
            raise StoreError(Code.STORE_EXISTS, "store", name=config.name)
    element = secure_element.create(config.element, pin, config.pin_cost, entropy)
    try:
        file = SealedFile.create(
            config.store, application=APPLICATION, version=VERSION, plain={_ELEMENT_NUMBER: element.number}
        )
        file.seal_new(element.store_key(), entropy)
        store = WalletStore(file)
        changes = store.changes()
        changes.put(Settings(name=config.name, element=element.number, gateway=config.gateway))
        store.commit(changes, element.counter)
    except BaseException:
        element.close()
        secure_element.discard(config.element)
        raise
    return Wallet(Desk(store, element, clock, entropy, wire, config.pin_cost), _networks(config))


def open_wallet(config: Config, pin: Pin, clock: Clock, entropy: Entropy, wire: WireMaker) -> Wallet:
    """Open a wallet with its PIN.

    Raises :class:`StoreError` (missing, busy, newer, tampered, read-only) or :class:`DeviceError` (PIN wrong
    or waiting, element missing).
    """
    try:
        file = SealedFile.open(config.store, application=APPLICATION, version=VERSION)
    except StoreError as error:
        if error.code is Code.STORE_MISSING and (config.element / "element.db").exists():
            # Somebody lived here: "make a wallet" would be the wrong advice.
            raise StoreError(Code.STORE_TAMPERED, "store", name=config.name) from error
        raise
    try:
        element = secure_element.unlock(config.element, pin, entropy, clock.now())
    except BaseException:
        file.close()
        raise
    try:
        if file.plain(_ELEMENT_NUMBER) != element.number:
            raise DeviceError(Code.ELEMENT_MISSING, "element", name=config.name)
        file.unseal(element.store_key(), entropy, migrations=MIGRATIONS, version=VERSION)
    except BaseException:
        file.close()
        element.close()
        raise
    return Wallet(Desk(WalletStore(file), element, clock, entropy, wire, config.pin_cost), _networks(config))


def _networks(config: Config) -> "Callable[[], tuple[Profile, ...]]":
    """The networks of ``networks.toml``, read when a code of none of the built-in ones is met."""

    def read() -> "tuple[Profile, ...]":
        from device.networks import read_networks

        return read_networks(config.folder.parent.parent)

    return read
