"""The chip's symmetric cryptography: application cryptograms, its issuer's answer, the MAC of scripts.

What differs between the versions stands in :data:`VERSIONS`; the arithmetic is pyemv's. A version's name is
its byte in tag 9F10.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from pyemv import ac, kd, sm

from hardware.triple_des import triple_des
from tender.card.issuer_data import CVN10, CVN18, SIGNS_COUNTERS, IssuerData
from tender.card.personalisation import CardKeys
from tender.card.tags import Tag

_SIGNED: Final = (
    (Tag.AMOUNT, 6),
    (Tag.AMOUNT_OTHER, 6),
    (Tag.TERMINAL_COUNTRY, 2),
    (Tag.TVR, 5),
    (Tag.CURRENCY, 2),
    (Tag.DATE, 3),
    (Tag.TRANSACTION_TYPE, 1),
    (Tag.UNPREDICTABLE, 4),
)
"""What of the terminal's data every version signs (EMV Book 2, table 26); profile and counter follow."""
_MAC_BYTES: Final = 8
_CODE_BYTES: Final = 2
_UPDATE_BYTES: Final = 4
_PADDING: Final = 0x80
_BLOCK: Final = 8


@dataclass(frozen=True, slots=True)
class Version:
    """One cryptogram version."""

    session_key: Callable[[bytes, bytes, bytes], bytes]
    """The key of cryptograms, from the card's, the counter and the unpredictable number."""
    answer_key: Callable[[bytes, bytes, bytes], bytes]
    """The key of the issuer's answer, likewise."""
    script_key: Callable[[bytes, bytes, bytes], bytes]
    """The key of scripts, from the card's, the counter and the cryptogram."""
    signed: Callable[[IssuerData], bytes]
    """What of 9F10 is signed."""
    padding: ac.PaddingType
    answer_bytes: int
    """The issuer's cryptogram in tag 91: eight bytes (method 1) or four (method 2)."""
    counts_scripts: bool
    """Whether each script command of a transaction has a key of its own."""


def _own(key: bytes, _counter: bytes, _number: bytes) -> bytes:
    return key


def _common(key: bytes, counter: bytes, _number: bytes) -> bytes:
    return bytes(kd.derive_common_sk(key, counter + bytes(6)))


def _mixed(key: bytes, counter: bytes, number: bytes) -> bytes:
    return bytes(kd.derive_common_sk(key, counter + bytes(2) + number))


def _script_visa(key: bytes, counter: bytes, _cryptogram: bytes) -> bytes:
    return bytes(kd.derive_visa_sm_sk(key, counter))


def _script_common(key: bytes, _counter: bytes, cryptogram: bytes) -> bytes:
    return bytes(kd.derive_common_sk(key, cryptogram))


def _results(data: IssuerData) -> bytes:
    return data.results.packed()


def _whole(data: IssuerData) -> bytes:
    return data.packed()


def _with_counters(data: IssuerData) -> bytes:
    return data.results.packed() + data.counters


def _mchip(version: int) -> Version:
    own_answer = version < 0x14
    return Version(
        _mixed if own_answer else _common,
        _own if own_answer else _common,
        _script_common,
        _with_counters if version & SIGNS_COUNTERS else _results,
        ac.PaddingType.EMV,
        8,
        counts_scripts=True,
    )


VERSIONS: Final[Mapping[int, Version]] = {
    CVN10: Version(_own, _own, _script_visa, _results, ac.PaddingType.VISA, 8, counts_scripts=False),
    CVN18: Version(_common, _common, _script_visa, _whole, ac.PaddingType.EMV, 4, counts_scripts=False),
    **{version: _mchip(version) for version in (0x10, 0x11, 0x14, 0x15)},
}


class Cryptography:
    """One application's keys at work."""

    def __init__(self, version: int, keys: CardKeys) -> None:
        self._version = VERSIONS[version]
        self._keys = keys

    @property
    def answer_bytes(self) -> int:
        """How much of tag 91 is the issuer's cryptogram."""
        return self._version.answer_bytes

    def cryptogram(
        self, told: Mapping[int, bytes], interchange: bytes, counter: bytes, data: IssuerData
    ) -> bytes:
        """The application cryptogram (tag 9F26) over what the terminal told and the card adds."""
        key = self._version.session_key(self._keys.cryptogram, counter, _told(told, Tag.UNPREDICTABLE, 4))
        text = b"".join(_told(told, tag, count) for tag, count in _SIGNED)
        text += interchange + counter + self._version.signed(data)
        return bytes(ac.generate_ac(key, text, self._version.padding, _MAC_BYTES))

    def is_issuers(self, answer: bytes, asked: bytes, counter: bytes, number: bytes) -> bool:
        """Whether tag 91 answers this cryptogram (ARQC); ``number``: the unpredictable one it was made
        with."""
        proof, said = answer[: self.answer_bytes], answer[self.answer_bytes :]
        key = self._version.answer_key(self._keys.cryptogram, counter, number)
        if self.answer_bytes == _MAC_BYTES:
            if len(said) != _CODE_BYTES:
                return False
            wanted = ac.generate_arpc_1(key, asked, said)
        elif len(said) < _UPDATE_BYTES:
            return False
        else:
            wanted = ac.generate_arpc_2(key, asked, said[:_UPDATE_BYTES], said[_UPDATE_BYTES:])
        return compare_digest(bytes(wanted), proof)

    def is_script(
        self, header: bytes, data: bytes, proof: bytes, counter: bytes, cryptogram: bytes, place: int
    ) -> bool:
        """Whether a script command's MAC is right. ``place``: how many commands came before it in this
        transaction; ``cryptogram``: the first of the transaction."""
        cryptogram = self._of_place(cryptogram, place)
        key = self._version.script_key(self._keys.integrity, counter, cryptogram)
        wanted = sm.generate_command_mac(key, header + counter + cryptogram + data, _MAC_BYTES)
        return compare_digest(bytes(wanted)[: len(proof)], proof)

    def new_pin(
        self, enciphered: bytes, counter: bytes, cryptogram: bytes, place: int, known: bytes
    ) -> bytes | None:
        """The PIN block of format 2 that a script brings; None for what is no PIN. ``known``: the PIN block
        there is, if the command is bound to it, else empty."""
        if not enciphered or len(enciphered) % _BLOCK:
            return None
        key = self._version.script_key(self._keys.confidentiality, counter, self._of_place(cryptogram, place))
        if self._version.counts_scripts:
            return _checked(_decrypted(key, enciphered))  # one block: chaining changes nothing
        plain = _decrypted(key, enciphered)
        if plain[0] != _BLOCK or plain[1 + _BLOCK :].rstrip(b"\x00") != bytes((_PADDING,)):
            return None
        block = _xor(plain[1 : 1 + _BLOCK], bytes(4) + self._keys.cryptogram[4:8])
        if known:
            digits = known.hex()[2 : 2 + (known[0] & 0x0F)]
            block = _xor(block, bytes.fromhex(digits.ljust(16, "0")))
        return _checked(bytes((0x20 | block[0],)) + block[1:] if block[0] < 0x10 else b"")

    def _of_place(self, cryptogram: bytes, place: int) -> bytes:
        if not self._version.counts_scripts:
            return cryptogram
        return ((int.from_bytes(cryptogram, "big") + place) % (1 << 64)).to_bytes(8, "big")


def _told(told: Mapping[int, bytes], tag: int, count: int) -> bytes:
    return told.get(tag, bytes(count))


def _decrypted(key: bytes, octets: bytes) -> bytes:
    # Block by block: the standard's way with a PIN (EMV Book 2, A1.1).
    undone = Cipher(triple_des(key), modes.ECB()).decryptor()  # noqa: S305
    return undone.update(octets) + undone.finalize()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _checked(block: bytes) -> bytes | None:
    """A PIN block of format 2 that is one."""
    return block if is_pin_block(block) else None


def is_pin_block(block: bytes) -> bool:
    """Whether these eight bytes are four to twelve digits and their fill (EMV Book 3, table 24)."""
    text = block.hex()
    count = block[0] & 0x0F if block else 0
    return (
        len(block) == _BLOCK
        and block[0] >> 4 == 2
        and 4 <= count <= 12
        and text[2 : 2 + count].isdecimal()
        and not text[2 + count :].strip("f")
    )
