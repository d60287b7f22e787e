"""``tenge switch card``: cards at the desk of the running switch."""

import re
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from card_switch.cli.asking import ask
from card_switch.cli.patience import heard
from card_switch.cli.secret_files import keep, need_free
from card_switch.cli.which_bank import need_bank
from device.cli.opening import the_amount, typed_pin, want
from device.cli.options import AsJson
from device.cli.speaking import Voice, speaking
from faces.amounts import amount_text
from faces.commands import Spoken
from faces.language import label
from tender.account.card_messages import CLOSED, ORDERED
from tender.account.participants import HALYK, name_of
from tender.errors import Code, LinkError, Refusal, TenderError

app = Spoken(help="Cards of the banks' clients: issue, produce, block, give back.", no_args_is_help=True)

HOLDER: Final = re.compile(r"[A-Z][A-Z .'/-]{1,25}")
"""What can stand on a card as its holder's name."""
PIN_DIGITS: Final = 4
CardName = Annotated[
    str, typer.Argument(help="The beginning of its reference, its number, or its last four digits.")
]
STOPS_PATIENCE_S: Final = 3.0
"""How long a list waits for the banks to say which cards their clients stopped."""
PinFile = Annotated[Path | None, typer.Option("--pin-file", help="A file with the PIN; asked for if none.")]
Purse = Annotated[bool, typer.Option("--purse", help="With a blank Digital Tenge purse beside it.")]
HolderName = Annotated[str, typer.Option("--name", help="As on the card, such as `AKHMETOVA/AIGUL`.")]


def _state(row: dict[str, Any]) -> dict[str, Any]:
    """A card's row with its state and kind as people read them."""
    return row | {
        "state": label(f"carddesk.{'stopped' if row.get('stopped') else row['state']}-state"),
        "kind": label(f"carddesk.{row['kind']}-kind"),
        "expiry": f"{row['expiry'][2:]}/{row['expiry'][:2]}",
        "bank": row["bank_name"],
    }


@app.command()
def issue(
    client: Annotated[str, typer.Argument(help="The client's IIN or phone, as the bank knows it.")],
    bank: Annotated[int, typer.Option(help="The issuing bank.")] = HALYK,
    virtual: Annotated[
        bool, typer.Option("--virtual", help="For purchases on line only, usable at once.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Of a virtual card: where its number and code go.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Issue a card on the client's Digital Tenge account. A real one is ordered: it has to be produced, then
    activated.

    Example:  tenge switch card issue 900101300017 --bank 601
    """
    with speaking(as_json) as voice:
        if out is not None:
            need_free(out, "card")
        need_bank(voice, bank)
        given = {"bank": bank, "client": client, "kind": "virtual" if virtual else "real"}
        unheard = f"carddesk.{'virtual' if virtual else 'issue'}-unheard"
        told = heard(voice, unheard, lambda: ask("card-issue", **given))
        if isinstance(told, Refusal) and told.code is Code.CLIENT_UNKNOWN:
            voice.refuse(told, words=label("carddesk.no-client", bank=name_of(bank)))
        told = voice.need(told)
        printed = told.pop("printed")
        voice.line(label("carddesk.issued", **_said(told, "card", "reference"), bank=told["bank_name"]))
        if not virtual:
            voice.line(label("carddesk.ordered", reference=told["reference"][:8]))
        elif out is not None:
            keep(printed, out, "card")
            voice.line(label("carddesk.virtual", file=str(out)))
        else:
            voice.line(label("carddesk.no-file", reference=told["reference"][:8]))
        voice.tell(**told, file=str(out or ""))


@app.command()
def produce(
    card: CardName,
    name: HolderName,
    out: Annotated[str, typer.Option("--out", "-o", help="The card image to make, as file:PATH or PATH.")],
    pin_file: PinFile = None,
    purse: Purse = False,
    again: Annotated[
        bool, typer.Option("--again", help="In the place of a chip that was made; the earlier one ends.")
    ] = False,
    flaw: Annotated[
        str, typer.Option(help="What has happened to this chip since; ? says what can have.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make the chip of an ordered card in a file, which any reader takes. What is printed on it goes to
    `PATH.printed`, for its owner alone. A card whose chip is lost or broken is made again, and activated
    again.

    Example:  tenge switch card produce 9f3c --name AKHMETOVA/AIGUL --out aigul.card
    """
    from hardware.cards.emv.flaws import LIVED
    from hardware.readers import FILE

    with speaking(as_json) as voice:
        if flaw:
            want(flaw, tuple(LIVED))
        if not HOLDER.fullmatch(name):
            voice.refuse(Refusal(Code.NAME_WRONG, "holder"), words=label("carddesk.holder"))
        path = Path(out.removeprefix(FILE)).expanduser()
        printed_path = path.with_name(path.name + ".printed")
        need_free(path, "card")
        need_free(printed_path, "card")
        digits = _pin_digits(voice, pin_file)
        given = {"card": card, "holder": name, "pin": digits, "again": again}
        told = voice.need(
            _known(voice, heard(voice, "carddesk.chip-unheard", lambda: ask("card-produce", **given)))
        )
        stripe = bytes.fromhex(told.pop("stripe"))
        _write_chip(path, bytes.fromhex(told.pop("personalisation")), stripe, purse, flaw)
        keep(told.pop("printed"), printed_path, "card")
        voice.line(label("carddesk.produced", card=told["card"], file=str(path), reference=card))
        voice.line(label("carddesk.printed", file=str(printed_path)))
        voice.tell(**told, file=str(path), printed=str(printed_path))


def _pin_digits(voice: Voice, pin_file: Path | None) -> str:
    """The PIN that the chip gets; it ends the command for one that no card has."""
    try:
        pin = typed_pin(pin_file, label("carddesk.ask-pin"), confirm=True).block()
    except TenderError as error:
        if error.code is not Code.PIN_TOO_SHORT:
            raise
        voice.refuse(error.refusal, words=label("carddesk.pin-digits"))
    count = pin[0] & 0x0F
    if count != PIN_DIGITS:
        voice.refuse(Refusal(Code.FIELD_WRONG, "pin"), words=label("carddesk.pin-digits"))
    return pin.hex()[2 : 2 + count]


def _write_chip(path: Path, personalisation: bytes, stripe: bytes, purse: bool, flaw: str) -> None:
    from hardware.cards.card_file import CardFile
    from hardware.cards.emv.flaws import lived
    from hardware.cards.emv.payment_card import PaymentCard
    from hardware.cards.image_kinds import DUAL, PAYMENT
    from hardware.cards.purse_card import blank_image
    from hardware.entropy import SystemEntropy
    from hardware.readers import chips_folder
    from tender.card.personalisation import PERSONALISATION

    entropy = SystemEntropy()
    chip = bytearray(PaymentCard.made([PERSONALISATION.decode(personalisation)], entropy, stripe).image)
    lived(chip, flaw)
    image = blank_image() + chip if purse else chip
    CardFile.create(path, chips_folder(), entropy, DUAL if purse else PAYMENT, image).close()


@app.command(name="list")
def listed(
    bank: Annotated[int, typer.Option(help="Of one bank only.")] = 0,
    closed: Annotated[bool, typer.Option("--closed", help="Those that have ended, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every card that was issued: state, spent today, PIN tries left as the bank counts them. A wrong PIN
    that the chip itself checks is known to the card and the till alone."""
    with speaking(as_json) as voice:
        if bank:
            need_bank(voice, bank)
        told = voice.need(ask("card-list", bank=bank))
        stopped = _stopped(bank)
        for row in told["cards"]:
            row["stopped"] = None if stopped is None else row["reference"] in stopped
        ended = [] if closed else [row for row in told["cards"] if row["state"] == CLOSED]
        for row in (one for one in told["cards"] if one not in ended):
            voice.line(label("carddesk.row", **_said(_state(row), *_ROW), reference=row["reference"][:8]))
            spent = amount_text(row["spent_today_tiyn"])
            voice.line("    " + label("carddesk.spent", spent_tiyn=spent, pin_tries=row["pin_tries"]))
        if ended:
            voice.line(label("carddesk.closed-too", count=len(ended)))
        if not told["cards"]:
            voice.line(label("carddesk.none"))
        elif stopped is None:
            voice.line(label("carddesk.stops-unknown"))
        voice.tell(**told)


def _stopped(bank: int) -> frozenset[str] | None:
    """References of the cards that their clients stopped: the banks know it; None while one is away."""
    try:
        told = ask("card-stops", patience_s=STOPS_PATIENCE_S, bank=bank)
    except LinkError:
        return None
    return None if isinstance(told, Refusal) else frozenset(told["stopped"])


_ROW = ("card", "bank", "kind", "state", "expiry")


def _said(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _as_it_is(told: Refusal) -> str:
    """Why a card does not become what was asked for."""
    facts = dict(told.facts)
    if "stopped" in facts:
        return label("carddesk.by-client", ends=facts["stopped"])
    key = "carddesk.is-ordered" if facts["state"] == ORDERED else "carddesk.is-already"
    return label(key, state=label(f"carddesk.{facts['state']}-state"))


def _known(voice: Voice, told: dict[str, Any] | Refusal) -> dict[str, Any] | Refusal:
    """What was told of a card; the command ends where no card, or more than one, is named so."""
    if isinstance(told, Refusal) and (told.code, told.field) == (Code.CARD_UNKNOWN, "card"):
        voice.refuse(told, words=label("carddesk.which"))
    return told


def _change(voice: Voice, question: str, **given: str) -> None:
    told = _known(voice, heard(voice, "carddesk.unheard", lambda: ask(question, **given)))
    if isinstance(told, Refusal) and told.code is Code.OUT_OF_ORDER:
        voice.refuse(told, words=_as_it_is(told))
    told = voice.need(told)
    voice.line(label("carddesk.state", **_said(_state(told), "card", "state")))
    voice.tell(**told)


@app.command()
def activate(card: CardName, as_json: AsJson = False) -> None:
    """The client has the card and may use it."""
    with speaking(as_json) as voice:
        _change(voice, "card-activate", card=card)


@app.command()
def block(
    card: CardName,
    lost: Annotated[bool, typer.Option("--lost", help="Terminals keep it.")] = False,
    stolen: Annotated[bool, typer.Option("--stolen", help="Terminals keep it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Nobody pays with the card any more; the account stays usable."""
    with speaking(as_json) as voice:
        _change(voice, "card-block", card=card, why="stolen" if stolen else "lost" if lost else "")


@app.command()
def unblock(card: CardName, as_json: AsJson = False) -> None:
    """The card may be used again."""
    with speaking(as_json) as voice:
        _change(voice, "card-unblock", card=card)


@app.command()
def close(card: CardName, as_json: AsJson = False) -> None:
    """The card ends, for good."""
    with speaking(as_json) as voice:
        _change(voice, "card-close", card=card)


@app.command()
def pin(card: CardName, as_json: AsJson = False) -> None:
    """Give a card its PIN tries back: here at once, in its chip with the next answer it gets."""
    with speaking(as_json) as voice:
        told = voice.need(_known(voice, ask("card-pin", card=card)))
        voice.line(label("carddesk.pin", card=told["card"]))
        voice.tell(**told)


@app.command(name="return")
def give_back(
    reference: Annotated[str, typer.Argument(help="The purchase's reference, as its receipt has it (RRN).")],
    amount: Annotated[str, typer.Argument(help="Tenge, such as 500 or 1250,50.")],
    bank: Annotated[int, typer.Option(help="The merchant's bank.")] = HALYK,
    terminal: Annotated[str, typer.Option(help="The terminal, where others gave the same reference.")] = "",
    card: Annotated[str, typer.Option(help="The last digits of the card that paid, likewise.")] = "",
    paid: Annotated[str, typer.Option(help="What was paid in all (tenge), likewise.")] = "",
    as_json: AsJson = False,
) -> None:
    """Give a part of a purchase back to its card; never more in all than was paid.

    Examples:  tenge switch card return 092112000001 1000 --bank 856

               tenge switch card return 092112000001 1000 --bank 856 --card 7893
    """
    with speaking(as_json) as voice:
        need_bank(voice, bank)
        amount_tiyn = the_amount(voice, amount)
        named = {"bank": bank, "reference": reference, "terminal": terminal, "card": card}
        if paid:
            named["paid_tiyn"] = the_amount(voice, paid)
        given = {"amount_tiyn": amount_tiyn, **named}
        told = voice.need(heard(voice, "carddesk.return-unheard", lambda: ask("card-return", **given)))
        shown = amount_text(told["amount_tiyn"])
        voice.line(label("carddesk.returned", **_said(told, "card", "reference"), amount_tiyn=shown))
        voice.tell(**told, bank_name=name_of(bank))
