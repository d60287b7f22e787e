"""Each message of each conversation cut at every byte, on each one-way carrier and on a socket's frame.

The reader gets the first k bytes, k = 0, 1, 2 … and then nothing: a file whose writer died, a pipe that
broke, a paste without its end, a frame whose sender hung up. It must say so in one sentence, hold what it
held, keep what it knew; and then the whole message, from the sender's disk, ends the payment as if nothing
had been.
"""

import io
import socket
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from device.cli.travel import take
from device.service.money import Proposal
from device.service.wallet import Wallet
from faces.words import sentence
from hardware.wires import FramedSocket
from tender.cash.armour import to_text
from tender.errors import Code, LinkError, TenderError
from tests.tears.street import PRICE_TIYN, Held, Street, mend, spendable
from tests.wallet.village import good

PAYER, PAYEE = "aigul", "dana"


@dataclass(frozen=True)
class Letter:
    """A message on its way: which one it is, its bytes, who reads it, and the wallets as they are then."""

    name: str
    data: bytes
    reader: str
    saved: Path


def conversation(street: Street, folder: Path, *, two_way: bool, late: bool = False) -> list[Letter]:
    """An undisturbed payment, with both wallets kept as they are when each message is on its way."""
    letters: list[Letter] = []

    def on_its_way(name: str, data: bytes, reader: str) -> bytes:
        letters.append(Letter(name, data, reader, street.save(folder / f"{len(letters)}-{name}")))
        return data

    def life(name: str, act: Callable[[Wallet], bytes]) -> bytes:
        with street.opened(name) as (wallet,):
            return act(wallet)

    def agree(wallet: Wallet, data: bytes) -> bytes:
        found = wallet.money.propose(data)
        assert isinstance(found, Proposal)
        return good(wallet.money.confirm(found, two_way=two_way)).messages[-1]

    def hear(data: bytes) -> Callable[[Wallet], bytes]:
        return lambda wallet: good(wallet.money.receive(data)).messages[-1]

    request = life(PAYEE, lambda wallet: good(wallet.money.request(PRICE_TIYN)).message)
    on_its_way("request", request, PAYER)
    message = life(PAYER, lambda wallet: agree(wallet, request))
    if two_way:
        on_its_way("offer", message, PAYEE)
        ready = on_its_way("ready", life(PAYEE, hear(message)), PAYER)
        message = life(PAYER, hear(ready))
    on_its_way("transfer", message, PAYEE)
    if late:
        with street.opened(PAYEE) as (dana,):
            good(dana.money.cancel(good(dana.money.resume(dana.view.history()[0].id)).payment))
    answer = life(PAYEE, hear(message))
    on_its_way("return" if late else "receipt", answer, PAYER)
    return letters


def by_file(data: bytes, folder: Path) -> bytes:
    """A file that holds no more than this."""
    (folder / "torn").write_bytes(data)
    return take(str(folder / "torn"))


def by_pipe(data: bytes, folder: Path) -> bytes:
    """A pipe that broke after this."""
    given, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(data))
    try:
        return take("-")
    finally:
        sys.stdin = given


def by_frame(data: bytes, folder: Path) -> bytes:
    """A socket whose other end hung up after this."""
    here, there = socket.socketpair()
    with here, there:
        there.sendall(data)
        there.shutdown(socket.SHUT_WR)
        return FramedSocket(here).receive(1)


Read = Callable[[bytes, Path], bytes]
CARRIERS: dict[str, tuple[Callable[[bytes], bytes], Read]] = {
    "file": (lambda data: data, by_file),
    "pipe": (lambda data: data, by_pipe),
    "text": (lambda data: to_text(data).rstrip("\n").encode(), by_file),
    "frame": (lambda data: len(data).to_bytes(4, "big") + data, by_frame),
}
"""How a message is written on each carrier, and how it is read there."""


def hear(wallet: Wallet, name: str, data: bytes) -> object:
    """What a command does with what it read."""
    return wallet.money.propose(data) if name == "request" else good(wallet.money.receive(data))


def refusals(wallet: Wallet, letter: Letter, carrier: str, folder: Path) -> Counter[Code]:
    """Give the reader every beginning of the message, each of which must be refused with a sentence."""
    write, read = CARRIERS[carrier]
    written = write(letter.data)
    codes: Counter[Code] = Counter()
    for length in range(len(written)):
        with pytest.raises(TenderError) as torn:
            hear(wallet, letter.name, read(written[:length], folder))
        assert sentence(torn.value)
        codes[torn.value.code] += 1
    return codes


KINDS = ("one-way", "two-way", "too-late")


@pytest.mark.row("DT-O-12")
@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_beginning_of_every_message_is_refused_and_the_whole_goes_on(
    street: Street, tmp_path: Path, kind: str, carrier: str
) -> None:
    held = Held(*street.held(PAYER, PAYEE))
    late = kind == "too-late"
    letters = conversation(street, tmp_path, two_way=kind == "two-way", late=late)
    for letter in letters[-1:] if late else letters:
        street.restore(letter.saved)
        with street.opened(letter.reader) as (reader,):
            before, marks = spendable(reader), (reader.desk.store.mark, reader.desk.element.counter)
            codes = refusals(reader, letter, carrier, tmp_path)
            assert spendable(reader) == before
            assert (reader.desk.store.mark, reader.desk.element.counter) == marks, "nothing was signed"
        torn = Code.PEER_UNREACHABLE if carrier == "frame" else Code.MESSAGE_TRUNCATED
        assert set(codes) == {torn}, codes
        with street.opened(PAYER, PAYEE) as (aigul, dana):
            hear(aigul if letter.reader == PAYER else dana, letter.name, letter.data)
            if late:
                assert not aigul.recovery.recover(online=False).open
                assert (spendable(aigul), spendable(dana)) == (held.payer_tiyn, held.payee_tiyn)
            else:
                mend(aigul, dana, held)


def test_a_frame_is_whole_or_nothing() -> None:
    """The reader on a socket learns of a tear as a tear, whatever of the length had come."""
    for length in range(4 + 9):
        with pytest.raises(LinkError) as torn:
            by_frame((9).to_bytes(4, "big") + b"123456789"[: max(0, length - 4)], Path())
        assert torn.value.code is Code.PEER_UNREACHABLE
