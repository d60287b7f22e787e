"""Links that end outside, over real sockets: somebody comes to a port of ours, we go to one of theirs."""

import asyncio

from card_switch.config import CONNECT, LISTEN, Outside, SwitchConfig
from card_switch.service.wiring import joints, link_of, outside_port
from card_switch.tcp.running import LOOPBACK, Loop
from tender.card.iso8583.link import Link, LinkTimers
from tender.card.iso8583.link_events import LinkState
from tests.patience import PATIENCE_S
from tests.switch.stand_ins import World

GOES = ("acquirer-856", "visa")
COMES = ("visa", "issuer/601")
READ_BYTES = 1 << 16


async def answering(
    link: Link, now_ms: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """The other end of a line that only talks about itself."""
    link.opened(now_ms)
    writer.write(link.data_to_send())
    while data := await reader.read(READ_BYTES):
        link.receive_data(data, now_ms)
        writer.write(link.data_to_send())
    writer.close()


def test_both_ways_out_sign_on_and_one_that_hangs_up_is_gone_to_again() -> None:
    world = World(config=SwitchConfig(outside={GOES: Outside(CONNECT, 1), COMES: Outside(LISTEN, 0)}))
    ends = {place: joint for joint in joints(world.config) for place in (joint.asking, joint.answering)}
    visits = 0

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal visits
        visits += 1
        if visits == 1:
            writer.close()
            return
        await answering(link_of(ends[GOES], False, LinkTimers()), world.now_ms, reader, writer)

    async def play() -> None:
        loop = Loop(world.board, lambda: world.now_ms)
        server = await asyncio.start_server(visited, LOOPBACK, 0)
        number = server.sockets[0].getsockname()[1]
        tasks = [
            asyncio.create_task(loop.run()),
            asyncio.create_task(loop.stay_connected(outside_port(world.config, GOES), LOOPBACK, number)),
        ]
        port = await loop.listen(outside_port(world.config, COMES))
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        issuer = link_of(ends[COMES], True, LinkTimers())
        tasks.append(asyncio.create_task(answering(issuer, world.now_ms, reader, writer)))
        async with asyncio.timeout(PATIENCE_S):
            while [world.board.states().get(place) for place in (GOES, COMES)] != [LinkState.UP] * 2:
                await asyncio.sleep(0.01)
        assert visits == 2
        writer.close()
        async with asyncio.timeout(PATIENCE_S):
            while COMES in world.board.states():
                await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        loop.close()
        server.close()

    asyncio.run(play())
