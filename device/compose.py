"""The composition root: folders, a PIN and devices in; an open wallet out. Plain constructor calls."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from device.compose_card import (
    BANK,
    OWNER,
    WHERE,
    NewCard,
    ReaderMaker,
    make_card,
    open_card,
    reader_at,
    unmake_card,
)
from device.config import Config
from device.core.model import Settings
from device.ports import Element, Wire
from device.service.card_catch_up import catch_up
from device.service.desk import Desk
from device.service.wallet import Wallet
from device.store.migrations import APPLICATION, MIGRATIONS, VERSION
from device.store.rows import WalletStore
from hardware import secure_element
from hardware.card_element import CardElement
from hardware.sealed_file import SealedFile
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, StoreError
from tender.ports import Clock, Entropy

if TYPE_CHECKING:
    from tender.qr.payment_code import Profile

WireMaker = Callable[[str], Wire]

_ELEMENT_NUMBER = "element"


def create_wallet(
    config: Config,
    pin: Pin,
    clock: Clock,
    entropy: Entropy,
    wire: WireMaker,
    card: NewCard | None = None,
    reader_of: ReaderMaker = reader_at,
) -> Wallet:
    """Make a wallet and its secure element; raises ``store-exists``, ``pin-too-short``, ``element-refused``.

    With ``card`` a blank purse card becomes the element (``card-not-blank``, ``card-missing``). Nothing of
    either is left behind when the other cannot be made.
    """
    if config.store.exists():
        with suppress(StoreError):
            SealedFile.open(config.store, application=APPLICATION, version=VERSION).close()
        if (config.element / "element.db").exists():
            raise StoreError(Code.STORE_EXISTS, "store", name=config.name)
    element, plain, undo = _new_element(config, pin, entropy, card, reader_of)
    try:
        file = SealedFile.create(
            config.store,
            application=APPLICATION,
            version=VERSION,
            plain={_ELEMENT_NUMBER: element.number, **plain},
        )
        file.seal_new(element.store_key(), entropy)
        store = WalletStore(file)
        changes = store.changes()
        changes.put(Settings(name=config.name, element=element.number, gateway=config.gateway))
        store.commit(changes, element.counter)
    except BaseException:
        undo()
        raise
    return Wallet(Desk(store, element, clock, entropy, wire, config.pin_cost), _networks(config))


def _new_element(
    config: Config, pin: Pin, entropy: Entropy, card: NewCard | None, reader_of: ReaderMaker
) -> tuple[Element, dict[str, bytes], Callable[[], None]]:
    """A new element, what the wallet's file remembers of where it is, and how it is unmade."""
    if card is not None:
        made = make_card(card, pin, reader_of)
        plain = {WHERE: card.where.encode(), BANK: b"%03d" % card.bank, OWNER: made.owner_secret}
        return made, plain, partial(unmake_card, made)
    element = secure_element.create(config.element, pin, config.pin_cost, entropy)

    def undo() -> None:
        element.close()
        secure_element.discard(config.element)

    return element, {}, undo


def card_of(config: Config) -> tuple[str, bytes] | None:
    """In which reader a wallet's card lies and the card's number; None when its element is no card.

    Raises :class:`StoreError` as :func:`open_wallet` does.
    """
    file = SealedFile.open(config.store, application=APPLICATION, version=VERSION)
    try:
        where, number = file.plain(WHERE), file.plain(_ELEMENT_NUMBER)
    finally:
        file.close()
    return None if where is None or number is None else (_where(config, where), number)


def move_card(config: Config, where: str) -> None:
    """From now on the card of this wallet is looked for in that reader. Raises as :func:`card_of`."""
    file = SealedFile.open(config.store, application=APPLICATION, version=VERSION)
    try:
        file.set_plain(WHERE, where.encode())
    finally:
        file.close()


def _where(config: Config, remembered: bytes) -> str:
    return config.card or remembered.decode(errors="replace")


def open_wallet(
    config: Config,
    pin: Pin,
    clock: Clock,
    entropy: Entropy,
    wire: WireMaker,
    reader_of: ReaderMaker = reader_at,
) -> Wallet:
    """Open a wallet with its PIN. When its element is a card, what that did elsewhere is written down first.

    Raises :class:`StoreError` (missing, busy, newer, tampered, read-only) or :class:`DeviceError` (PIN wrong
    or waiting, element missing, card missing, swapped, blocked).
    """
    try:
        file = SealedFile.open(config.store, application=APPLICATION, version=VERSION)
    except StoreError as error:
        if error.code is Code.STORE_MISSING and (config.element / "element.db").exists():
            # Somebody lived here: "make a wallet" would be the wrong advice.
            raise StoreError(Code.STORE_TAMPERED, "store", name=config.name) from error
        raise
    card: CardElement | None = None
    element: Element
    try:
        remembered, number = file.plain(WHERE), file.plain(_ELEMENT_NUMBER)
        if remembered is None:
            element = secure_element.unlock(config.element, pin, entropy, clock.now())
        else:
            said = file.plain(BANK) or b""
            bank = int(said) if said.isdigit() and len(said) == 3 else 0
            owner = file.plain(OWNER) or b""
            where = _where(config, remembered)
            element = card = open_card(where, number or b"", bank, pin, owner, reader_of)
    except BaseException:
        file.close()
        raise
    try:
        if number != element.number:
            raise DeviceError(Code.ELEMENT_MISSING, "element", name=config.name)
        file.unseal(element.store_key(), entropy, migrations=MIGRATIONS, version=VERSION)
        desk = Desk(WalletStore(file), element, clock, entropy, wire, config.pin_cost)
        if card is not None:
            catch_up(desk, card)
    except BaseException:
        file.close()
        element.close()
        raise
    return Wallet(desk, _networks(config))


def _networks(config: Config) -> "Callable[[], tuple[Profile, ...]]":
    """The networks of ``networks.toml``, read when a code of none of the built-in ones is met."""

    def read() -> "tuple[Profile, ...]":
        from device.networks import read_networks

        return read_networks(config.folder.parent.parent)

    return read
