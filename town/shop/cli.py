"""``tenge shop``: opens a small shop on this computer, whose page is paid from the wallet beside it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device.cli.opening import want
from device.cli.speaking import EXIT_WORLD, speaking
from device.config import Config, read_config
from faces.commands import Spoken
from faces.language import label
from tender.crypto.sealing import Pin
from tender.errors import Code, LinkError, Refusal, StoreError
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
    confirm_s: Annotated[
        int,
        typer.Option(min=1, max=3600, help="Seconds a card's owner has to confirm, as the switch has it."),
    ] = 120,
    as_json: AsJson = False,
) -> None:
    """Open the shop of Canteen K in the town of `tenge up`.

    Example:  tenge shop up
    """
    with speaking(as_json) as voice:
        from device.cli.listening import answer, loopback
        from town.shop.card_counter import CardCounter
        from town.shop.counter import Counter
        from town.shop.terminal import SwitchPaper, shop_till
        from town.shop.web import make_app

        config = read_config(DEVICE)
        clock, entropy, _ = devices(config)
        listening = loopback(port)
        counter = Counter(lambda: _device(config), CANTEEN, clock, entropy)
        cards = CardCounter(lambda: shop_till(config, _pin(config)), SwitchPaper(CANTEEN), CANTEEN, confirm_s)
        cards.open()
        url = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        voice.line(label("shop.up", url=url))
        voice.tell(url=url)
        try:
            answer(make_app(counter, f"http://{LOOPBACK}:{wallet}", cards), listening)
        finally:
            cards.close()
            counter.close()


@app.command()
def card_pay(
    good: Annotated[str, typer.Argument(help="What to buy: `plov`, `baursak` or `tea`.")],
    card_file: Annotated[
        Path | None,
        typer.Option(
            help="A file with what is printed on the card, as `tenge switch card issue --out` made it."
        ),
    ] = None,
    number: Annotated[str, typer.Option(help="The card's number; asked for if left out.")] = "",
    expiry: Annotated[str, typer.Option(help="Month and year, such as 12/30.")] = "",
    port: Annotated[int, typer.Option(help="The shop's port on this computer.")] = PORT,
    as_json: AsJson = False,
) -> None:
    """Buy in the open shop by card number, as its page does; the printed code is typed, or in the file. The
    purchase waits for the yes of the card's owner: `tenge wallet confirm yes`.

    Example:  tenge shop card-pay plov --card-file aigul-card.json
    """
    with speaking(as_json) as voice:
        from town.shop.buying import buy_by_card, printed_in
        from town.shop.counter import GOODS

        want(good, tuple(GOODS))
        typed = printed_in(card_file) if card_file is not None else None
        if typed is None:
            typed = {
                "number": number or typer.prompt(label("shop.card-number"), err=True),
                "expiry": expiry or typer.prompt(label("shop.card-expiry"), err=True),
                "code": typer.prompt(label("shop.card-code"), hide_input=True, err=True),
            }
        url = f"http://{LOOPBACK}:{port}"

        def say(key: str) -> None:
            if not as_json:
                typer.echo(label(key, url=url), err=True)

        say("shop.card-waits")
        try:
            order, told = voice.need(buy_by_card(url, good, typed, lambda: say("shop.not-open-yet")))
        except LinkError as error:
            voice.refuse(error.refusal, EXIT_WORLD, words=label("shop.not-open", url=url))
        for line in told["lines"]:
            voice.line(line)
        voice.tell(reference=order, **{name: told[name] for name in told if name != "lines"})


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
