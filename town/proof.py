"""``tenge verify-proof FILE``: an independent judge who has nothing but the root key.

No store, no network, no wallet: the proof carries every certificate it needs, and either it convinces by
itself or it proves nothing.
"""

import json
from pathlib import Path
from typing import Any

from faces.amounts import amount_text
from faces.theme import console
from faces.words import as_json as refusal_json
from faces.words import sentence
from tender.account.participants import BANKS
from tender.cash.armour import from_any
from tender.cash.fork_proof import Verdict
from tender.cash.fork_proof import check_proof as check_body
from tender.cash.messages import Kind, unwrap
from tender.cash.token import Claim, Link
from tender.crypto.keys import PUBLIC_KEY_BYTES
from tender.errors import Code, RemoteProtocolError, StoreError, TenderError

FILE_MAX_BYTES = 1 << 20


def check_proof(data: bytes, root_key: bytes) -> Verdict:
    """Check a proof in any form it travels in: bare, in a message's container, or as pasteable text.

    Raises :class:`RemoteProtocolError`, ``proof-empty`` above all.
    """
    message = from_any(data, "proof")
    # A bare proof is an array of six, a container one of two: the first byte tells them apart.
    if message[:1] == b"\x82":
        kind, message = unwrap(message, "proof")
        if kind is not Kind.FORK_PROOF:
            raise RemoteProtocolError(Code.MESSAGE_UNKNOWN, "proof.kind")
    return check_body(message, root_key)


def read_root_key(given: str) -> bytes:
    """The root key from 64 hexadecimal digits, or from a file with them (or with the 32 bytes).

    Raises :class:`StoreError` ``file-unreadable`` or :class:`RemoteProtocolError` ``key-unsafe``.
    """
    text = given.strip()
    data = _read(Path(text)) if len(text) != 2 * PUBLIC_KEY_BYTES else text.encode()
    if len(data) == PUBLIC_KEY_BYTES:
        return data
    try:
        key = bytes.fromhex(data.decode().strip())
    except (UnicodeDecodeError, ValueError) as error:
        raise RemoteProtocolError(Code.KEY_UNSAFE, "root") from error
    if len(key) != PUBLIC_KEY_BYTES:
        raise RemoteProtocolError(Code.KEY_UNSAFE, "root")
    return key


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(FILE_MAX_BYTES + 1)
    except OSError as error:
        raise StoreError(Code.FILE_UNREADABLE, "file", file=file.name) from error


def _spend_as_dict(spend: Link | Claim) -> dict[str, Any]:
    if isinstance(spend, Claim):
        return {"form": "claim", "bank": spend.bank, "to": spend.address.hex()}
    return {
        "form": "link",
        "to": spend.next_key.hex(),
        "amount_tiyn": spend.amount_tiyn,
        "change_tiyn": spend.change_tiyn,
    }


def verdict_as_dict(verdict: Verdict) -> dict[str, Any]:
    """The verdict for programs."""
    return {
        "valid": True,
        "key": verdict.key.hex(),
        "bank": verdict.bank.number,
        "bank_name": verdict.bank.name,
        "serial": verdict.certificate.serial,
        "output": verdict.parent.hex(),
        "spends": [_spend_as_dict(spend) for spend in verdict.spends],
    }


def _spend_as_words(spend: Link | Claim) -> str:
    if isinstance(spend, Claim):
        return f"a claim for an account at {BANKS.get(spend.bank, str(spend.bank))}"
    rest = f", {amount_text(spend.change_tiyn)} kept" if spend.change_tiyn else ""
    return f"{amount_text(spend.amount_tiyn)} to key {spend.next_key.hex()[:16]}…{rest}"


def verify_file(file: Path, root: str, *, as_json: bool) -> int:
    """Judge a file and say so; 0 it proves a double spending, 1 it proves nothing, 3 it cannot be read."""
    try:
        verdict = check_proof(_read(file), read_root_key(root))
    except StoreError as error:
        return _told(error, 3, as_json=as_json)
    except TenderError as error:
        return _told(error, 1, as_json=as_json)
    if as_json:
        print(json.dumps(verdict_as_dict(verdict)))
        return 0
    page = console()
    page.print("[good]✓ The proof holds.[/] One key signed the same money away twice:")
    page.print(f"  key       [title]{verdict.key.hex()}[/]")
    page.print(
        f"  certified by {verdict.bank.name} ({verdict.bank.number}), serial {verdict.certificate.serial}"
    )
    page.print(f"  the money {verdict.parent.hex()}")
    for place, spend in enumerate(verdict.spends, 1):
        page.print(f"  {place}. {_spend_as_words(spend)}")
    page.print("[quiet]Checked with the root key alone. Who holds the key, only that bank can say.[/]")
    return 0


def _told(error: TenderError, code: int, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"valid": False, **refusal_json(error)}))
    else:
        console().print(f"[bad]✗[/] {sentence(error)} [quiet]({error.code.value})[/]")
    return code
