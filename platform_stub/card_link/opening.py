"""The link of a running platform: its keys in a folder, its door on loopback, and somebody who gives soon
what banks owe to their cards' clients."""

import socket
import threading
from logging import getLogger
from pathlib import Path
from typing import Final

from hardware.entropy import SystemEntropy
from platform_stub.card_link.keys import link_keys
from platform_stub.card_link.server import CardLinkServer
from platform_stub.compose import Platform
from tender.ports import Entropy

LOOPBACK: Final = "127.0.0.1"


class OpenedLink:
    """A server that serves, and the thread that moves what cards left behind."""

    def __init__(self, platform: Platform, server: CardLinkServer) -> None:
        self._platform = platform
        self._server = server
        self._wanted = threading.Event()
        self._ended = False
        for bank in platform.banks.values():
            bank.cards.owing = self._wanted.set
        self._mover = threading.Thread(target=self._move, daemon=True)
        self._mover.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.port

    def stop(self) -> None:
        """Hang up, and leave what is on its way to the next start."""
        self._ended = True
        self._wanted.set()
        self._mover.join()
        self._server.stop()

    def _move(self) -> None:
        """What is owed and due goes at once; the rest is the tick's."""
        while True:
            self._wanted.wait()
            if self._ended:
                return
            self._wanted.clear()
            for bank in self._platform.banks.values():
                try:
                    bank.card_moves.tick()
                except Exception:
                    # Whatever it was, the platform's next tick takes it up again.
                    getLogger(__name__).exception("cards' money stays where it is for now")


def open_card_link(
    platform: Platform, folder: Path, port: int = 0, entropy: Entropy | None = None
) -> OpenedLink:
    """Listen on loopback; ``folder`` holds one key for each bank (``601.key``), made when it is not there."""
    entropy = entropy or SystemEntropy()
    banks = platform.banks
    server = CardLinkServer(
        {number: bank.cards for number, bank in banks.items()},
        {number: bank.card_days.close for number, bank in banks.items()},
        link_keys(folder, banks, entropy),
        entropy,
    )
    server.start(socket.create_server((LOOPBACK, port)))
    return OpenedLink(platform, server)
