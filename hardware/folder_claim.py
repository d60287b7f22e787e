"""One process for one folder: a lock on a file in it, held for as long as the process lives.

The system gives the lock back when its holder ends, however it ends; the file stays and says nothing.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tender.errors import Code, StoreError

CLAIM_FILE: Final = "claim.lock"
FOLDER: Final = "folder"
"""The field of what goes wrong here."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """This folder, made if it is not there, is ours until the end of the block. Raises
    :class:`~tender.errors.StoreError`: ``store-busy`` while somebody else has it, ``store-read-only`` where
    nothing can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / CLAIM_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(Code.STORE_READ_ONLY, FOLDER, file=folder.name) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(Code.STORE_BUSY, FOLDER, file=folder.name) from error
        yield
    finally:
        os.close(descriptor)
