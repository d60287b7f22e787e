"""What a database says about itself reaches people as the word for what happened."""

from pathlib import Path

import pytest
from sqlalchemy import text

from hardware.disks import open_disk, sqlite_url
from tender.errors import Code, StoreError


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT * FROM nowhere", Code.STORE_MISSING),
        ("SELECT missing_column FROM sqlite_schema", Code.STORE_FAILED),
    ],
)
def test_a_driver_error_is_not_told_as_a_missing_store(tmp_path: Path, statement: str, code: Code) -> None:
    disk = open_disk(sqlite_url(tmp_path / "a.db"), "the bank's store")
    with pytest.raises(StoreError) as raised, disk.reading() as connection:
        connection.execute(text(statement))
    assert raised.value.code is code
    disk.close()
