"""``tenge wallet checkout``: answers shops in this computer's browser; ``shops``: which of them may ask."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device.cli.serving import Host, Outside, serve_screen
from device.cli.speaking import Voice, speaking
from device.config import Config
from faces.language import label
from tender.errors import Code, Refusal, StoreError
from wallet.cli.opening import configured, devices
from wallet.cli.options import AsJson, Name

if TYPE_CHECKING:
    from tender.ports import Entropy

SHOPS_FILE = "shops.json"
PORT = 8126
SCREEN_PORT = 8127
LOOPBACK = "127.0.0.1"
SIGN_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SHOPS_MOST = 100


class ShopsFile:
    """:class:`wallet.service.checkout.Shops` in a file of the wallet's folder; nothing in it is secret from
    whoever reads the wallet's folder, and nothing in it can pay."""

    def __init__(self, config: Config, entropy: "Entropy") -> None:
        self._file: Path = config.folder / SHOPS_FILE
        self._entropy = entropy

    def origins(self) -> tuple[str, ...]:
        """Every shop the user allowed."""
        found = self._read().get("origins")
        known = [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
        return tuple(known[:SHOPS_MOST])

    def allow(self, origin: str) -> None:
        """One more; the newest stay when there are too many."""
        kept = [one for one in self.origins() if one != origin]
        self._write([*kept, origin][-SHOPS_MOST:])

    def forget(self, origin: str) -> None:
        """One less."""
        self._write([one for one in self.origins() if one != origin])

    def sign(self) -> str:
        """Drawn once, the same ever after."""
        found = self._read().get("sign")
        if isinstance(found, str) and found:
            return found
        drawn = "".join(SIGN_LETTERS[one % len(SIGN_LETTERS)] for one in self._entropy.draw(6))
        self._write(list(self.origins()), f"{drawn[:3]}-{drawn[3:]}")
        return f"{drawn[:3]}-{drawn[3:]}"

    def _read(self) -> dict[str, object]:
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def _write(self, origins: list[str], sign: str = "") -> None:
        from device.cli.travel import write_file

        told = {"origins": origins, "sign": sign or self.sign()}
        write_file(self._file, json.dumps(told, ensure_ascii=False).encode())


def shops_of(name: str) -> tuple[Config, ShopsFile]:
    """The shops of the wallet of this name, which must be there."""
    config = configured(name)
    if not config.store.is_file():
        raise StoreError(Code.STORE_MISSING, "store", name=config.name)
    _, entropy, _ = devices(config)
    return config, ShopsFile(config, entropy)


def checkout(
    port: Annotated[
        int, typer.Option(help="Port on this computer; shops look at 8126 by themselves.")
    ] = PORT,
    name: Name = "",
    as_json: AsJson = False,
) -> None:
    """Let shops in this computer's browser ask this wallet for payments; each needs your PIN in the sheet.

    Example:  tenge wallet checkout --wallet aigul
    """
    with speaking(as_json) as voice:
        from device.cli.listening import answer, loopback
        from device.compose import open_wallet
        from wallet.http.app import make_app
        from wallet.service.checkout import Checkout

        config, shops = shops_of(name)
        clock, entropy, wire = devices(config)
        listening = loopback(port)
        port = int(listening.getsockname()[1])
        counter = Checkout(lambda pin: open_wallet(config, pin, clock, entropy, wire), shops, clock, entropy)
        url = f"http://{LOOPBACK}:{port}"
        voice.line(label("checkout.ready", name=config.name, url=url, sign=shops.sign()))
        voice.tell(url=url, sign=shops.sign())
        answer(make_app(counter, port), listening)


def serve(
    host: Host = LOOPBACK,
    port: Annotated[int, typer.Option(help="Port on this computer.")] = SCREEN_PORT,
    outside: Outside = False,
    name: Name = "",
) -> None:
    """The whole wallet in a browser of this computer, each visit with its own PIN.

    Example:  tenge wallet serve --wallet aigul
    """
    with speaking(False):
        config = configured(name)
        words = ("wallet", "open", "--wallet", config.name)
        serve_screen(words, f"tenge wallet {config.name}", host, port, outside=outside)


def shops(
    allow: Annotated[str, typer.Option(help="A shop's origin, such as http://127.0.0.1:8140.")] = "",
    forget: Annotated[str, typer.Option(help="The origin of a shop that may no longer ask.")] = "",
    name: Name = "",
    as_json: AsJson = False,
) -> None:
    """Which shops may ask this wallet for payments: show them, allow one, forget one.

    Example:  tenge wallet shops --allow http://127.0.0.1:8140
    """
    with speaking(as_json) as voice:
        _, kept = shops_of(name)
        if allow:
            origin = _origin(voice, allow)
            kept.allow(origin)
            voice.line(label("checkout.allowed", origin=origin))
        if forget:
            origin = _origin(voice, forget)
            kept.forget(origin)
            voice.line(label("checkout.forgotten", origin=origin))
        if not (allow or forget):
            for one in kept.origins() or (label("checkout.none"),):
                voice.line(one)
        voice.tell(origins=list(kept.origins()))


def _origin(voice: Voice, text: str) -> str:
    from wallet.service.checkout import origin_of

    return voice.need(origin_of(text) or Refusal(Code.FIELD_WRONG, "origin"))


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    app.command()(checkout)
    app.command()(shops)
    app.command()(serve)
