"""How the commands between two devices take a message, ask before anything is signed, and end."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from faces.language import label
from wallet.cli.opening import usage
from wallet.cli.options import Outlet, Scanning

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from device.service.money import Proposal, Told


def taken(voice: "Voice", message: str, scanning: "Scanning") -> bytes:
    """The message that came: from codes when a source is named, else from a file or a paste."""
    if scanning.scan:
        from device.cli import qr

        return qr.scan(voice, scanning.scan, scanning.scan_s)
    from device.cli.travel import take

    return take(message)


def agreed(*, from_stdin: bool) -> bool:
    """Ask the person, on the terminal even when standard input carries the message."""
    question = f"{label('prompt.yes-or-no')} "
    if not from_stdin:
        return _is_yes(typer.prompt("", default="", show_default=False, prompt_suffix=question, err=True))
    try:
        with Path("/dev/tty").open(encoding="utf-8") as terminal:
            typer.echo(question, nl=False, err=True)
            return _is_yes(terminal.readline())
    except OSError as error:
        raise usage("usage.stdin-taken") from error


def _is_yes(answer: str) -> bool:
    """Yes in the language in use or in English, whole or its first letter; whatever else is typed is no."""
    said, yes = answer.strip().lower(), label("answer.yes").lower()
    return said in {"y", "yes", yes, yes[0]}


def show_proposal(voice: "Voice", found: "Proposal") -> None:
    """Whom, how much, what for: before anything is signed."""
    change = sum(piece.change_tiyn for piece in found.pieces)
    voice.aside("proposal", amount_tiyn=found.amount_tiyn, party=party_of(found), purpose=found.purpose)
    if change:
        voice.aside("proposal-change", change_tiyn=change)


def party_of(found: "Proposal") -> str:
    """How the other side is called: the attested name, a business number, or a device of its bank."""
    from faces.phrases import party

    return party(found.name, found.phone, found.business_number or "", found.bank)


def told_json(told: "Told") -> dict[str, Any]:
    """A step's outcome for programs."""
    return {
        "payment": told.payment.hex(),
        "status": told.status,
        "amount_tiyn": told.amount_tiyn,
        "party": told.party,
        "closed": told.closed,
    }


_SAID = {
    "sent": "paid",
    "paid": "acknowledged",
    "received": "received",
    "returned": "returned",
    "refunded": "refunded",
    "settled": "acknowledged",
    "recorded": "acknowledged",
}


def finish(voice: "Voice", told: "Told", out: "Outlet", **beside: Any) -> None:
    """Say where the payment stands, and hand its message on; a refusal is handed on too, and ends it.
    ``beside``: what else programs are told."""
    from device.cli.travel import give

    said = _SAID.get(told.status)
    if told.refusal is not None:
        given = {}
        for message in told.messages[-1:]:
            # Money that goes back must reach its payer; a plain no may be lost.
            nowhere = out == Outlet() and not goes_back(message)
            given = give(voice, message, Outlet(os.devnull) if nowhere else out)
        voice.refuse(told.refusal, given=given)
    if said is not None:
        speak = voice.aside if told.messages else voice.say
        speak(said, amount_tiyn=told.amount_tiyn, party=told.party, payment=told.payment.hex()[:8])
    given = give(voice, told.messages[-1], out) if told.messages else {}
    voice.tell(**told_json(told), **given, **beside)


def why_not(voice: "Voice", message: bytes, out: "Outlet") -> dict[str, str]:
    """Hand on the message that says why nothing is paid, when there is somewhere for it to go."""
    from device.cli.travel import give

    return {} if out == Outlet() else give(voice, message, out)


def goes_back(message: bytes) -> bool:
    """Whether a message gives money back."""
    from tender.cash.messages import Kind, unwrap

    return unwrap(message)[0] is Kind.RETURN
