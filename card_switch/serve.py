"""The switch process: opens its rows and keys, its ports, the lines to the banks, and says where it is.

Started by `tenge switch up` as ``python -m card_switch.serve FOLDER``; it ends with a signal. After kill -9
the next start resumes from the rows.
"""

import argparse
import asyncio
import os
import signal
import sys
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from card_switch.compose import Switch, bank_lines, build_switch
from card_switch.config import CONNECT, Outside, SwitchConfig
from card_switch.core.issuer.settings import Fallback
from card_switch.core.timing import Timing
from card_switch.service.wiring import TerminalPort, outside_port
from card_switch.state_file import OPEN_IN_FOLDER, PORTS_FILE, STATE_FILE, ports_before, write_state
from card_switch.tcp.control import Control
from card_switch.tcp.running import Loop
from hardware.clock import SystemClock
from hardware.entropy import SystemEntropy
from hardware.folder_claim import FOLDER as CLAIMED_FOLDER
from hardware.folder_claim import claimed
from tender.account.capabilities import Profile
from tender.account.participants import number_text
from tender.errors import Code, RemoteProtocolError, StoreError

TOKEN_BYTES = 16
PARENT_S = 1.0


class AheadClock:
    """This computer's clock, some days ahead."""

    def __init__(self, days: int) -> None:
        self._clock = SystemClock()
        self._shift_ms = days * 86_400_000

    def now_ms(self) -> int:
        """Milliseconds since 1970 (UTC), shifted."""
        return self._clock.now_ms() + self._shift_ms


def read_outside(words: list[str]) -> dict[tuple[str, str], Outside]:
    """``acquirer-601:visa=connect:9001`` or ``visa:issuer/601=listen:0`` → where the link ends."""
    found = {}
    for word in words:
        place, _, end = word.partition("=")
        host, _, name = place.partition(":")
        way, _, port = end.partition(":")
        found[host, name] = Outside(way, int(port or 0))
    return found


async def _tied(parent: int) -> None:
    """End with whoever started this."""
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_S)


async def serve(
    switch: Switch, config: SwitchConfig, clock: AheadClock, folder: Path, town: Path | None, tied: bool
) -> None:
    """Serve until a signal, or until rows cannot be written."""
    entropy = SystemEntropy()
    loop = Loop(switch.board, clock.now_ms)
    tasks = []
    if town is not None:
        switch.lines.update(bank_lines(town, config.acquirers, entropy, loop.bank_replied))
        loop.lines = switch.lines
        tasks += [asyncio.create_task(line.run()) for line in switch.lines.values()]
    ports, before = {}, ports_before(folder)
    for bank in config.acquirers:
        port = TerminalPort(bank, config, clock.now_ms(), switch.hsm).port
        if not port.number and bank in before:
            # Tills know where they went: the same port again, unless another program has taken it.
            with suppress(OSError):
                ports[number_text(bank)] = await loop.listen(replace(port, number=before[bank]))
        if number_text(bank) not in ports:
            ports[number_text(bank)] = await loop.listen(port)
    write_state(folder, ports, PORTS_FILE)
    outside = {}
    for place, end in config.outside.items():
        port = outside_port(config, place)
        if end.way == CONNECT:
            tasks.append(asyncio.create_task(loop.stay_connected(port, end.host, end.port)))
        else:
            outside["/".join(place)] = await loop.listen(port)
    token = entropy.draw(TOKEN_BYTES).hex()
    door = await Control(loop, switch.desk, token).listen()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    # Whoever reads where it is may end it at once.
    write_state(
        folder,
        {"pid": os.getpid(), "door": door, "token": token, "terminals": ports, "outside": outside},
    )
    ends = [asyncio.create_task(stopped.wait()), asyncio.create_task(loop.run())]
    if tied:
        ends.append(asyncio.create_task(_tied(os.getppid())))
    done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for task in [*tasks, *ends]:
        task.cancel()
    loop.close()
    for task in done:
        with suppress(asyncio.CancelledError):
            task.result()


def main(arguments: list[str] | None = None) -> None:
    """Open, say where, serve."""
    parser = argparse.ArgumentParser(prog="python -m card_switch.serve", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--town", type=Path, default=None, help="the folder of the town whose banks answer")
    parser.add_argument("--days-ahead", type=int, default=0)
    parser.add_argument("--profile", choices=[one.value for one in Profile], default=Profile.FULL.value)
    parser.add_argument("--confirm-s", type=int, default=Timing().confirm_s)
    parser.add_argument("--remember-days", type=int, default=SwitchConfig().remember_days)
    parser.add_argument("--port", action="append", default=[], help="BANK=PORT for its terminals")
    parser.add_argument(
        "--outside", action="append", default=[], help="HOST:LINK=listen:PORT, or connect:PORT"
    )
    parser.add_argument("--no-sign-on", action="store_true", help="terminals need not sign on")
    parser.add_argument("--database", default="", help="where its rows lie: a URL, else a file in the folder")
    parser.add_argument("--no-fallback", action="store_true", help="no stripe in the place of a chip")
    parser.add_argument("--tied", action="store_true", help="end when whoever started this has ended")
    given = parser.parse_args(arguments)
    ports = dict(word.partition("=")[::2] for word in given.port)
    config = SwitchConfig(
        timing=Timing(confirm_s=given.confirm_s),
        profile=Profile(given.profile),
        terminal_ports={int(bank): int(port) for bank, port in ports.items()},
        outside=read_outside(given.outside),
        signs_on=not given.no_sign_on,
        remember_days=given.remember_days,
        fallback=Fallback(allowed=not given.no_fallback),
    )
    clock = AheadClock(given.days_ahead)
    state = given.folder / STATE_FILE
    with ExitStack() as held:
        try:
            held.enter_context(claimed(given.folder))
            # Ours from here on: a state file that lies here is of one that was killed.
            state.unlink(missing_ok=True)
            switch = build_switch(given.folder, config, clock, SystemEntropy(), given.database)
        except (RemoteProtocolError, StoreError) as error:
            _end_unopened(error)
        # The last thing before the folder is let go: whoever sees it gone may start the next one.
        held.callback(state.unlink, missing_ok=True)
        held.callback(switch.close)
        asyncio.run(serve(switch, config, clock, given.folder, given.town, given.tied))


def _end_unopened(error: RemoteProtocolError | StoreError) -> NoReturn:
    """Say why, and end."""
    if error.code is not Code.STORE_BUSY:
        sys.exit(f"The rows of this switch cannot be read ({error}): another version wrote them, or not it.")
    sys.stderr.write(f"Another switch has these rows open ({error}): one at a time may write them.\n")
    sys.exit(OPEN_IN_FOLDER if error.field == CLAIMED_FOLDER else 1)


if __name__ == "__main__":
    main()
