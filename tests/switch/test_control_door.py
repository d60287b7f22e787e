"""The switch's own door keeps those waiting who show no token, and only so many of them."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from card_switch.config import SwitchConfig
from card_switch.service.desk import SwitchDesk
from card_switch.tcp import control
from card_switch.tcp.control import STRANGERS_MOST, Control
from card_switch.tcp.running import LOOPBACK, Loop
from tests.patience import PATIENCE_S
from tests.switch.stand_ins import World

TOKEN = "ab" * 16
Visit = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
HOSTILE = {
    "nested": b"[" * 200_000 + b"\n",
    "no object": b"7\n",
    "no token": b'{"do": "status"}\n',
    "another token": json.dumps({"do": "status", "token": "cd" * 16}).encode() + b"\n",
    "no JSON": b"\xff\xfe\n",
}


def at_door(play: Callable[[Visit], Awaitable[None]]) -> list[object]:
    """Play at the door; what went wrong in the loop without anybody to hear it."""
    world = World(config=SwitchConfig())
    wrong: list[object] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: wrong.append(context))
        loop = Loop(world.board, lambda: world.now_ms)
        number = await Control(loop, SwitchDesk({"status": lambda *asked: {"good": True}}), TOKEN).listen()
        turning = asyncio.create_task(loop.run())

        async def visit() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            return await asyncio.open_connection(LOOPBACK, number)

        async with asyncio.timeout(PATIENCE_S):
            await play(visit)
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
        loop.close()

    asyncio.run(run())
    return wrong


async def served(visit: Visit) -> bool:
    """Whether the owner of the token is answered, twice over one connection."""
    reader, writer = await visit()
    for _ in range(2):
        writer.write(json.dumps({"do": "status", "token": TOKEN}).encode() + b"\n")
        if await reader.readline() != b'{"good": true}\n':
            return False
    return True


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE)
def test_who_shows_no_token_is_hung_up_on(said: bytes) -> None:
    async def play(visit: Visit) -> None:
        reader, writer = await visit()
        writer.write(said)
        assert await reader.read() == b""
        assert await served(visit)

    assert not at_door(play)


def test_a_crowd_of_the_silent_does_not_grow() -> None:
    async def play(visit: Visit) -> None:
        crowd = [await visit() for _ in range(STRANGERS_MOST + 3)]
        # Who has waited longest without a word goes; who has the token is served beside them all.
        assert [await reader.read() for reader, _ in crowd[:3]] == [b""] * 3
        assert await served(visit)
        assert not crowd[-1][0].at_eof()

    assert not at_door(play)


def test_the_silent_are_hung_up_on_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "STRANGER_S", 0.05)

    async def play(visit: Visit) -> None:
        reader, writer = await visit()
        writer.write(b'{"do": ')
        assert await reader.read() == b""
        monkeypatch.setattr(control, "STRANGER_S", PATIENCE_S)  # a busy machine takes longer to bring a token
        assert await served(visit)

    assert not at_door(play)
