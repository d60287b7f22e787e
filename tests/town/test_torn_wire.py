"""The wire that tears: what got through before the tear got through, and nothing after it."""

import threading
from pathlib import Path
from typing import Any

import pytest

from hardware.wires import connect_unix, listen_unix
from tender.errors import LinkError
from town.torn_wire import TornWire

SAID = [b"request", b"offer", b"ready", b"transfer", b"receipt"]


@pytest.mark.parametrize("tear_before", [1, 2, 3, 4, 5, 6])
def test_a_tear_stands_exactly_where_it_was_put(tmp_path: Path, tear_before: int) -> None:
    heard: dict[str, list[bytes]] = {"payer": [], "payee": []}
    torn: list[int] = []

    def speak(who: str, turn: int, line: Any) -> None:
        try:
            for place, message in enumerate(SAID):
                if place % 2 == turn:
                    line.send(message)
                else:
                    heard[who].append(line.receive())
        except LinkError:
            pass
        finally:
            line.close()

    with listen_unix(tmp_path / "payee") as listener:
        wire = TornWire(tmp_path / "payer", tmp_path / "payee", tear_before, lambda: torn.append(1)).start()
        payer = connect_unix(tmp_path / "payer")
        payee = listener.accept(10)
        threads = [
            threading.Thread(target=speak, args=("payee", 0, payee)),
            threading.Thread(target=speak, args=("payer", 1, payer)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        wire.join()
    through = SAID[: tear_before - 1]
    assert heard["payer"] == through[0::2]
    assert heard["payee"] == through[1::2]
    assert wire.torn == bool(torn) == (tear_before <= len(SAID))
    assert wire.passed == [len(message) for message in through]
