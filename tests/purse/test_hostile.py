"""A terminal that says anything at all: only status words come out, what is refused has changed nothing."""

from random import Random
from typing import Any

import pytest

from hardware.cards.chip import Chip
from hardware.cards.eeprom import Table
from hardware.purse_client import PurseClient
from tender.card.apdu import CHAINED, DONE, Command, Response
from tender.card.exchange import exchange
from tender.errors import Code, DeviceError
from tender.purse import commands
from tender.purse.commands import CODE_OF, PAYMENT_REFERENCE, PIN_TRIES, Ins
from tests.mint import Mint
from tests.purse.bench import PIN, PUK, Recorder, Tapped, request_by, signed_by, tapped
from tests.purse.test_being_paid import asked, passed

KNOWN = {DONE, 0x6700, *CODE_OF}
"""Every status word that the page names; and 61xx, 63Cx."""
STATELESS = {
    Ins.SELECT,
    Ins.STATUS,
    Ins.LIST_KEYS,
    Ins.READ_CERTIFICATE,
    Ins.REQUEST_STATE,
    Ins.READ_REQUEST,
    Ins.LIST_REQUESTS,
    Ins.LIST_KEPT,
    Ins.KEPT_OF,
    Ins.LIST_TOKENS,
    Ins.READ_TOKEN,
    Ins.LOG,
    Ins.HAS_SIGNED,
    Ins.GET_RESPONSE,
    Ins.SIGN_POSSESSION,
    Ins.SIGN_BATCH,
    Ins.PRESENT_REQUEST,
}
"""They change nothing even when they are done."""


def what_counts(chip: Chip) -> list[object]:
    """Everything in the memory that counts: the fixed record, each slot that is taken, the heap behind it."""
    chip.begin()
    tables: list[Table[Any]] = [chip.map.keys, chip.map.requests, chip.map.spent, chip.map.kept]
    tables += [chip.map.tokens, chip.map.log]
    half = chip.fixed.directory_half
    tables += [chip.map.authorities[half], chip.map.profiles[half]]
    rows = [list(table.each()) for table in tables]
    heap = [chip.eeprom.read(at, length) for at, length in chip.map.blocks()]
    return [chip.fixed, rows, heap]


def is_named(sw: int) -> bool:
    return sw in KNOWN or sw >> 8 == 0x61 or sw & 0xFFF0 == commands.PIN_TRY_WRONG


def busy_card() -> tuple[Tapped, list[tuple[Ins, int, bytes]]]:
    """A card with something of everything, and real commands to bend."""
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    outputs = [here.load(100_000) for _ in range(3)]
    request = asked(here, 5_000)
    packed = passed(mint, 2, 5_000, request.key)
    reader = Recorder(here.card)
    client = PurseClient.opened(reader)
    client.put_token(packed)
    client.present_request(signed_by(shop, request_by(shop, 100_000)))
    client.sign_payment([(outputs[0], 100_000)])
    for act in (client.keys, client.tokens, client.kept, client.requests, client.log, client.status):
        act()
    client.token(outputs[1])
    client.kept_of(outputs[0])
    client.open_request(request)
    heard = [Command.from_bytes(command) for command, _ in reader.said]
    whole = [one for one in heard if not one.is_chained and one.ins != Ins.GET_RESPONSE]
    return here, [(Ins(one.ins), one.p1, one.data) for one in whole]


def said_with(ins: Ins, p1: int, data: bytes, *, p2: int = 0) -> bytes:
    return Command(commands.cla_of(ins), ins, p1, p2, data, 256).to_bytes()


@pytest.mark.row("DT-Z-04")
def test_nonsense_gets_a_status_word_and_changes_nothing() -> None:
    """Thousands of bent, cut and made-up commands at a card with money on it."""
    here, said = busy_card()
    random = Random(20_260_731)
    before = what_counts(here.card.chip)
    done = 0
    for _ in range(4_000):
        ins, p1, data = random.choice(said)
        match random.randrange(6):
            case 0:
                octets = random.randbytes(random.randrange(0, 12))
            case 1:
                ins = random.choice(list(Ins))
                made = Command(
                    commands.cla_of(ins), ins, random.randrange(256), random.randrange(256), data, 256
                )
                octets = made.to_bytes()
            case 2 if data:
                bent = bytearray(data)
                bent[random.randrange(len(bent))] ^= 1 << random.randrange(8)
                octets = said_with(ins, p1, bytes(bent))
            case 3:
                octets = Command(
                    commands.cla_of(ins), ins, p1, 0, data[: random.randrange(len(data) + 1)], 256
                ).to_bytes()
            case 4:
                more = data[:128] + random.randbytes(random.randrange(1, 120))
                octets = Command(commands.cla_of(ins) | CHAINED, ins, p1, 0, more).to_bytes()
            case _:
                octets = Command(
                    commands.cla_of(ins), ins, p1, 0, random.randbytes(len(data)), 256
                ).to_bytes()
        if len(octets) > 1 and octets[1] in (Ins.VERIFY, Ins.CHANGE_PIN, Ins.UNBLOCK, Ins.WIPE):
            continue  # guesses are counted: their own tests
        answer = Response.from_bytes(here.card.transmit(octets))
        assert is_named(answer.sw), octets.hex()
        assert answer.sw == DONE or answer.sw >> 8 == 0x61 or not answer.data, "no data beside a refusal"
        command_ins = octets[1] if len(octets) > 1 else 0
        if answer.sw == DONE and octets[0] & CHAINED == 0 and command_ins not in STATELESS:
            before, done = what_counts(here.card.chip), done + 1
        else:
            assert what_counts(here.card.chip) == before, octets.hex()
        if not here.card.chip.session.selected:
            here.client.reopen()
    assert here.client.status().money_tiyn >= 205_000 - 5_000
    assert done < 1_000, "most of it was refused"


def test_guessing_by_the_wire_ends_after_three() -> None:
    here = tapped(Mint())
    random = Random(7)
    for _ in range(50):
        block = bytes((0x24,)) + bytes((random.randrange(10) << 4 | random.randrange(10), 0x01)) + b"\xff" * 5
        exchange(here.card.transmit, Command(0, Ins.VERIFY, 0, PAYMENT_REFERENCE, block, 256))
    status = here.client.status()
    assert (status.pin_tries, status.pin_state) == (0, 0)
    here.client.unblock(PUK, PIN)
    assert here.client.status().pin_tries == PIN_TRIES


def test_a_chain_broken_off_by_another_command_leaves_nothing() -> None:
    mint = Mint()
    here = tapped(mint)
    request = asked(here, 5_000)
    packed = passed(mint, 4, 5_000, request.key)
    free = here.client.status().free_bytes
    begun = commands.stream(packed)[:255]
    part = Command(commands.CLA_PURSE | CHAINED, Ins.PUT_TOKEN, 0, 0, begun).to_bytes()
    assert Response.from_bytes(here.card.transmit(part)).sw == DONE
    assert here.client.status().free_bytes == free
    assert here.client.tokens() == ()
    assert here.client.put_token(packed)


def test_another_card_of_another_owner_is_told_from_the_first() -> None:
    mint = Mint()
    here, other = tapped(mint, "one"), tapped(mint, "two")
    here.client._reader = other.client._reader
    with pytest.raises(DeviceError) as swapped:
        here.client.reopen()
    assert swapped.value.code is Code.CARD_SWAPPED
