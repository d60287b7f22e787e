"""Opens a wallet for a command: configuration, PIN, the real clock, chance and wire."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from device.cli.opening import devices, the_amount, the_pin, typed_pin, unanswered, usage
from device.cli.speaking import Voice, speaking
from device.config import Config, read_config
from tender.errors import Code, StoreError

if TYPE_CHECKING:
    from device.service.wallet import Wallet
    from wallet.cli.options import OneWallet

__all__ = ["configured", "devices", "opened", "the_amount", "the_pin", "typed_pin", "usage"]


@contextmanager
def opened(which: "OneWallet") -> Iterator[tuple[Voice, "Wallet"]]:
    """The wallet of this name, open; closed again whatever happens."""
    with speaking(which.as_json) as voice:
        from device.compose import open_wallet

        config = configured(which.name)
        if not config.store.is_file():
            raise StoreError(Code.STORE_MISSING, "store", name=config.name)
        wallet = open_wallet(config, the_pin(which.pin_file), *devices(config))
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
