"""The link keys: one for each bank, in a file that only its owner may read; the card host reads the same."""

from collections.abc import Iterable
from pathlib import Path

from tender.account.card_frames import LINK_KEY_BYTES
from tender.account.participants import number_text
from tender.ports import Entropy


def link_keys(folder: Path, banks: Iterable[int], entropy: Entropy) -> dict[int, bytes]:
    """Bank → 32 bytes, out of ``folder/601.key`` and so on; drawn when they are not there yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys: dict[int, bytes] = {}
    for bank in banks:
        file = folder / f"{number_text(bank)}.key"
        if not file.exists():
            part = file.with_suffix(".part")
            part.touch(mode=0o600)
            part.write_bytes(entropy.draw(LINK_KEY_BYTES))
            part.replace(file)
        keys[bank] = file.read_bytes()
    return keys
