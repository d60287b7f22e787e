"""The card works in a fixed room: however long what passes by, it keeps no more of it."""

import tracemalloc
from collections.abc import Callable

from hardware.cards.chip import RAM_SECTIONS, SIGNERS_MOST
from hardware.cards.streams import PIECE_MOST
from hardware.purse_client import PurseClient
from tender.account.eds import ORDER, Order, key_id
from tender.cash.chain import verify_chain
from tender.errors import Code
from tests.mint import ALTYN, NOW, Mint, pay
from tests.purse.bench import PIN, Recorder, Tapped, tapped
from tests.purse.test_being_paid import asked, passed
from tests.purse.test_life import refused


class Weighing(Recorder):
    """A reader that weighs what the card holds on to after each link of a chain."""

    first_bytes = 0
    most_bytes = 0

    def transmit(self, command: bytes) -> bytes:
        answer = super().transmit(command)
        self.said.clear()
        held, _ = tracemalloc.get_traced_memory()
        self.first_bytes = self.first_bytes or held
        self.most_bytes = max(self.most_bytes, held - self.first_bytes)
        return answer


def weighed(here: Tapped, act: Callable[[PurseClient], object]) -> int:
    """The most that was held after any link beyond what was held after the first."""
    reader = Weighing(here.card)
    client = PurseClient.opened(reader, owner=here.client.owner)
    client.verify_owner(PIN)
    tracemalloc.start()
    try:
        act(client)
        return reader.most_bytes
    finally:
        tracemalloc.stop()


def test_an_order_of_half_a_megabyte_needs_no_more_room_than_a_short_one() -> None:
    here = tapped(Mint())
    named = key_id(here.client.status().identity)

    def order(length: int) -> bytes:
        return ORDER.encode(Order("sync", 0, ALTYN, named, bytes(16), NOW, bytes(length)))

    weighed(here, lambda client: client.sign_order(order(5_000)))  # what Python itself keeps the first time
    short = weighed(here, lambda client: client.sign_order(order(5_000)))
    long = weighed(here, lambda client: client.sign_order(order(500_000)))
    assert long < short + 4_096


def test_no_piece_of_a_history_is_longer_than_the_piece_buffer() -> None:
    mint = Mint()
    here = tapped(mint)
    packed = passed(mint, 15, 5_000, asked(here, 5_000).key)
    longest = 0
    chip = here.card.chip
    fill = chip.memory.fill

    def watched(at: int, data: bytes) -> None:
        nonlocal longest
        longest = max(longest, len(data))
        fill(at, data)

    chip.memory.fill = watched  # type: ignore[method-assign]
    here.client.put_token(packed)
    assert 64 < longest <= PIECE_MOST
    assert sum(RAM_SECTIONS.values()) <= 4_096


def test_a_history_of_more_signers_than_fit_is_refused() -> None:
    mint = Mint()
    here = tapped(mint)
    key = asked(here, 5_000).key
    devices = [mint.device(f"Q{place}") for place in range(SIGNERS_MOST + 1)]
    packed = mint.load(devices[0], 5_000, hops_max=40)
    for place, device in enumerate(devices):
        to = key if place == SIGNERS_MOST else devices[place + 1].key.public_key
        packed, _ = pay(verify_chain(packed, mint.trust()), device, to)
    assert refused(lambda: here.client.put_token(packed)).code is Code.CARD_FULL
