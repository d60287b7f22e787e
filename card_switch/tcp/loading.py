"""A generator of load: many terminals' connections, each with one question under way, and what answers took.

Every connection says its messages in the order given, the next as soon as one is answered: a card's
cryptograms have to arrive in the order of its counter. It ends when all is said, or when its time is over:
then what is under way is still waited for, so that nothing is left that nobody knows the end of.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Link
from tender.card.iso8583.link_events import Heard
from tender.card.iso8583.message import Message
from tender.errors import Code, LinkError

LOOPBACK: Final = "127.0.0.1"
PATIENCE_S: Final = 60.0
READ_BYTES: Final = 1 << 16


@dataclass
class Loaded:
    """What came of it: milliseconds of each answer in the order they came, and their codes (DE 39)."""

    taken_ms: list[float] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    stopped: bool = False
    """Set by whoever watches, to have nothing more asked."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.taken_ms) / self.seconds if self.seconds else 0.0

    def within_ms(self, percent: int) -> float:
        """So many percent of the answers took no longer."""
        ordered = sorted(self.taken_ms)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


@dataclass(slots=True)
class Lane:
    """What one terminal asks, and how it says who it is (:class:`~tender.card.iso8583.link.Link`); ``codes``:
    what it was answered so far (DE 39); ``last``: the last answer; ``asked``: how many it has asked."""

    messages: Sequence[Message]
    seals: Callable[[Message], Message] | None = None
    codes: Counter[str] = field(default_factory=Counter)
    last: Message | None = None
    asked: int = 0

    @property
    def in_doubt(self) -> bool:
        """Whether something was asked that nobody answered."""
        return self.asked > self.codes.total()


def load(
    port: int,
    lanes: Sequence["Lane"],
    now_ms: int,
    into: Loaded | None = None,
    *,
    seconds: float | None = None,
) -> Loaded:
    """Ask everything, a connection for each lane; ``now_ms``: the time when it begins; ``into``: where it is
    counted as it comes, for whoever watches; ``seconds``: after which nothing more is asked (each asks once).

    Raises :class:`~tender.errors.LinkError` when the switch hangs up or is silent: once every other
    connection has the answer to what was under way on it."""
    loaded = into or Loaded()
    asyncio.run(_all(port, lanes, now_ms, loaded, seconds))
    return loaded


async def _all(
    port: int, lanes: Sequence["Lane"], now_ms: int, loaded: Loaded, seconds: float | None
) -> None:
    ready = asyncio.Barrier(len(lanes) + 1)
    tasks = [asyncio.create_task(_lane(port, lane, now_ms, ready, loaded, seconds)) for lane in lanes]
    together = asyncio.gather(*tasks, return_exceptions=True)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await ready.wait()
        began_s = time.monotonic()
        for ended in await together:
            if ended is not None:
                raise ended
    except (TimeoutError, OSError) as error:
        raise LinkError(Code.SWITCH_UNREACHABLE, "switch") from error
    loaded.seconds = time.monotonic() - began_s


async def _lane(
    port: int,
    lane: "Lane",
    now_ms: int,
    ready: asyncio.Barrier,
    loaded: Loaded,
    seconds: float | None,
) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    link = Link(TPDU_2, VISA_STYLE, False, seals=lane.seals)
    link.opened(now_ms)

    async def until_answered() -> Message | None:
        async with asyncio.timeout(PATIENCE_S):
            writer.write(link.data_to_send())
            data = await reader.read(READ_BYTES)
        if not data:
            raise ConnectionError("the switch has hung up")
        link.receive_data(data, now_ms)
        heard = [one.message for one in link.events() if isinstance(one, Heard)]
        return heard[0] if heard else None

    while not link.is_up:
        await until_answered()
    await ready.wait()
    until_s = math.inf if seconds is None else time.monotonic() + seconds
    for message in lane.messages:
        began_s = time.monotonic()
        if loaded.stopped or (lane.asked and began_s >= until_s):
            break
        link.send(message)
        lane.asked += 1
        answer = None
        try:
            while answer is None:
                answer = await until_answered()
        except (TimeoutError, OSError):
            loaded.stopped = True  # the others ask nothing more of a switch that is going
            raise
        loaded.taken_ms.append((time.monotonic() - began_s) * 1e3)
        loaded.codes[answer.code] += 1
        lane.codes[answer.code] += 1
        lane.last = answer
    writer.close()
