"""``tenge shop``: opens a small shop on this computer, whose page is paid from the wallet beside it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device.cli.speaking import speaking
from device.config import Config, read_config
from faces.commands import Spoken
from faces.language import label
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal, StoreError
from town.cast import CANTEEN
from wallet.cli.checkout import LOOPBACK
from wallet.cli.checkout import PORT as WALLET_PORT
from wallet.cli.opening import devices
from wallet.cli.options import AsJson

if TYPE_CHECKING:
    from device.service.wallet import Wallet

PORT = 8140
DEVICE = "canteen-shop"
PIN_FILE = "shop.pin"

app = Spoken(
    name="shop",
    help="A small shop on this computer: its page asks your wallet, its server asks its own bank.",
)


@app.callback(invoke_without_command=True)
def bare(context: typer.Context) -> None:
    """A small shop on this computer: its page asks your wallet, its server asks its own bank."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def up(
    port: Annotated[int, typer.Option(help="Port on this computer.")] = PORT,
    wallet: Annotated[int, typer.Option(help="The port where the buyer's wallet answers.")] = WALLET_PORT,
    as_json: AsJson = False,
) -> None:
    """Open the shop of Canteen K in the town of `tenge up`.

    Example:  tenge shop up
    """
    with speaking(as_json) as voice:
        from device.cli.listening import answer, loopback
        from town.shop.counter import Counter
        from town.shop.web import make_app

        config = read_config(DEVICE)
        clock, entropy, _ = devices(config)
        listening = loopback(port)
        counter = Counter(lambda: _device(config), CANTEEN, clock, entropy)
        url = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        voice.line(label("shop.up", url=url))
        voice.tell(url=url)
        try:
            answer(make_app(counter, f"http://{LOOPBACK}:{wallet}"), listening)
        finally:
            counter.close()


def _device(config: Config) -> "Wallet":
    """The shop's device; the first time it is made and enrolled with the code the town holds for it."""
    from device.compose import create_wallet, open_wallet

    if config.store.is_file():
        return open_wallet(config, _pin(config), *devices(config))
    from town.town import standing_state

    state = standing_state()
    if state is None:
        raise StoreError(Code.STORE_MISSING, "town", name=config.name)
    made = create_wallet(config, _pin(config), *devices(config))
    root_key = bytes.fromhex(str(state["root_key"]))
    code = str(state["codes"][CANTEEN.name])
    enrolled = made.membership.enrol(CANTEEN.bank, code, shown=True, root_key=root_key)
    opened = enrolled if isinstance(enrolled, Refusal) else made.membership.open_account()
    if isinstance(opened, Refusal):
        made.close()
        raise StoreError(opened.code, opened.field)
    return made


def _pin(config: Config) -> Pin:
    """Nobody stands beside a server to type one: it is drawn once and kept where only the owner reads."""
    file: Path = config.folder.parent / f"{config.name}.{PIN_FILE}"
    if not file.is_file():
        _, entropy, _ = devices(config)
        file.parent.mkdir(parents=True, exist_ok=True)
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w") as out:
            out.write(f"{int.from_bytes(entropy.draw(8), 'big') % 10**12:012d}")
    return Pin(file.read_text().strip())
