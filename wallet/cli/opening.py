"""Opens a wallet for a command: configuration, PIN, the real clock, chance and wire."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from device.cli.opening import devices, the_amount, the_pin, typed_pin, unanswered, usage
from device.cli.speaking import Voice, speaking
from device.config import Config, read_config
from tender.errors import Code, DeviceError, StoreError

if TYPE_CHECKING:
    from device.service.wallet import Wallet
    from wallet.cli.options import OneWallet

__all__ = ["configured", "devices", "opened", "the_amount", "the_pin", "typed_pin", "usage"]


_NOT_THERE: Final = frozenset({Code.CARD_MISSING, Code.READER_MISSING, Code.READER_TAKEN})


def _say_where(voice: Voice, config: Config) -> None:
    """Where the card was looked for, and how to say that it lies elsewhere."""
    from device.compose import card_of

    found = card_of(config)
    if found is not None:
        voice.aside("card-last-at", where=found[0])


@contextmanager
def opened(which: "OneWallet") -> Iterator[tuple[Voice, "Wallet"]]:
    """The wallet of this name, open; closed again whatever happens."""
    with speaking(which.as_json) as voice:
        from device.compose import open_wallet

        config = configured(which.name)
        if not config.store.is_file():
            raise StoreError(Code.STORE_MISSING, "store", name=config.name)
        pin = the_pin(which.pin_file)
        try:
            wallet = open_wallet(config, pin, *devices(config))
        except DeviceError as error:
            if error.code in _NOT_THERE:
                _say_where(voice, config)
            raise
        try:
            with unanswered(voice, wallet.bank.line.pending):
                yield voice, wallet
        finally:
            wallet.close()


def configured(name: str) -> Config:
    """The configuration of the wallet of this name; a name that is no name of a folder is wrong usage."""
    config = read_config(name or None)
    if not config.fits:
        raise usage("usage.wallet-name")
    return config
