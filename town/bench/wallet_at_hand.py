"""A wallet to start cold: made by the ordinary commands, with a PIN that is cheap to check.

The cost of the key derivation is meant to be felt by whoever guesses PINs; it is a setting, not a speed, so
it is left out of what is measured.
"""

import os
import subprocess
from pathlib import Path

from town.processes import tenge_words

TIMEOUT_S = 60


def wallet_environment(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Make a wallet in this folder; returns the environment and the command that shows its balance."""
    environment = {
        **os.environ,
        "TENGE_HOME": str(folder),
        "TENGE_ELEMENTS": str(folder / "elements"),
        "TENGE_PIN": "202611",
        "TENGE_PIN_COST": "cheap",
    }
    create = tenge_words("wallet", "create", "--wallet", "bench")
    subprocess.run(create, env=environment, check=True, capture_output=True, timeout=TIMEOUT_S)
    return environment, tenge_words("wallet", "balance", "--wallet", "bench")
