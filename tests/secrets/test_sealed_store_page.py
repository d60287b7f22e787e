"""A wallet's and an element's file opened from docs/protocol/sealed-store.md alone: SQLite, BLAKE2b, Argon2id
and XChaCha20-Poly1305, and a reader of CBOR written here. Nothing of the project is used to read.

And DT-Z-05: files edited by hand, byte by byte and row by row.
"""

import sqlite3
from hashlib import blake2b, sha256
from pathlib import Path
from random import Random
from typing import Any

import nacl.bindings as sodium
import pytest

from tender.errors import Code, DeviceError, StoreError, TenderError
from tests.wallet.test_bad_days import raised
from tests.wallet.village import Village, hand_over
from town.cast import AIGUL, DANA

PIN = b"4071"


def cbor(data: bytes, at: int = 0) -> tuple[Any, int]:
    """Arrays, strings, integers, booleans and null: all the page uses."""
    major, short = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        return {20: False, 21: True, 22: None}[short], at
    if short >= 24:
        size = 1 << short - 24
        short, at = int.from_bytes(data[at : at + size], "big"), at + size
    if major == 4:
        items = []
        for _ in range(short):
            item, at = cbor(data, at)
            items.append(item)
        return items, at
    if major in (2, 3):
        text = data[at : at + short]
        return (text if major == 2 else text.decode()), at + short
    return (short if major == 0 else -1 - short), at


def array(*items: str | bytes | int) -> bytes:
    """A CBOR array of short strings and numbers below 24."""
    parts = [bytes((0x80 | len(items),))]
    for item in items:
        if isinstance(item, int):
            parts.append(bytes((item,)))
        else:
            raw = item.encode() if isinstance(item, str) else item
            parts.append(bytes(((0x60 if isinstance(item, str) else 0x40) | len(raw),)) + raw)
    return b"".join(parts)


def opened(sealed: bytes, place: bytes, key: bytes) -> bytes:
    """Section 2, "Sealing"."""
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], place, sealed[:24], key)


def derived(label: str, key: bytes, size: int = 32) -> bytes:
    return blake2b(label.encode(), key=key, digest_size=size).digest()


class File:
    """One of the two files, read as sections 3 and 4 say."""

    def __init__(self, path: Path) -> None:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.application = connection.execute("PRAGMA application_id").fetchone()[0]
        self.plain = dict(connection.execute("SELECT name, value FROM plain"))
        self.sealed = connection.execute("SELECT kind, place, version, body FROM sealed").fetchall()
        connection.close()

    def rows(self, key: bytes) -> dict[tuple[str, bytes], Any]:
        """Every row's content by kind and name; the head must agree."""
        digests = derived("digests", key)
        found, total = {}, 0
        for kind, place, version, body in self.sealed:
            where = array(kind, place, version)
            (name, content), _ = cbor(opened(body, where, key))
            assert place == blake2b(kind.encode() + b"\0" + name, key=digests, digest_size=16).digest()
            total += int.from_bytes(blake2b(where + body, key=digests, digest_size=32).digest(), "big")
            found[kind, name] = cbor(content)[0]
        head, _ = cbor(opened(self.plain["head"], b"head", key))
        assert head[:3] == [1, len(self.sealed), (total % 2**256).to_bytes(32, "big")]
        self.mark = head[3]
        return found


def master_key(element: File) -> bytes:
    """Section 2."""
    (passes, memory), _ = cbor(element.plain["cost"])
    key = sodium.crypto_pwhash_alg(
        32, PIN, element.plain["salt"], passes, memory, sodium.crypto_pwhash_ALG_ARGON2ID13
    )
    return opened(element.plain["key"], b"dt-element-key", key)


@pytest.mark.row("DT-Z-07")
def test_both_files_open_by_the_page_and_by_the_pin_alone(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    hand_over(aigul, dana, 50_000)
    expected = {coin.output: coin.amount_tiyn for coin in aigul.desk.spendable()}
    identity = aigul.desk.element.identity
    aigul.close()
    element = File(village.config("aigul").element / "element.db")
    wallet = File(village.config("aigul").store)
    assert (element.application, wallet.application) == (0x64744531, 0x64745731)
    assert wallet.plain["element"] == element.plain["number"]
    assert set(wallet.plain) == {"element", "head"}
    assert set(element.plain) == {"salt", "cost", "key", "tries", "number", "head"}
    master = master_key(element)
    kept = element.rows(derived("element rows", master))
    keys = {name: row for (kind, name), row in kept.items() if kind == "key"}
    assert [name for name, row in keys.items() if row[1] == "identity"] == [identity]
    for public, (seed, _, _) in keys.items():
        assert sodium.crypto_sign_seed_keypair(seed)[0] == public
    rows = wallet.rows(derived("wallet store", master))
    coins = {row[0]: row[3] for (kind, _), row in rows.items() if kind == "coin" and row[7] == "spendable"}
    assert coins == expected
    assert sum(coins.values()) == 150_000
    assert wallet.mark == kept["state", b"state"][0]
    spent = [row for (kind, _), row in kept.items() if kind == "spent"]
    assert len(spent) == 1
    assert len(spent[0][1]) == len(sha256().digest())


def test_without_the_element_the_wallets_file_does_not_open(village: Village) -> None:
    village.wallet(AIGUL, 50_000).close()
    wallet = File(village.config("aigul").store)
    for guess in (PIN.ljust(32, b"\0"), sha256(PIN).digest(), bytes(32)):
        with pytest.raises(Exception, match="Decryption failed"):
            wallet.rows(guess)


# --- edited by hand


def edited(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute(statement).rowcount > 0, statement
    connection.close()


@pytest.mark.row("DT-Z-05")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sealed SET body = substr(body, 1, 40) || x'00' || substr(body, 42) WHERE kind = 'coin'",
        "UPDATE sealed SET body = 'a text' WHERE kind = 'coin'",
        "UPDATE sealed SET kind = CAST(x'ff' AS TEXT) WHERE kind = 'coin'",
        "UPDATE sealed SET version = 1.5 WHERE kind = 'coin'",
        "UPDATE plain SET value = 'a text' WHERE name = 'head'",
        "UPDATE sealed SET body = (SELECT max(body) FROM sealed WHERE kind = 'coin') WHERE kind = 'coin'",
        "DELETE FROM sealed WHERE kind = 'payment'",
        "UPDATE sealed SET kind = 'upload' WHERE kind = 'coin'",
        "UPDATE sealed SET version = 9 WHERE kind = 'settings'",
        "INSERT INTO sealed SELECT kind, zeroblob(16), version, body FROM sealed WHERE kind = 'coin' LIMIT 1",
        "UPDATE plain SET value = zeroblob(80) WHERE name = 'head'",
        "UPDATE plain SET value = zeroblob(16) WHERE name = 'element'",
    ],
)
def test_a_wallet_file_edited_by_hand_pays_nothing(village: Village, statement: str) -> None:
    village.wallet(AIGUL, 50_000).close()
    edited(village.config("aigul").store, statement)
    expected = Code.ELEMENT_MISSING if "'element'" in statement else Code.STORE_TAMPERED
    assert raised(lambda: village.reopen(None, "aigul")) is expected


@pytest.mark.row("DT-Z-05")
@pytest.mark.parametrize("name", ["salt", "cost", "key", "tries", "number", "head"])
@pytest.mark.parametrize("value", ["x''", "x'80'", "x'ff'", "zeroblob(16)", "zeroblob(72)"])
def test_an_elements_file_edited_by_hand_signs_nothing(village: Village, name: str, value: str) -> None:
    village.blank("aigul").close()
    path = village.config("aigul").element / "element.db"
    edited(path, f"UPDATE plain SET value = {value} WHERE name = '{name}'")
    with pytest.raises((StoreError, DeviceError)) as caught:
        village.reopen(None, "aigul")
    assert caught.value.code in (Code.STORE_TAMPERED, Code.PIN_WRONG, Code.ELEMENT_MISSING), caught.value


@pytest.mark.row("DT-Z-05")
@pytest.mark.parametrize("which", ["wallet", "element"])
def test_a_byte_turned_anywhere_in_a_file_changes_no_balance(village: Village, which: str) -> None:
    """Each place either belongs to nothing (an empty page's rest) or is noticed; nothing in between."""
    village.wallet(AIGUL, 50_000).close()
    config = village.config("aigul")
    path = config.store if which == "wallet" else config.element / "element.db"
    good, chance, noticed = path.read_bytes(), Random(7), 0
    for _ in range(60):
        place = chance.randrange(len(good))
        path.write_bytes(good[:place] + bytes((good[place] ^ 1 << chance.randrange(8),)) + good[place + 1 :])
        for beside in path.parent.glob(f"{path.name}-*"):
            beside.unlink()
        try:
            wallet = village.reopen(None, "aigul")
        except TenderError as error:
            assert isinstance(error, StoreError | DeviceError), (place, error)
            noticed += 1
        else:
            assert wallet.view.balance().spendable_tiyn == 50_000, place
            wallet.close()
    assert noticed > 10
