"""Real parts of the machine that some tests play on: a browser, a terminal multiplexer.

Where one is missing the test is skipped and says which; with ``REQUIRE_PARTS=1`` (set by ``.ci/run``) it
fails instead, so that nothing goes unseen where all should be there.
"""

import os
import shutil

import pytest


def part(program: str, package: str) -> str:
    """Where this program of the machine is; skips (or fails) when Debian's ``package`` is not installed."""
    found = shutil.which(program)
    if found is None:
        missing = f"{program} is not installed: apt install {package}"
        if os.environ.get("REQUIRE_PARTS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return found
