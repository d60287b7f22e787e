"""One field at a time, of every kind there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.readers.rigs import InProcessRig, PcscRig, Rig, SocketRig


@pytest.fixture(params=["in-process", "socket", "pcsc"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """The same field, each way."""
    made: Rig
    if request.param == "in-process":
        made = InProcessRig()
    elif request.param == "socket":
        made = SocketRig(tmp_path)
    else:
        made = PcscRig(request.getfixturevalue("pcscd").readers[0])
    yield made
    made.close()
