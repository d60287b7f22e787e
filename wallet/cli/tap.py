"""A payment as one conversation, by command: over a Unix socket, or in the field of a reader.

The line may tear anywhere. Whoever is left says what is certain; running the same command again goes on with
the same payment (``device.service.tap``).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from device.cli.speaking import EXIT_REFUSED, Voice
from device.service.money import Proposal, Requested, Told
from device.service.tap import Decide, Stage, Taps
from hardware.wires import connect_unix, listen_unix
from tender.errors import Code, DeviceError, Refusal
from wallet.cli.earlier import ToldEarlier
from wallet.cli.hand_to_hand import agreed, finish, show_proposal, told_json
from wallet.cli.opening import usage
from wallet.cli.options import Outlet

if TYPE_CHECKING:
    from device.ports import Door
    from device.service.guest import AskPin, Guest
    from device.service.wallet import Wallet

Earlier = Sequence[dict[str, Any]]
"""Rows of :class:`~wallet.cli.earlier.ToldEarlier`."""


def receive_over(voice: Voice, wallet: "Wallet", path: Path, asked: Requested, *, timeout_s: int) -> None:
    """Listen at a socket, show the request to whoever connects, and take the money."""
    with listen_unix(path) as door:
        _take_at(voice, wallet, door, str(path), asked, timeout_s)


def request_by_tap(
    voice: Voice, wallet: "Wallet", where: str, asked: Requested, *, as_card: bool, timeout_s: int
) -> None:
    """Be paid in the field: this device polls a reader, or answers as a card and shows its request."""
    from hardware.tap_doors import door_at
    from tender.purse.tap import Side

    with door_at(where, Side.PAYEE, wallet.desk.entropy, as_card=as_card) as door:
        try:
            _take_at(voice, wallet, door, where, asked, timeout_s)
        except DeviceError as error:
            if as_card or error.code is not Code.CARD_NOT_PURSE:
                raise
            # No phone: a purse card, perhaps, which pays alone.
            from device.cli.card_pin import holders_pin

            take_from_card(voice, wallet, where, asked, ask_pin=holders_pin, timeout_s=timeout_s)


def take_from_card(
    voice: Voice, wallet: "Wallet", where: str, asked: Requested, *, ask_pin: "AskPin", timeout_s: int
) -> None:
    """Be paid by the purse card at a reader; the next request for the same finishes what was torn."""
    from device.service.tap_card import CardPays

    pays, earlier = CardPays(wallet.desk, wallet.money), ToldEarlier(voice, asked.amount_tiyn)

    def use(card: "Guest") -> Told | Refusal:
        return pays.take(card, asked, ask_pin, earlier)

    finish_tap(voice, earlier.need(_with_card(voice, wallet, where, timeout_s, use)), earlier.rows)


def pay_onto_card(
    voice: Voice,
    wallet: "Wallet",
    where: str,
    amount_tiyn: int,
    *,
    yes: bool,
    timeout_s: int,
    purpose: str = "",
) -> None:
    """Pay the purse card that lies at a reader; the same command finishes what was torn."""
    from device.service.tap_card import CardIsPaid

    decide = _asking(voice, yes=yes)
    paid, earlier = CardIsPaid(wallet.desk, wallet.money), ToldEarlier(voice, amount_tiyn)

    def use(card: "Guest") -> Told | Refusal:
        return paid.pay(card, amount_tiyn, decide, purpose, earlier)

    _paid(voice, _with_card(voice, wallet, where, timeout_s, use), earlier.rows)


def _with_card(
    voice: Voice, wallet: "Wallet", where: str, timeout_s: int, use: "Callable[[Guest], Told | Refusal]"
) -> Told | Refusal:
    """Whatever is done with the card at that reader, also when it was taken away too early."""
    from device.compose_guest import guest_at
    from device.service.hold_again import held
    from hardware.readers import open_reader

    reader = open_reader(where)
    try:
        return held(
            lambda: guest_at(reader, wallet.desk, timeout_s), use, lambda: voice.aside("wire-torn-waiting")
        )
    finally:
        reader.disconnect()


def _take_at(
    voice: Voice, wallet: "Wallet", door: "Door", where: str, asked: Requested, timeout_s: int
) -> None:
    voice.say("listening", socket=where, amount_tiyn=asked.amount_tiyn, payment=asked.payment.hex()[:8])
    finish_tap(voice, _taps(voice, wallet).take_at(door, asked, timeout_s))


def pay_over(voice: Voice, wallet: "Wallet", path: Path, *, yes: bool, timeout_s: int) -> None:
    """Connect to a socket, read the request, ask, and pay."""
    with connect_unix(path, timeout_s) as line:
        told = _taps(voice, wallet).pay(line, _asking(voice, yes=yes), timeout_s)
    _paid(voice, told)


def pay_by_tap(
    voice: Voice, wallet: "Wallet", where: str, *, as_card: bool, yes: bool, timeout_s: int
) -> None:
    """Pay whoever asks in the field, and go on when it was dead for a while."""
    from hardware.tap_doors import door_at
    from tender.purse.tap import Side

    with door_at(where, Side.PAYER, wallet.desk.entropy, as_card=as_card) as door:
        try:
            told = _taps(voice, wallet).pay_at(door, _asking(voice, yes=yes), timeout_s)
        except DeviceError as error:
            if error.code is not Code.CARD_NOT_PURSE:
                raise
            raise usage("usage.tap-amount") from error  # a purse card, perhaps: it cannot say what it wants
    _paid(voice, told)


def _taps(voice: Voice, wallet: "Wallet") -> Taps:
    def watch(stage: Stage) -> None:
        if stage is Stage.TORN:
            voice.aside("wire-torn-waiting")

    return Taps(wallet.desk, wallet.money, watch)


def _asking(voice: Voice, *, yes: bool) -> Decide:
    """Shows a payment and asks, unless the person said yes before."""

    def decide(found: Proposal) -> bool:
        show_proposal(voice, found)
        return yes or agreed(from_stdin=False)

    return decide


def _paid(voice: Voice, told: Told | Refusal, earlier: Earlier = ()) -> None:
    if isinstance(told, Told) and told.status == "declined":
        voice.say("declined")
        voice.tell(**told_json(told), **_beside(earlier))
        raise typer.Exit(EXIT_REFUSED)
    finish_tap(voice, told, earlier)


def finish_tap(voice: Voice, told: Told | Refusal, earlier: Earlier = ()) -> None:
    """The end of a conversation: nothing is left to hand over. ``earlier``: what it finished beside."""
    good = voice.need(told)
    finish(
        voice,
        Told(good.payment, good.status, good.amount_tiyn, good.party, (), good.closed),
        Outlet(),
        **_beside(earlier),
    )


def _beside(earlier: Earlier) -> dict[str, Any]:
    return {"earlier": list(earlier)} if earlier else {}
