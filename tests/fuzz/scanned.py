"""The parsers behind a scanner: what strangers print on paper."""

from tender.qr import foreign, payment_code
from tender.qr.consumer_code import decode as decode_consumer_code
from tests.codes.test_consumer_code import ONE, TWO
from tests.codes.test_merchant_code import GOOD, resealed
from tests.fuzz.targets import Parser


def _resealed(data: bytes) -> object:
    """A merchant's code under a check number that always fits, so that the fuzzer gets behind it."""
    return payment_code.decode(resealed(data.decode("utf-8", errors="replace")))


def scanned() -> list[Parser]:
    """A merchant's code, a payer's, and the question what something is."""
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
    ]
