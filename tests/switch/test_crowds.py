"""Crowds at a terminal port over real sockets: whoever does not say who it is takes nobody's place."""

import asyncio
from collections.abc import Awaitable, Callable

from card_switch.config import SwitchConfig
from card_switch.service.wiring import Port, TerminalPort
from card_switch.tcp.running import LOOPBACK, UNREAD_MOST, Loop
from tender.account.participants import CENTERCREDIT
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import CHALLENGE, Link
from tender.card.iso8583.link_events import Heard
from tests.issuer.world import hsm
from tests.patience import PATIENCE_S
from tests.switch.stand_ins import NOON_MS, World, card, purchase

READ_BYTES = 1 << 16
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Visit = Callable[[], Awaitable[Streams]]


def at_port(
    config: SwitchConfig,
    play: Callable[[World, Loop, Visit], Awaitable[None]],
    port_of: Callable[[SwitchConfig], Port] | None = None,
) -> None:
    """Play at the port of CenterCredit's terminals, or at this one."""
    world = World(config=config)

    async def run() -> None:
        loop = Loop(world.board, lambda: world.now_ms)
        number = await loop.listen(world.ports[CENTERCREDIT] if port_of is None else port_of(config))
        turning = asyncio.create_task(loop.run())

        async def visit() -> Streams:
            return await asyncio.open_connection(LOOPBACK, number)

        async with asyncio.timeout(PATIENCE_S):
            await play(world, loop, visit)
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
        loop.close()

    asyncio.run(run())


async def buys(world: World, visit: Visit) -> str:
    """A terminal comes, signs on and asks; the code it hears, or nothing when it is hung up on."""
    reader, writer = await visit()
    link = Link(TPDU_2, VISA_STYLE, False)
    link.opened(world.now_ms)
    writer.write(link.data_to_send())
    asked = False
    while data := await reader.read(READ_BYTES):
        link.receive_data(data, world.now_ms)
        for event in link.events():
            if isinstance(event, Heard):
                return event.message.code
        if link.is_up and not asked:
            asked = link.send(purchase(world, card()))
        writer.write(link.data_to_send())
    return ""


def test_strangers_make_room_and_a_terminal_is_served() -> None:
    async def play(world: World, loop: Loop, visit: Visit) -> None:
        strangers = [await visit() for _ in range(9)]
        assert await buys(world, visit) == "00"
        ended = [await reader.read(READ_BYTES) for reader, _ in strangers[:7]]
        assert ended == [b""] * 7
        assert sum(name.startswith("terminal/") for _, name in world.board.states()) <= 3

    at_port(SwitchConfig(connections_most=3), play)


def test_whoever_does_not_sign_on_is_hung_up_on() -> None:
    async def play(world: World, loop: Loop, visit: Visit) -> None:
        reader, writer = await visit()
        writer.write(b"\x00")
        assert await reader.read(READ_BYTES) == b""

    at_port(SwitchConfig(sign_on_s=0.05), play)


def guarded(config: SwitchConfig) -> Port:
    """CenterCredit's port, where terminals prove who they are."""
    return TerminalPort(CENTERCREDIT, config, NOON_MS, hsm()).port


def test_who_guesses_is_told_once_and_hung_up_on() -> None:
    """However much it has said by then, only two answers were worth their while."""
    wrong = Link(TPDU_2, VISA_STYLE, False, seals=lambda message: message.having({CHALLENGE: "1" * 16}))
    wrong.opened(NOON_MS)
    guess = wrong.data_to_send()

    async def play(world: World, loop: Loop, visit: Visit) -> None:
        reader, writer = await visit()
        writer.write(guess * 1_000)
        told = await reader.read()
        assert 0 < len(told) < 2 * len(guess)

    at_port(SwitchConfig(), play, guarded)


def test_where_nobody_signs_on_who_has_proved_nothing_makes_room() -> None:
    async def play(world: World, loop: Loop, visit: Visit) -> None:
        silent, _ = await visit()
        await visit()
        late, _ = await visit()
        assert await silent.read(READ_BYTES) == b""
        assert not late.at_eof()

    at_port(SwitchConfig(connections_most=2, signs_on=False), play, guarded)


def test_a_full_port_of_terminals_that_signed_on_turns_a_newcomer_away() -> None:
    async def play(world: World, loop: Loop, visit: Visit) -> None:
        held = [await visit() for _ in range(2)]
        reader, _ = await visit()
        assert await reader.read(READ_BYTES) == b""
        assert all(not reader.at_eof() for reader, _ in held)

    at_port(SwitchConfig(connections_most=2, signs_on=False), play)


def test_a_flood_of_whole_frames_starves_nobody() -> None:
    async def play(world: World, loop: Loop, visit: Visit) -> None:
        _, writer = await visit()
        flood = TPDU_2.frame(b"0800 of nothing", bytes.fromhex("6000010002"))
        writer.write(flood * 20_000)
        assert await buys(world, visit) == "00"

    at_port(SwitchConfig(), play)


def test_a_frame_without_end_is_not_waited_for() -> None:
    async def play(world: World, loop: Loop, visit: Visit) -> None:
        reader, writer = await visit()
        writer.write(b"\xff\xff" + bytes(100))
        assert await reader.read(READ_BYTES) == b""

    at_port(SwitchConfig(), play)


class Deaf(asyncio.Transport):
    """A socket whose peer reads nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.waiting += len(data)

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.aborted = True


def test_answers_that_nobody_reads_are_not_kept() -> None:
    world = World(config=SwitchConfig(signs_on=False))
    loop = Loop(world.board, lambda: world.now_ms)
    deaf = Deaf()
    channel = world.board.opened(*world.ports[CENTERCREDIT].opened(), world.now_ms)
    loop.connected(channel, deaf)
    link = Link(TPDU_2, VISA_STYLE, False, signs_on=False)
    link.opened(world.now_ms)
    assert link.send(purchase(world, card()))
    question = link.data_to_send()
    turns = 0
    while not deaf.aborted:
        world.board.arrived(channel, question * 100, world.now_ms)
        loop.turn()
        turns += 1
        assert deaf.waiting < UNREAD_MOST + (1 << 18)
    assert turns > 1
