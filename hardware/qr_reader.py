"""Reads QR codes from pixels, byte for byte. What the bytes mean is for ``tender.qr``."""

from typing import Final

PIXELS_MOST: Final = 64_000_000
"""Larger pictures are refused before they are unpacked: a small file can claim any size."""


def read_codes(gray: bytes | memoryview, width: int, height: int) -> list[bytes]:
    """Every QR code in a picture of one byte a pixel (0 black .. 255 white), row after row; mirrored, turned
    and inverted ones too. An empty list when there is none."""
    import zxingcpp

    shaped = memoryview(gray).cast("B", shape=[height, width])
    found = zxingcpp.read_barcodes(shaped, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [bytes(one.bytes) for one in found if one.valid]
