"""A card message to bytes and back: our layer against its library alone, with the same specification.

The message is a full authorisation request: 25 data elements, 136 bytes of chip data. What ours adds is that
it is read one way or refused: digits, characters, lengths, the shape of the track; the library alone takes
what it can.
"""

from typing import Any, Final

import iso8583

from tender.card.iso8583.dialects import DIALECTS, Dialect, Place
from tender.card.iso8583.message import Message, amount_text
from town.bench.measurement import Measurement, at_least, cpu_s, interleaved, told

ROUNDS: Final = 300
_PAIRS: Final = 45
"""Short halves and many of them: whatever else runs on the machine meets both alike."""
LEAST: Final = 0.8
PLACE: Final = Place("Magazin Dana", "Almaty", "KZ")
_CHIP_BYTES: Final = 136


def full_request(
    dialect: Dialect, number: str = "4444441234567892", chip_data: bytes = bytes(range(_CHIP_BYTES))
) -> Message:
    """A chip purchase with PIN as a network passes it on: 3 779 tenge."""
    message = Message(
        "0100",
        {
            2: number,
            3: "000000",
            4: amount_text(377_900),
            7: "1121165500",
            11: "000001",
            12: "215500",
            13: "1121",
            14: "2812",
            18: "5411",
            19: "398",
            22: "051",
            23: "001",
            25: "00",
            26: "12",
            32: "400001",
            35: f"{number}=28122010000012300000",
            37: "632516000001",
            41: "TERM0001",
            42: "MERCHANT000001 ",
            49: "398",
            52: bytes(range(8)),
            53: "2001010100000000",
            55: chip_data,
        },
    )
    placed = dialect.with_place(message, PLACE)
    return dialect.with_life_cycle_id(placed, dialect.new_life_cycle_id(5, "1121"))


def coding(dialect: Dialect, pairs: int = _PAIRS) -> list[Measurement]:
    """The ratio, and how many a CPU-second."""
    message = full_request(dialect)
    specification = dialect.specification
    octets = dialect.encode(message)
    spoken: dict[str, Any] = iso8583.decode(octets, specification)[0]

    if dialect.decode(octets) != message:
        raise AssertionError("it comes back as it went")

    def ours() -> None:
        dialect.decode(dialect.encode(message))

    def alone() -> None:
        iso8583.decode(bytes(iso8583.encode(spoken, specification)[0]), specification)

    ratio = interleaved(lambda: cpu_s(alone, ROUNDS), lambda: cpu_s(ours, ROUNDS), pairs)
    name = f"{dialect.name} 0100 of {len(message.fields)} elements, {len(octets)} bytes, there and back"
    return [
        at_least(f"{name}: pyiso8583 alone ÷ ours", ratio, "ratio (at least)", LEAST),
        told(f"{name}: a CPU-second", ROUNDS / cpu_s(ours, ROUNDS), "messages"),
    ]


def messages(*, scale: bool = False) -> list[Measurement]:
    """Both dialects. There is no larger scale of it."""
    del scale
    return [one for dialect in DIALECTS.values() for one in coding(dialect)]
