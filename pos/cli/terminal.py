"""Commands for the card terminal inside the till: its settings, its payments, reversals, its batch."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from device.cli.speaking import EXIT_REFUSED
from faces.commands import Spoken
from pos.cli.card_takings import takings
from pos.cli.carding import payment_json, tries_left
from pos.cli.opening import opened, say
from pos.cli.options import OneTill
from tender.errors import Code, Refusal, StoreError

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from pos.service.till import Till
    from pos.service.values import BatchTotals, CardPayment, CardSettings, PinEnded

SETTINGS_MOST_BYTES = 100_000
Papers = Annotated[
    Path | None,
    typer.Option(
        "--from", help="What the acquirer handed out for this terminal: a file of its settings and keys."
    ),
]
app = Spoken(name="card", help="The card terminal inside the till.", no_args_is_help=True)


@app.command("set")
def set_up(
    papers: Papers = None,
    host: Annotated[str, typer.Option(help="Where the acquirer listens.")] = "",
    port: Annotated[int, typer.Option(help="And at which port.")] = 0,
    acquirer: Annotated[str, typer.Option(help="The acquirer's number; the till's bank if left out.")] = "",
    terminal: Annotated[str, typer.Option(help="The terminal's number, at most 8 signs.")] = "",
    merchant: Annotated[str, typer.Option(help="The merchant's number; the BIN if left out.")] = "",
    category: Annotated[int, typer.Option(help="Merchant category code.")] = 0,
    key_file: Annotated[Path | None, typer.Option(help="A file with the PIN pad's key, hexadecimal.")] = None,
    accepts_dt: Annotated[
        bool | None,
        typer.Option("--accepts-dt/--converts", help="Whether cards that can pay here in Digital Tenge."),
    ] = None,
    profile: Annotated[
        str, typer.Option(help="What the banks offer: `full`, or `pilot` as it was in 2023.")
    ] = "",
    *,
    which: OneTill,
) -> None:
    """Make this till a card terminal, or change what it is.

    Examples:  tenge pos card set --from terminal.json

               tenge pos card set --accepts-dt
    """
    with opened(which) as (voice, till):
        given: dict[str, Any] = _papers(papers) if papers is not None else {}
        typed: dict[str, Any] = {
            "host": host,
            "port": port,
            "acquirer": acquirer,
            "terminal": terminal,
            "merchant": merchant,
            "category": category,
            "profile": profile,
            "key": _key(key_file) if key_file is not None else b"",
        }
        given |= {name: value for name, value in typed.items() if value}
        if accepts_dt is not None:
            given["accepts_dt"] = accepts_dt
        refused = till.terminal.configure(_settings(till, given))
        if refused is not None:
            voice.refuse(refused)
        found = till.terminal.settings
        assert found is not None
        say(
            voice,
            "cardpay.set-machine" if found.cash_machine else "cardpay.set",
            terminal=found.terminal,
            acquirer=found.acquirer,
        )
        voice.tell(**settings_json(found))


@app.command()
def show(*, which: OneTill) -> None:
    """What the terminal is, what its open batch adds up to, and which reversals nobody has answered.

    Example:  tenge pos card show
    """
    with opened(which) as (voice, till):
        found = voice.need(till.terminal.need_settings())
        totals = till.terminal.totals()
        where = f"{found.host}:{found.port}"
        say(voice, "cardpay.terminal", terminal=found.terminal, acquirer=found.acquirer, where=where)
        say(voice, "cardpay.takes-dt" if found.accepts_dt else "cardpay.converts")
        _say_totals(voice, totals)
        waiting = till.terminal.waiting()
        if waiting:
            say(voice, "cardpay.waiting", count=len(waiting))
        voice.tell(
            **settings_json(found),
            totals=totals_json(totals),
            waiting=[payment_json(one) for one in waiting],
        )


@app.command()
def payments(
    most: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    *,
    which: OneTill,
) -> None:
    """Card payments, newest first, also those that came to nothing.

    Example:  tenge pos card payments
    """
    with opened(which) as (voice, till):
        found = till.terminal.payments()[: -most - 1 : -1]
        for one in found:
            ended = till.terminal.pin_ended(one)
            voice.line("\t".join((*_row(one), *(_pin_words(ended, short=True)))))
        voice.tell(payments=[_told(till, one) for one in found])


@app.command()
def look(
    number: Annotated[int, typer.Argument(help="The payment's trace number, as `payments` tells it.")],
    *,
    which: OneTill,
) -> None:
    """The technical view of one card payment: what the chip and the terminal found, bit by bit, in words.

    Example:  tenge pos card look 17
    """
    with opened(which) as (voice, till):
        from faces.card_technical import technical_lines

        found = [one for one in till.terminal.payments() if one.number == number]
        if not found:
            voice.refuse(Refusal(Code.CARD_PAYMENT_UNKNOWN, "payment", (("number", f"{number:06}"),)))
        one = found[-1]
        voice.line("\t".join(_row(one)))
        voice.line("\t".join((*_answer(one), *_pin_words(till.terminal.pin_ended(one)))))
        lines = technical_lines(one.seen.aid, one.seen.tvr, one.seen.tsi, one.seen.cvm, one.seen.cryptogram)
        for name, words in lines:
            voice.line(f"{name:<5}{words}")
        voice.tell(card=_told(till, one), technical=[list(line) for line in lines])


@app.command()
def send(*, which: OneTill) -> None:
    """Say every reversal that nobody has answered yet, once more.

    Example:  tenge pos card send
    """
    with opened(which) as (voice, till):
        voice.need(till.terminal.need_settings())
        before = len(till.terminal.waiting())
        left = till.terminal.say_reversals()
        say(voice, "cardpay.sent", count=before - left, left=left)
        voice.tell(sent=before - left, waiting=left)


@app.command("close")
def close_batch(*, which: OneTill) -> None:
    """Close the batch: the acquirer is told what it adds up to, and says whether it has counted the same.

    Example:  tenge pos card close
    """
    with opened(which) as (voice, till):
        done = till.terminal.close_batch()
        if isinstance(done, Refusal) and done.field == "card.batch":
            from faces.language import label

            voice.refuse(done, words=label("cardpay.batch-unheard"))
        done = voice.need(done)
        told = None not in (done.their_debits_tiyn, done.their_credits_tiyn)
        key = "cardpay.closed" if done.agrees else f"cardpay.closed-{'differs' if told else 'untold'}"
        sums = {
            "batch": done.batch,
            "debits_tiyn": done.debits_tiyn,
            "credits_tiyn": done.credits_tiyn,
            "their_debits_tiyn": done.their_debits_tiyn,
            "their_credits_tiyn": done.their_credits_tiyn,
        }
        say(voice, key, **{name: value for name, value in sums.items() if value is not None})
        voice.tell(**sums, agrees=done.agrees, debits=done.debits, credits=done.credits)
        if not done.agrees:
            raise typer.Exit(EXIT_REFUSED)


# --- shared


def _settings(till: "Till", given: dict[str, Any]) -> "CardSettings":
    """What stands, with what was given over it; a new terminal has the till's bank and BIN."""
    from pos.service.values import CardSettings

    stands = till.terminal.settings
    if stands is not None:
        return replace(stands, **given)
    status = till.status()
    bank = f"{status.bank:03}" if status.bank else ""
    fresh: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 0,
        "acquirer": bank,
        "terminal": "00000001",
        "merchant": status.business_number,
        "key": b"",
    }
    return CardSettings(**(fresh | given))


def _papers(path: Path) -> dict[str, Any]:
    """The acquirer's file: a JSON object of the settings; keys in hexadecimal."""
    from tender.card.certificates import CaKey

    try:
        with path.open("rb") as file:
            told = json.loads(file.read(SETTINGS_MOST_BYTES))
        found = {name: read(told[name]) for name, read in _READ.items() if name in told}
        found["ca_keys"] = tuple(
            CaKey(
                bytes.fromhex(one["rid"]),
                int(one["index"]),
                bytes.fromhex(one["modulus"]),
                bytes.fromhex(one["exponent"]),
                bytes.fromhex(one["check_sum"]),
            )
            for one in told.get("ca_keys", ())
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(Code.FILE_UNREADABLE, "terminal", file=path.name) from error
    if not all(one.is_whole for one in found["ca_keys"]):
        raise StoreError(Code.CERTIFICATE_WRONG, "terminal.ca_keys")
    return found


_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "host": str,
    "port": int,
    "acquirer": str,
    "terminal": str,
    "merchant": str,
    "category": int,
    "key": bytes.fromhex,
    "mac_key": bytes.fromhex,
    "accepts_dt": bool,
    "cash_machine": bool,
    "profile": str,
}
"""How each setting stands in the acquirer's file."""


def _key(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise StoreError(Code.FILE_UNREADABLE, "key", file=path.name) from error


def _say_totals(voice: "Voice", totals: "BatchTotals") -> None:
    say(
        voice,
        "cardpay.totals",
        batch=totals.batch,
        sales=totals.sales,
        sales_tiyn=totals.sales_tiyn,
        refunds_tiyn=totals.refunds_tiyn,
    )


def _row(one: "CardPayment") -> tuple[str, ...]:
    from faces.amounts import amount_text, moment_text
    from faces.language import label
    from pos.service.values import VOID_REFUSED, CardPhase

    stands = one.phase is CardPhase.APPROVED and one.reason == VOID_REFUSED
    words = label(f"cardpay.phase-{VOID_REFUSED if stands else one.phase.value}")
    kind = label(f"cardpay.kind-{one.kind}")
    return (
        f"{one.number:06}",
        moment_text(one.since),
        kind,
        amount_text(one.amount_tiyn),
        one.seen.pan,
        words,
    )


def _answer(one: "CardPayment") -> tuple[str, ...]:
    """What the acquirer said of it, by the numbers of the data elements."""
    from tender.card.response_codes import in_words

    said = (
        ("DE37", one.rrn),
        ("DE38", one.approval),
        ("DE39", in_words(one.response) if one.response else ""),
    )
    return tuple(f"{name} {words}" for name, words in said if words) or ("–",)


def _pin_words(ended: "PinEnded | None", *, short: bool = False) -> tuple[str, ...]:
    """Why it ended at the PIN, in a sentence with the tries that are left, or as its code; nothing where it
    did not."""
    from faces.words import sentence

    if ended is None:
        return ()
    left = "" if ended.left is None else f" ({ended.left})"
    return (f"{ended.code}{left}",) if short else (f"{sentence(ended.refusal)} [{ended.code}]",)


def _told(till: "Till", one: "CardPayment") -> dict[str, Any]:
    """A payment for programs, and what ended it at its PIN."""
    ended = till.terminal.pin_ended(one)
    left = tries_left(one, None if ended is None else ended.left)
    code = "" if ended is None else ended.code
    return {**payment_json(one), "pin_refused": code, "pin_tries_left": left}


def settings_json(found: "CardSettings") -> dict[str, Any]:
    """The terminal for programs, without its key."""
    return {
        "host": found.host,
        "port": found.port,
        "acquirer": found.acquirer,
        "terminal": found.terminal,
        "merchant": found.merchant,
        "category": found.category,
        "accepts_dt": found.accepts_dt,
        "profile": found.profile,
        "ca_keys": len(found.ca_keys),
    }


def totals_json(totals: "BatchTotals") -> dict[str, int]:
    """The batch for programs."""
    return {**asdict(totals), "net_tiyn": totals.net_tiyn}


def add_to(group: typer.Typer) -> None:
    """Put these commands into the group."""
    app.command()(takings)
    group.add_typer(app)
