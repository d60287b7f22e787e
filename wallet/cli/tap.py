"""A payment as one conversation over a Unix socket: request → offer → ready → transfer → receipt.

The wire may tear anywhere. Whoever is left says what is certain; running the same command again goes on with
the same payment, because every message can be sent again and nothing is signed twice.
"""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from device.cli.speaking import EXIT_REFUSED, EXIT_WORLD, Voice
from device.service.money import Proposal, Requested, Told
from hardware.wires import FramedSocket, connect_unix, listen_unix
from tender.errors import Code, LinkError, Refusal, RemoteProtocolError
from wallet.cli.hand_to_hand import agreed, finish, show_proposal, told_json
from wallet.cli.options import Outlet

if TYPE_CHECKING:
    from device.service.wallet import Wallet

STEP_S = 20
"""How long one side waits for the next message of a conversation that has begun."""


def receive_over(voice: Voice, wallet: "Wallet", path: Path, asked: Requested, *, timeout_s: int) -> None:
    """Listen, show the request to whoever connects, and take the money. A torn wire is waited out."""
    with listen_unix(path) as listener:
        voice.say(
            "listening", socket=str(path), amount_tiyn=asked.amount_tiyn, payment=asked.payment.hex()[:8]
        )
        told: Told | Refusal | None = None
        while told is None:
            try:
                line = listener.accept(timeout_s)
            except LinkError:
                _torn(voice, asked.payment, "requested")
            with line:
                # Whoever began before is gone: his wire is torn, or nobody new could have come.
                wallet.money.free(asked.payment)
                told = _take(wallet, line, asked)
            if told is None:
                voice.aside("wire-torn-waiting")
    finish_tap(voice, voice.need(told))


def _take(wallet: "Wallet", line: FramedSocket, asked: Requested) -> Told | Refusal | None:
    """One connection. None when it tore before the money was here: the next caller may go on."""
    try:
        line.send(asked.message)
        while True:
            told = wallet.money.receive(line.receive(STEP_S))
            if isinstance(told, Refusal):
                return told
            for message in told.messages:
                line.send(message)
            if told.refusal is not None:
                return told.refusal
            if told.closed:
                _linger(line)
                return told
    except (LinkError, RemoteProtocolError):
        row = wallet.view.payment(asked.payment.hex())
        if not isinstance(row, Refusal) and row.status == "received":
            # The money is here and counted; only the receipt may be lost: it is given again when asked.
            return Told(asked.payment, row.status, row.amount_tiyn, row.party, (), True)
        return None


def _linger(line: FramedSocket) -> None:
    """Let the payer read the receipt and hang up first."""
    try:
        line.receive(2)
    except LinkError:
        return


def pay_over(voice: Voice, wallet: "Wallet", path: Path, *, yes: bool, timeout_s: int) -> None:
    """Connect, read the request, ask, and pay. A second run of a torn payment goes on where it stopped."""
    with connect_unix(path, timeout_s) as line:
        request = line.receive(timeout_s)
        found = wallet.money.propose(request, two_way=True)
        if isinstance(found, Refusal):
            with suppress(LinkError):
                line.send(wallet.money.say_no(request, found))
            voice.refuse(found)
        party, told = _decide(voice, wallet, line, found, yes=yes)
        try:
            _send_all(line, told)
            while not told.closed:
                told = voice.need(wallet.money.receive(line.receive(STEP_S)))
                _send_all(line, told)
                if told.refusal is not None:
                    voice.refuse(told.refusal)
        except LinkError:
            _torn(voice, told.payment, told.status)
    finish_tap(voice, told, party)


def _decide(
    voice: Voice, wallet: "Wallet", line: FramedSocket, found: Proposal | Told, *, yes: bool
) -> tuple[str, Told]:
    """Show and ask; a payment that was agreed to before goes on by itself."""
    if isinstance(found, Told):
        return found.party, found
    show_proposal(voice, found)
    if not (yes or agreed(from_stdin=False)):
        told = wallet.money.decline(found)
        with suppress(LinkError):
            _send_all(line, told)
        voice.say("declined")
        voice.tell(**told_json(told))
        raise typer.Exit(EXIT_REFUSED)
    return found.name, voice.need(wallet.money.confirm(found, two_way=True))


def _send_all(line: FramedSocket, told: Told) -> None:
    for message in told.messages:
        line.send(message)


def _torn(voice: Voice, payment: bytes, status: str) -> NoReturn:
    """The wire is gone: what is certain, what to do."""
    facts: tuple[tuple[str, str | int], ...] = (("payment", payment.hex()[:8]), ("status", status))
    voice.refuse(Refusal(Code.PEER_UNREACHABLE, "socket", facts), EXIT_WORLD)


def finish_tap(voice: Voice, told: Told, party: str = "") -> None:
    """The good end of a conversation: nothing is left to hand over."""
    ended = Told(told.payment, told.status, told.amount_tiyn, told.party or party, (), told.closed)
    finish(voice, ended, Outlet())
