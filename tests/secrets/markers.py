"""Secrets as markers: every form in which one could leak, and a search for them in bytes.

A form is looked for as bytes: the secret itself, hexadecimal in both cases, base64 in both alphabets and at
all three alignments, decimal, and the way Python prints bytes and lists of numbers.
"""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tender.crypto.keys import SigningKey
from tender.crypto.sealing import Pin, SealingKey


def forms(secret: bytes) -> set[bytes]:
    """Every way this secret may be written, each long enough not to turn up by chance."""
    found = {
        secret,
        secret[::-1],
        secret.hex().encode(),
        secret.hex().upper().encode(),
        secret.hex(":").encode(),
    }
    found |= {str(int.from_bytes(secret, order)).encode() for order in ("big", "little")}
    found |= {repr(secret)[2:-1].encode(), ", ".join(map(str, secret)).encode()}
    found.add(base64.b32encode(secret).rstrip(b"="))
    for alphabet in (b"+/", b"-_"):
        for before in range(3):
            text = base64.b64encode(bytes(before) + secret, alphabet)
            # The characters that also carry bits of what stands before and behind say nothing sure.
            found.add(text[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6])
    return found


@dataclass
class Markers:
    """Secrets by what they are; ``record`` makes every key that is born here one of them."""

    secrets: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, secret: bytes | str) -> None:
        """One more secret to look for."""
        self.secrets[name] = secret.encode() if isinstance(secret, str) else secret

    def record(self, patch: pytest.MonkeyPatch) -> None:
        """From now on, the seed of every signing key, every sealing key and every PIN is looked for."""
        for made, name in ((SigningKey, "signing key"), (SealingKey, "sealing key"), (Pin, "PIN")):
            patch.setattr(made, "__init__", self._noting(made.__init__, name))

    def _noting(self, born: Callable[..., None], name: str) -> Callable[..., None]:
        def note(thing: object, secret: bytes | str) -> None:
            known = secret.encode() if isinstance(secret, str) else secret
            if known not in self.secrets.values():
                self.add(f"{name} {len(self.secrets)}", known)
            born(thing, secret)

        return note

    def some(self, most: int) -> dict[str, bytes]:
        """At most so many, evenly drawn over the order in which they were made; every PIN and code is among
        them. All keys are made, kept and shown by the same code, so a leak of one is a leak of its like."""
        texts = {name: one for name, one in self.secrets.items() if not name.endswith(tuple("0123456789"))}
        keys = [(name, one) for name, one in self.secrets.items() if name not in texts]
        step = max(1, len(keys) // most)
        return {**texts, **dict(keys[::step])}

    def found_in(self, named: Iterable[tuple[str, bytes]], most: int = 40) -> list[str]:
        """Where a secret shows: "what: where", in the order met."""
        sought = [(name, form) for name, secret in self.some(most).items() for form in forms(secret)]
        places = [(where, data) for where, data in named if data]
        return [f"{name}: {where}" for where, data in places for name, form in sought if form in data]


def files_under(*folders: Path) -> list[tuple[str, bytes]]:
    """Every file below, by its path."""
    return [
        (str(file), file.read_bytes())
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.is_symlink()
    ]
