"""Where a till's folders are: the device's own configuration, under ``tills`` instead of ``wallets``."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from device.config import Config, read_config

NAME_DEFAULT: Final = "till"


@dataclass(frozen=True, slots=True)
class TillConfig:
    """One till on one machine: ``device`` holds the money, ``sales`` is the sealed file of what was sold."""

    device: Config

    @property
    def name(self) -> str:
        """The till's name."""
        return self.device.name

    @property
    def sales(self) -> Path:
        """The till's own sealed file."""
        return self.device.folder / "till.db"


def read_till_config(name: str | None, environment: Mapping[str, str] | None = None) -> TillConfig:
    """The till of this name (or ``TENGE_TILL``, or ``till``); all else as for a wallet
    (``device.config``)."""
    given = os.environ if environment is None else environment
    called = name or given.get("TENGE_TILL") or NAME_DEFAULT
    return TillConfig(as_till(read_config(called, given)))


def as_till(device: Config) -> Config:
    """The same device under ``tills``: a till and a wallet may have one name and never one folder."""
    return replace(
        device,
        folder=device.folder.parent.parent / "tills" / device.name,
        element=device.element.parent / "tills" / device.name,
    )
