"""What holds for every test: nothing leaves this machine, and a failure replays."""

import gc
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from faces import language
from hardware import pcsc
from tests.virtual_readers import pcscd

# The one place that names it: a fixture imported in two is two, with two daemons, and this process would see
# the cards of the first alone.
__all__ = ["english", "only_asked_readers", "only_loopback", "pcscd"]

# No deadline: a slow machine is not a wrong program. In CI the examples are the same on every run, so that
# a red run is about the change; on a desk they differ, so that the search goes on.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

LOOPBACK = ("127.", "::1", "localhost")

# Whatever the desk speaks, the tests read English, in the processes they start too.
os.environ["TENGE_LANG"] = "en"


def pytest_collection_finish() -> None:
    """Half a million objects of what was collected stay to the end: looking through them each time rubbish is
    looked for is of no use."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A test that chose another language has chosen it for itself."""
    language.use("en")
    yield
    language.use("en")


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would reach another machine fails instead."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}; tests speak to loopback only")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def only_asked_readers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that talks to PC/SC has asked for ``pcscd``, or fails: the library remembers for a whole process
    which daemon it met first, and the desk's own would be met by every test after this one."""
    talk = pcsc._scard

    def guarded() -> Any:
        if "pcscd" not in request.fixturenames:
            raise AssertionError("a test talks to card readers without the fixture `pcscd`")
        return talk()

    monkeypatch.setattr(pcsc, "_scard", guarded)
