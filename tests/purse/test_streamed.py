"""Signatures over what is never held whole: the same verdict as libsodium's own, however the pieces fall."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from hardware.entropy import SeededEntropy
from tender.crypto.keys import SigningKey, check_public_key, verify
from tender.crypto.streamed import StreamSigner, StreamVerifier
from tender.errors import RemoteProtocolError

VECTORS = Path(__file__).parent.parent / "vectors" / "ed25519"


def streamed(signature: bytes, message: bytes, key: bytes, size: int = 7) -> bool:
    verifier = StreamVerifier(signature, key)
    for at in range(0, len(message), size):
        verifier.update(message[at : at + size])
    return verifier.is_good()


def wycheproof() -> Iterable[tuple[bytes, bytes, bytes]]:
    groups: list[Any] = json.loads((VECTORS / "wycheproof-ed25519.json").read_text())["testGroups"]
    for group in groups:
        for case in group["tests"]:
            yield (
                bytes.fromhex(case["sig"]),
                bytes.fromhex(case["msg"]),
                bytes.fromhex(group["publicKey"]["pk"]),
            )


def is_safe(key: bytes) -> bool:
    try:
        check_public_key(key, "key")
    except RemoteProtocolError:
        return False
    return True


@pytest.mark.row("DT-Q-10")
def test_every_vector_has_the_verdict_of_the_whole_message() -> None:
    cases = [case for case in wycheproof() if len(case[0]) == 64]
    speccheck = json.loads((VECTORS / "speccheck-cases.json").read_text())
    for one in speccheck:
        signature, message, key = (bytes.fromhex(one[name]) for name in ("signature", "message", "pub_key"))
        cases.append((signature, message, key))
    verdicts = [(verify(*case), streamed(*case), is_safe(case[2])) for case in cases]
    assert len(verdicts) > 140
    assert [streams for _, streams, _ in verdicts] == [whole and safe for whole, _, safe in verdicts]
    assert sum(streams for _, streams, _ in verdicts) >= 88


def test_a_signature_made_in_one_pass_is_one_to_everybody() -> None:
    key = SigningKey(bytes(range(32)))
    entropy = SeededEntropy("nonces")
    seen = set()
    for count, length in enumerate((0, 1, 63, 64, 1_000, 70_000)):
        message = entropy.draw(length) if length else b""
        signer = StreamSigner(key, bytes(32), count)  # a generator that has died
        for at in range(0, length, 113):
            signer.update(message[at : at + 113])
        signature = signer.signature()
        assert verify(signature, message, key.public_key)
        assert not verify(signature, message + b"\x00", key.public_key)
        assert streamed(signature, message, key.public_key, size=64)
        seen.add(signature[:32])
    assert len(seen) == 6, "even a dead generator repeats no nonce, because the count does not"
