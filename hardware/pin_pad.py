"""A terminal's PIN pad: what is typed leaves it only enciphered under the terminal's own key.

ISO 9564-1 format 0; the key (16 bytes) is loaded once from the acquirer's security module.
"""

from hardware.hsm_keys import DES_KEY_BYTES
from hardware.triple_des import psec
from tender.card.pan import Pan
from tender.errors import Code, LocalProtocolError


class PinPad:
    """Enciphers PINs and shows nothing."""

    def __init__(self, key: bytes) -> None:
        if len(key) != DES_KEY_BYTES:
            raise LocalProtocolError(Code.FIELD_WRONG, "pin key")
        self._key = key

    def __repr__(self) -> str:
        return "PinPad(…)"

    def block(self, pin: str, pan: Pan) -> bytes:
        """Data element 52 (8 bytes). ``pin``: 4 to 12 digits, else ``LocalProtocolError field-wrong``."""
        if not (pin.isascii() and pin.isdecimal() and 4 <= len(pin) <= 12):
            raise LocalProtocolError(Code.FIELD_WRONG, "pin")
        clear = psec.pinblock.encode_pinblock_iso_0(pin, pan.digits)
        return bytes(psec.des.encrypt_tdes_ecb(self._key, clear))
