"""Which serial a certificate gets: dense within bank and epoch, in an order that only the bank knows.

Dense keeps the revocation list short. Dealt in the order of asking, a batch of one device would stand side by
side, and each of its pseudonyms would point at the others; so the n-th certificate of an epoch gets the n-th
place of a secret permutation of the whole room.
"""

from hashlib import blake2b
from typing import Final

ROUNDS: Final = 8
ROOM_BITS: Final = 20
"""Serials of one epoch are spread over 2**20 places: room for thirty thousand devices of this simulator.

A bank takes the power of two next above the certificates it expects; when the room is full, another follows.
"""


def serial_at(place: int, epoch_day: int, secret: bytes, bits: int = ROOM_BITS) -> int:
    """The serial of the certificate number ``place`` (from 0) of an epoch. ``bits`` is even.

    A Feistel network under ``secret`` (32 bytes): each place has its own serial, none is left out.
    """
    room, within = divmod(place, 1 << bits)
    half = bits // 2
    mask = (1 << half) - 1
    left, right = within >> half, within & mask
    salt = epoch_day.to_bytes(4, "big") + room.to_bytes(4, "big")
    for turn in range(ROUNDS):
        said = salt + bytes((turn,)) + right.to_bytes(4, "big")
        mixed = int.from_bytes(blake2b(said, key=secret, digest_size=4).digest(), "big") & mask
        left, right = right, left ^ mixed
    return (room << bits) + (left << half | right)
