"""How long a revocation list is, and what asking it costs, for twenty million devices (docs/lists.md).

The lists are really built, signed, read back and asked. Who is revoked is drawn from a fixed seed, so that
each run measures the very same bytes.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import lgamma, log
from typing import Final

from tender.account.participants import BANKS
from tender.cash.revocation import RevocationList, open_list, sign_list
from tender.cash.revocation_step import sign_step
from tender.crypto.keys import SigningKey, verify_open
from town.bench.measurement import Measurement, at_most, cpu_s, interleaved, told
from town.bench.mint import DAY, NOW, make_chain

DEVICES: Final = 20_000_000
"""Each with one live pseudonym; a device with eight has eight times the list."""
SHARES: Final = (0.0001, 0.001, 0.01)
SHARES_OF_SCALE: Final = 0.01
LIFE_DAYS: Final = 180
"""How long a pseudonym may be revoked for: what one day adds is a part of the whole."""
BATCHES: Final = (1, 8, 32)
ROOT: Final = SigningKey(sha256(b"bench root of lists").digest())
_LOOKUPS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Built:
    """One list: how many of the devices are revoked, its bytes, and the least any list could have.

    ``step_bytes``: one day's step to it.
    """

    share: float
    revoked: int
    raw: bytes
    bound_bytes: float
    step_bytes: int

    @property
    def ratio(self) -> float:
        """Bytes ÷ the logarithm of the number of such sets."""
        return len(self.raw) / self.bound_bytes


def revoked_serials(share: float) -> list[tuple[int, int]]:
    """(bank, serial) of the revoked devices, in the order in which they were lost."""
    banks = tuple(BANKS)
    wanted = round(DEVICES * share)
    found: dict[tuple[int, int], None] = {}
    drawn = 0
    while len(found) < wanted:
        word = sha256(b"bench revoked " + drawn.to_bytes(4, "big")).digest()
        one = int.from_bytes(word[:8], "big") % DEVICES
        found[banks[one % len(banks)], one // len(banks)] = None
        drawn += 1
    return list(found)


def bound_bits(all_of: int, chosen: int) -> float:
    """log2 of the number of ways to choose: no code of all such sets is shorter."""
    return (lgamma(all_of + 1) - lgamma(chosen + 1) - lgamma(all_of - chosen + 1)) / log(2)


def _list(number: int, revoked: list[tuple[int, int]]) -> RevocationList:
    groups: dict[tuple[int, int], list[int]] = {}
    for bank, serial in revoked:
        groups.setdefault((bank, DAY + 100), []).append(serial)
    raw = sign_list(number, NOW + number, groups, ROOT)
    return open_list(raw, ROOT.public_key, ours=True)


@cache
def build(share: float) -> Built:
    """The list of this share, and the step of its last day."""
    revoked = revoked_serials(share)
    newest = _list(2, revoked)
    before = _list(1, revoked[: -max(1, len(revoked) // LIFE_DAYS)])
    step = sign_step(before, newest, DAY, ROOT)
    return Built(share, len(revoked), newest.raw, bound_bits(DEVICES, len(revoked)) / 8, len(step))


def asking(built: Built) -> tuple[float, float]:
    """What a device pays for the first question to its stored list, and for each one after it, in V.

    The first opens the list (one signature over all of it) and decodes the asked bank's serials.
    """
    signed, key = make_chain().signed_messages()[0]
    (bank, *_) = BANKS

    def fresh() -> RevocationList:
        known = open_list(built.raw, ROOT.public_key, ours=True)
        known.names(bank, DAY + 100, 5)
        return known

    v = interleaved(lambda: cpu_s(fresh, 3) / 3, lambda: cpu_s(lambda: verify_open(signed, key), 300) / 300)
    known = fresh()
    later = interleaved(
        lambda: cpu_s(lambda: known.names(bank, DAY + 100, 5), _LOOKUPS) / _LOOKUPS,
        lambda: cpu_s(lambda: verify_open(signed, key), 300) / 300,
    )
    return v, later


def listing(*, scale: bool) -> list[Measurement]:
    """Bytes beside the bound, and questions in V; the list of one in a hundred only at full scale."""
    found: list[Measurement] = []
    for share in SHARES:
        if share >= SHARES_OF_SCALE and not scale:
            continue
        built = build(share)
        words = f"list, {100 * share:g} % of 20 M revoked"
        found.append(at_most(f"{words}: bytes ÷ entropy bound", built.ratio, "ratio (at most)", 1.1))
        first, later = asking(built)
        found.append(told(f"{words}: bytes", len(built.raw), "bytes"))
        found.append(told(f"{words}: first question", first, "V"))
        found.append(at_most(f"{words}: each later question", later, "V (at most)", 0.1))
    return found
