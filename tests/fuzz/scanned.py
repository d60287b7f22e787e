"""The parsers behind a scanner: what strangers print on paper."""

from tender.cash.armour import to_text
from tender.qr import foreign, payment_code
from tender.qr.consumer_code import decode as decode_consumer_code
from tender.qr.frames import Collector, split
from tests.codes.test_consumer_code import ONE, TWO
from tests.codes.test_merchant_code import GOOD, resealed
from tests.fuzz.targets import Parser


def _resealed(data: bytes) -> object:
    """A merchant's code under a check number that always fits, so that the fuzzer gets behind it."""
    return payment_code.decode(resealed(data.decode("utf-8", errors="replace")))


MESSAGE = bytes(range(200))
FRAMES = split(MESSAGE, 66)


def _in_a_row(data: bytes) -> object:
    """Frames one after the other, each behind its length, as a camera would give them; the last two true ones
    follow, so that false ones meet the arithmetic and not only the header."""
    collector, outcome = Collector(), None
    while data:
        frame, data = data[1 : 1 + data[0]], data[1 + data[0] :]
        outcome = collector.receive_data(frame)
        assert outcome.payload is None or outcome.payload == MESSAGE or len(outcome.payload) < 256
    for number in (8, 9):
        outcome = collector.receive_data(FRAMES.frame(number))
    return outcome


def _row(*numbers: int) -> bytes:
    return b"".join(bytes([FRAMES.frame_bytes]) + FRAMES.frame(number) for number in numbers)


def scanned() -> list[Parser]:
    """A merchant's code, a payer's, the question what something is, and our own frames."""
    merchants = tuple(
        GOOD.replace("54071250.50", more).encode() for more in ("540398.", "", "550201", "550203570501.50")
    )
    anything = (resealed(GOOD).encode(), ONE.encode(), b"https://qr.kaspi.kz/1", b"WIFI:S:x;;")
    return [
        Parser("merchant code", _resealed, merchants, sealed=False),
        Parser(
            "payer code",
            lambda data: decode_consumer_code(data.decode("latin-1")),
            (ONE.encode(), TWO.encode()),
            sealed=False,
        ),
        Parser("scanned", foreign.what_is, anything, sealed=False),
        Parser(
            "frame",
            lambda data: Collector().receive_data(data),
            (FRAMES.frame(0), FRAMES.frame(7), split(MESSAGE, 300).frame(0), to_text(MESSAGE).encode()),
            sealed=False,
        ),
        Parser("frames", _in_a_row, (_row(0, 1), _row(200, 3)), sealed=False),
    ]
