"""A card that plays a script: it answers as its data say, right or wrong, and forgets nothing it was told.

It knows nothing of the kernel: commands in, answers out, keys of its own. Cryptograms are not checked by
anybody here, so they are constants.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from tender.card import dol
from tender.card.apdu import Command, Response
from tender.card.certificates import (
    CaKey,
    CombinedData,
    DynamicData,
    RsaOperation,
    RsaPublicKey,
    digest,
    icc_certificate,
    issuer_certificate,
    opened_pin,
    signed_dynamic,
    signed_static,
)
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack, template
from tender.card.values import CDA_WANTED, Aip, Cryptogram
from tender.errors import Code, DeviceError

AID = bytes.fromhex("A0000000031010")
PAN = "4003440000000014"
PIN = "1234"
ATC = bytes.fromhex("0007")
SEEN = bytes.fromhex("1122334455667788")
DYNAMIC_NUMBER = bytes.fromhex("0102030405060708")
CHALLENGE = bytes.fromhex("A1A2A3A4A5A6A7A8")
CDOL1 = dol.pack(
    {
        Tag.AMOUNT: 6,
        Tag.AMOUNT_OTHER: 6,
        Tag.TERMINAL_COUNTRY: 2,
        Tag.TVR: 5,
        Tag.CURRENCY: 2,
        Tag.DATE: 3,
        Tag.TRANSACTION_TYPE: 1,
        Tag.UNPREDICTABLE: 4,
        Tag.CVM_RESULTS: 3,
    }
)
CDOL2 = dol.pack({Tag.RESPONSE_CODE: 2, Tag.TVR: 5, Tag.UNPREDICTABLE: 4, Tag.ISSUER_AUTHENTICATION: 8})
ENDS = 203012


@dataclass(frozen=True)
class Key:
    """One key pair; the private half is a callable."""

    public: RsaPublicKey
    private: RsaOperation


@cache
def key(name: str, bits: int = 1024) -> Key:
    """A key for a role: made once a run."""
    numbers = rsa.generate_private_key(65537, bits).private_numbers()
    n, d = numbers.public_numbers.n, numbers.d
    count = bits // 8

    def private(block: bytes) -> bytes:
        return pow(int.from_bytes(block, "big"), d, n).to_bytes(count, "big")

    return Key(RsaPublicKey(n.to_bytes(count, "big"), b"\x01\x00\x01"), private)


@cache
def ca() -> CaKey:
    """The network's key as a terminal holds it."""
    return CaKey.made(AID[:5], 0x92, key("ca", 1152).public)


Answer = Callable[["ScriptedCard", Command], Response | None]


@dataclass
class Script:
    """What is on the card and how it decides. Change anything: it is not checked."""

    aip: Aip = Aip.CARDHOLDER_VERIFICATION | Aip.TERMINAL_RISK_MANAGEMENT
    applications: tuple[tuple[bytes, bytes], ...] = ((AID, b"SCRIPTED"),)
    directory: bool = True
    pdol: bytes = b""
    objects: dict[int, bytes] = field(
        default_factory=lambda: {
            Tag.PAN: bytes.fromhex(PAN),
            Tag.EXPIRY: bytes.fromhex("301231"),
            Tag.PAN_SEQUENCE: b"\x01",
            Tag.TRACK2: bytes.fromhex(PAN + "D30122010000012300"),
            Tag.CDOL1: CDOL1,
            Tag.CDOL2: CDOL2,
            Tag.CVM_LIST: bytes.fromhex("00000000 00000000 1F00".replace(" ", "")),
            Tag.USAGE_CONTROL: bytes.fromhex("FFC0"),
            Tag.ISSUER_COUNTRY: bytes.fromhex("0398"),
            Tag.HOLDER_NAME: b"AIGUL/SCRIPTED",
        }
    )
    decides: tuple[Cryptogram, ...] = (Cryptogram.ARQC, Cryptogram.TC)
    packed: bool = False
    """Answers in format 2 even when nothing is signed."""
    signs_as: Cryptogram | None = None
    """Says another kind of cryptogram within its signature than beside it."""
    tries: int = 3
    counters: dict[int, bytes] = field(default_factory=dict)
    """What GET DATA tells beside the PIN tries."""
    special: Answer = lambda card, command: None
    """Looks at each command first."""

    def without(self, *tags: int) -> "Script":
        """The same card without these objects."""
        return replace(self, objects={tag: v for tag, v in self.objects.items() if tag not in tags})

    def having(self, **objects: bytes) -> "Script":
        """The same with these objects, by their tags' names."""
        return replace(self, objects={**self.objects, **{Tag[name]: v for name, v in objects.items()}})


@dataclass(frozen=True)
class Certified:
    """What stands in a card's certificates: as it should be, but for what a test changes."""

    identifier: str = PAN[:6]
    issuer_ends: int = ENDS
    pan: str = PAN
    icc_ends: int = ENDS
    static: bytes | None = None
    """What is signed of the records; ``None``: the objects of the first one."""


def authenticated(script: Script, says: Certified | None = None, *, pin_key: bool = False) -> Script:
    """The same card with certificates for what its profile promises; its data are signed as they are."""
    says = says or Certified()
    issuer = key("issuer")
    signed = issuer_certificate(
        key("ca", 1152).private, ca().key, says.identifier, says.issuer_ends, b"\x00\x00\x01", issuer.public
    )
    static = pack(Tlv(tag, value) for tag, value in script.objects.items())
    static = (says.static or static) + script.aip.packed()
    script = script.having(
        CA_KEY_INDEX=bytes((ca().index,)),
        ISSUER_CERTIFICATE=signed.certificate,
        ISSUER_KEY_REMAINDER=signed.remainder,
        ISSUER_KEY_EXPONENT=signed.exponent,
        STATIC_TAGS=bytes((Tag.AIP,)),
        STATIC_SIGNATURE=signed_static(issuer.private, issuer.public, b"\xda\xc0", static),
    )
    script = _with_key(
        script, says, ("ICC_CERTIFICATE", "ICC_KEY_REMAINDER", "ICC_KEY_EXPONENT"), "icc", static
    )
    script = script.having(DDOL=dol.pack({Tag.UNPREDICTABLE: 4}))
    if not pin_key:
        return script
    names = ("PIN_KEY_CERTIFICATE", "PIN_KEY_REMAINDER", "PIN_KEY_EXPONENT")
    return _with_key(script, says, names, "pin", b"")


def _with_key(
    script: Script, says: Certified, names: tuple[str, str, str], name: str, static: bytes
) -> Script:
    """A key of the card's own, certified."""
    issuer = key("issuer")
    made = icc_certificate(
        issuer.private, issuer.public, says.pan, says.icc_ends, b"\x00\x00\x02", key(name).public, static
    )
    return script.having(**dict(zip(names, (made.certificate, made.remainder, made.exponent), strict=True)))


def signing(aip: Aip, script: Script | None = None, says: Certified | None = None) -> Script:
    """A card that can this beside what it could, with the certificates for it."""
    plain = script or Script()
    return authenticated(replace(plain, aip=plain.aip | aip), says)


_STATIC_END = (Tag.CA_KEY_INDEX,)


class ScriptedCard:
    """The script, played. ``transmit`` as a reader has it; ``told`` are the commands so far."""

    def __init__(self, script: Script, *, pulled_at: int | None = None, answers_lost: bool = False) -> None:
        self.script, self.pulled_at, self.answers_lost = script, pulled_at, answers_lost
        self.told: list[Command] = []
        self.pin_verified = False
        self._left = script.tries
        self._selected = b""
        self._given = 0
        self._hashed = b""
        self._records = self._laid_out()

    def transmit(self, octets: bytes) -> bytes:
        """One command, one answer; ``DeviceError card-gone`` from the command on at which it is pulled."""
        if self.pulled_at is not None and len(self.told) >= self.pulled_at:
            raise DeviceError(Code.CARD_GONE, "card")
        command = Command.from_bytes(octets)
        self.told.append(command)
        return (self.script.special(self, command) or self.answer(command)).to_bytes()

    def answer(self, command: Command) -> Response:
        """As the script has it, without anything special."""
        does: dict[int, Callable[[Command], Response]] = {
            0xA4: self._select,
            0xB2: self._read,
            0xA8: self._options,
            0x88: self._sign,
            0xCA: self._tell,
            0x84: lambda _: Response(CHALLENGE, 0x9000),
            0x20: self._verify,
            0xAE: self._cryptogram,
            0x82: lambda _: Response(b"", 0x9000),
        }
        return does[command.ins](command) if command.ins in does else Response(b"", 0x9000)

    def sent(self, ins: int) -> list[Command]:
        """What it was told with this instruction."""
        return [one for one in self.told if one.ins == ins]

    # --------------------------------------------------------------------------------------- what it does

    def _laid_out(self) -> dict[tuple[int, int], bytes]:
        """File 1: what is authenticated, one record; file 2: the rest, one record each."""
        signed: list[Tlv] = []
        rest: list[Tlv] = []
        seen = False
        for tag, value in self.script.objects.items():
            seen |= tag in _STATIC_END
            (rest if seen else signed).append(Tlv(tag, value))
        records = {(1, 1): pack((template(Tag.RECORD, *signed),))}
        for number, one in enumerate(rest, 1):
            records[2, number] = pack((template(Tag.RECORD, one),))
        return records

    def _select(self, command: Command) -> Response:
        if command.data == b"1PAY.SYS.DDF01":
            if not self.script.directory:
                return Response(b"", 0x6A82)
            own = template(Tag.FCI_PROPRIETARY, Tlv(Tag.SFI, b"\x01"))
            self._selected = command.data
            return Response(pack((template(Tag.FCI, Tlv(Tag.DF_NAME, command.data), own),)), 0x9000)
        fitting = [one for one in self.script.applications if one[0].startswith(command.data)]
        if command.p2 == 0x02:
            fitting = fitting[[one[0] for one in fitting].index(self._selected) + 1 :]
        if not fitting:
            return Response(b"", 0x6A82)
        name, label = fitting[0]
        self._selected = name
        inner = [Tlv(Tag.LABEL, label), Tlv(Tag.PRIORITY, b"\x01")]
        if self.script.pdol:
            inner.append(Tlv(Tag.PDOL, self.script.pdol))
        own = template(Tag.FCI_PROPRIETARY, *inner)
        return Response(pack((template(Tag.FCI, Tlv(Tag.DF_NAME, name), own),)), 0x9000)

    def _read(self, command: Command) -> Response:
        if self._selected == b"1PAY.SYS.DDF01":
            if command.p1 > len(self.script.applications):
                return Response(b"", 0x6A83)
            name, label = self.script.applications[command.p1 - 1]
            entry = template(
                Tag.APPLICATION_TEMPLATE,
                Tlv(Tag.AID_CARD, name),
                Tlv(Tag.LABEL, label),
                Tlv(Tag.PRIORITY, bytes((command.p1,))),
            )
            return Response(pack((template(Tag.RECORD, entry),)), 0x9000)
        record = self._records.get((command.p2 >> 3, command.p1))
        return Response(b"", 0x6A83) if record is None else Response(record, 0x9000)

    def afl(self) -> bytes:
        """Where the records are; the first one is authenticated."""
        rest = len(self._records) - 1
        return bytes((0x08, 1, 1, 1)) + (bytes((0x10, 1, rest, 0)) if rest else b"")

    def _options(self, command: Command) -> Response:
        self._hashed = command.data[2:]
        return Response(pack((Tlv(Tag.ANSWER_PLAIN, self.script.aip.packed() + self.afl()),)), 0x9000)

    def _sign(self, command: Command) -> Response:
        icc = key("icc")
        number = DynamicData(DYNAMIC_NUMBER).to_bytes()
        return Response(
            pack((Tlv(Tag.ANSWER_PLAIN, signed_dynamic(icc.private, icc.public, number, command.data)),)),
            0x9000,
        )

    def _tell(self, command: Command) -> Response:
        tag = command.p1 << 8 | command.p2
        value = bytes((self._left,)) if tag == Tag.PIN_TRIES else self.script.counters.get(tag)
        return Response(b"", 0x6A88) if value is None else Response(pack((Tlv(tag, value),)), 0x9000)

    def _verify(self, command: Command) -> Response:
        if not self._left:
            return Response(b"", 0x6983)
        block = command.data
        if command.p2 == 0x88:
            name = "pin" if Tag.PIN_KEY_CERTIFICATE in self.script.objects else "icc"
            block, challenge = opened_pin(key(name).private(command.data))
            assert challenge == CHALLENGE
        if block == bytes.fromhex(f"2{len(PIN)}{PIN:f<14}"):
            self.pin_verified = True
            return Response(b"", 0x9000)
        self._left -= 1
        return Response(b"", 0x63C0 | self._left)

    def _cryptogram(self, command: Command) -> Response:
        kind = self.script.decides[min(self._given, len(self.script.decides) - 1)]
        kind = kind if command.p1 & 0xC0 != Cryptogram.AAC else Cryptogram.AAC
        self._given += 1
        self._hashed += command.data
        issuer = Tlv(Tag.ISSUER_DATA, bytes.fromhex("06010A03A00000"))
        plain = [Tlv(Tag.CRYPTOGRAM_INFORMATION, bytes((kind,))), Tlv(Tag.ATC, ATC)]
        if command.p1 & CDA_WANTED and kind is not Cryptogram.AAC:
            icc = key("icc")
            hashed = digest(self._hashed, pack((*plain, issuer)))
            within = kind if self.script.signs_as is None else self.script.signs_as
            combined = CombinedData(within, SEEN, hashed).to_bytes()
            dynamic = DynamicData(DYNAMIC_NUMBER, combined).to_bytes()
            signature = signed_dynamic(icc.private, icc.public, dynamic, self._unpredictable(command))
            both = (*plain, Tlv(Tag.DYNAMIC_SIGNATURE, signature), issuer)
            return Response(pack((template(Tag.ANSWER_PACKED, *both),)), 0x9000)
        if self.script.packed:
            return Response(
                pack((template(Tag.ANSWER_PACKED, *plain, Tlv(Tag.CRYPTOGRAM, SEEN), issuer),)), 0x9000
            )
        value = bytes((kind,)) + ATC + SEEN + issuer.value
        return Response(pack((Tlv(Tag.ANSWER_PLAIN, value),)), 0x9000)

    def _unpredictable(self, command: Command) -> bytes:
        wanted = dol.parse(self.script.objects[Tag.CDOL1 if self._given == 1 else Tag.CDOL2])
        at = 0
        for tag, length in wanted:
            if tag == Tag.UNPREDICTABLE:
                return command.data[at : at + length]
            at += length
        raise AssertionError("no unpredictable number in the list")
