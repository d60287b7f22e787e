"""Virtual readers behind a real PC/SC daemon, apart from the computer's, for the tests that want them.

Where they cannot be, the test is skipped and says why in one line; with ``REQUIRE_PCSC=1`` (set by
``.ci/run``) it fails instead.
"""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from hardware.pcsc import SERVICE_VARIABLE
from hardware.pcscd import Pcscd, missing, own_folder

COUNT = 4


@pytest.fixture(scope="session")
def pcscd() -> Iterator[Pcscd]:
    """A running daemon with four readers; one for each process of tests."""
    why = [*missing(), *([] if find_spec("smartcard") else ["pyscard is not installed"])]
    if why:
        said = f"no PC/SC here (make pcsc): {', '.join(why)}"
        if os.environ.get("REQUIRE_PCSC") == "1":
            pytest.fail(said)
        pytest.skip(said)
    folder = own_folder()
    daemon = Pcscd(folder, count=COUNT, label="Sim Reader")
    daemon.start()
    # The library reads it once in a process: it stays as it is when the tests are over.
    os.environ[SERVICE_VARIABLE] = str(daemon.socket)
    yield daemon
    daemon.stop()
    shutil.rmtree(folder, ignore_errors=True)
