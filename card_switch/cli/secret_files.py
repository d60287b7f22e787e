"""Files with something secret in them, for their owner alone: a card's printed number, a terminal's keys."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tender.errors import Code, StoreError

OWNER_ONLY = 0o600


def need_folder(file: Path, field: str) -> None:
    """Nothing is made for a file that could not be written: raises ``folder-missing``."""
    folder = file.absolute().parent
    if not folder.is_dir():
        raise StoreError(Code.FOLDER_MISSING, field, folder=str(folder))


def need_free(file: Path, field: str) -> None:
    """As :func:`need_folder`, and ``file-exists`` for a name that is taken."""
    if file.exists():
        raise StoreError(Code.FILE_EXISTS, field, file=str(file))
    need_folder(file, field)


def keep(told: Mapping[str, Any], file: Path, field: str, *, over: bool = False) -> None:
    """Write it; ``over``: also in the place of an earlier one, which nobody else reads from then on. Raises
    ``file-exists``, ``file-unwritable``."""
    try:
        file.touch(mode=OWNER_ONLY, exist_ok=over)
        if file.is_file():
            file.chmod(OWNER_ONLY)
        file.write_text(json.dumps(told, indent=2) + "\n")
    except FileExistsError as error:
        raise StoreError(Code.FILE_EXISTS, field, file=str(file)) from error
    except OSError as error:
        raise StoreError(Code.FILE_UNWRITABLE, field, file=str(file)) from error
