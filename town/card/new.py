"""``tenge card new``: a card in a file, as it comes from the factory: a blank purse, or a payment card."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from device.cli.opening import the_pin, usage, want
from device.cli.options import AsJson
from device.cli.speaking import Voice, speaking
from faces.language import label
from tender.errors import Code, StoreError

if TYPE_CHECKING:
    from hardware.cards.emv.tester import MadeCard, Wish

_ISSUER: Final = "test-issuer"
_KEY_BYTES: Final = 16
_SEED_BYTES: Final = 16


def new(
    file: Annotated[str, typer.Argument(help="The card image to make, as file:PATH or PATH.")],
    payment: Annotated[
        str, typer.Option(metavar="KIND", help="A payment card of this kind; ? says which there are.")
    ] = "",
    bank: Annotated[int, typer.Option(help="The number of the bank whose payment card it is.")] = 0,
    dual: Annotated[bool, typer.Option("--dual", help="With a blank purse beside the payment card.")] = False,
    flaw: Annotated[str, typer.Option(help="What is wrong with the payment card; ? says what can be.")] = "",
    seed: Annotated[str, typer.Option(help="For the same word the same payment card, keys and all.")] = "",
    keys: Annotated[
        Path | None,
        typer.Option(help="A folder of issuers' keys, such as a switch has; else one of your own."),
    ] = None,
    master_keys: Annotated[
        Path | None,
        typer.Option(help="A file of your own issuer's three master keys, hexadecimal, one on a line."),
    ] = None,
    pin_file: Annotated[
        Path | None, typer.Option(help="A file with the payment card's PIN; without one it is 1234.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a blank purse card in a file. Its chip's key lies with the secure elements, apart from the image.

    With --payment it is a card of a payment network, for whoever tests a terminal or an issuer.

    Example:  tenge card new aigul.card
    """
    from hardware.cards.card_file import CardFile
    from hardware.entropy import SystemEntropy
    from hardware.readers import FILE, chips_folder

    with speaking(as_json) as voice:
        if not payment:
            _purse_alone(
                flaw,
                {
                    "--bank": bank,
                    "--dual": dual,
                    "--flaw": flaw,
                    "--seed": seed,
                    "--keys": keys,
                    "--master-keys": master_keys,
                    "--pin-file": pin_file,
                },
            )
        path = Path(file.removeprefix(FILE)).expanduser()
        if path.exists():
            raise StoreError(Code.FILE_EXISTS, "card", file=str(path))
        if not path.absolute().parent.is_dir():
            raise StoreError(Code.FOLDER_MISSING, "card", folder=str(path.absolute().parent))
        if not payment:
            CardFile.create(path, chips_folder(), SystemEntropy()).close()
            voice.say("card-made", file=path.name)
            voice.tell(file=str(path))
            return
        wish = replace(
            _wish(payment, bank, flaw, dual), pin=_pin(pin_file), master_keys=_master_keys(master_keys)
        )
        # Keys that are given need a folder without any: one for this card alone.
        seed = seed or (SystemEntropy().draw(_SEED_BYTES).hex() if master_keys else "")
        card = _made(wish, seed, keys or chips_folder().parent / _ISSUER)
        CardFile.create(path, chips_folder(), SystemEntropy(), card.kind, card.image).close()
        _told(voice, path, payment, card, dual=dual)


def _purse_alone(flaw: str, given: dict[str, object]) -> None:
    """A blank purse has nothing of what is said of a payment card."""
    from hardware.cards.emv.flaws import FLAWS

    if flaw:
        want(flaw, FLAWS)
    if options := [name for name, value in given.items() if value]:
        raise usage("payment-card.kind-missing", options=", ".join(options))


def _wish(payment: str, bank: int, flaw: str, dual: bool) -> "Wish":
    from hardware.cards.emv.flaws import FLAWS
    from hardware.cards.emv.profiles import profile, profile_names
    from hardware.cards.emv.tester import Wish, banks_of

    want(payment, profile_names())
    banks = banks_of(profile(payment))
    want(str(bank or banks[0]), tuple(str(one) for one in banks))
    want(flaw or FLAWS[0], FLAWS)
    return Wish(payment, bank, flaw=flaw, dual=dual)


def _pin(pin_file: Path | None) -> str:
    from hardware.cards.emv.tester import TEST_PIN

    if pin_file is None:
        return TEST_PIN
    block = the_pin(pin_file).block()
    return block.hex()[2 : 2 + (block[0] & 0x0F)]


def _master_keys(file: Path | None) -> tuple[bytes, bytes, bytes] | None:
    if file is None:
        return None
    try:
        first, second, third = (bytes.fromhex(line) for line in file.read_text().split())
    except (OSError, ValueError) as error:
        raise StoreError(Code.FILE_UNREADABLE, "master-keys", file=file.name) from error
    if {len(one) for one in (first, second, third)} != {_KEY_BYTES}:
        raise StoreError(Code.FILE_UNREADABLE, "master-keys", file=file.name)
    return first, second, third


def _made(wish: "Wish", seed: str, keys: Path) -> "MadeCard":
    from hardware.cards.emv.tester import make, make_seeded
    from hardware.clock import SystemClock
    from hardware.entropy import SystemEntropy
    from hardware.hsm import SoftHsm
    from hardware.hsm_keys import KeyFolder

    today = datetime.fromtimestamp(SystemClock().now(), UTC).date()
    if seed:
        return make_seeded(wish, seed, today)
    entropy = SystemEntropy()
    return make(wish, SoftHsm(KeyFolder(keys, entropy)), entropy, today)


def _told(voice: Voice, path: Path, payment: str, card: "MadeCard", *, dual: bool) -> None:
    year, month = divmod(card.ends_month, 100)
    authority = card.authority
    shown = {"index": f"{authority.index:02X}", "rid": authority.rid.hex().upper()}
    voice.line(
        label(
            "payment-card.made",
            file=path.name,
            number=str(card.pan),
            kind=payment,
            month=f"{month:02}/{year}",
        )
    )
    if dual:
        voice.line(label("payment-card.dual", file=path.name))
    voice.line(label("payment-card.authority", **shown, check_sum=authority.check_sum.hex()))
    key = {"modulus": authority.modulus.hex(), "exponent": authority.exponent.hex()}
    voice.tell(
        file=str(path),
        number=str(card.pan),
        ends_month=card.ends_month,
        authority={**shown, **key, "check_sum": authority.check_sum.hex()},
    )
