"""Keys, sealing, envelopes, certificates, directory and time at their edges, each refusal with its place."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b

import pytest

from tender import canon
from tender.crypto import envelope, keys
from tender.crypto.certificates import (
    EPOCH_DAY_MAX,
    AuthorityCertificate,
    DeviceCertificate,
    Kind,
    check_packed,
    cose_key,
    issue_authority_certificate,
    issue_device_certificate,
    open_authority_certificate,
    packed_length,
)
from tender.crypto.directory import DirectoryBody, NoRevocations, Trust, open_directory, sign_directory
from tender.crypto.envelope import Envelope, Typ, open_envelope, protected_header, to_be_signed
from tender.crypto.keys import SigningKey, check_public_key, verify
from tender.crypto.sealing import PIN_COST_CHEAP, Pin, PinCost, SealingKey
from tender.crypto.time_floor import Correction
from tender.errors import LocalProtocolError
from tests.cash.test_edges_of_tokens import AT, KEY, told
from tests.mint import ALTYN, NBK, NOW, PROFILE_PERSON, PROFILE_SMALL, Mint, key_of

ROOT = key_of("root")


def ours(call: Callable[..., object], *given: object) -> str:
    """Where our own mistake is, when it is one."""
    with pytest.raises(LocalProtocolError) as caught:
        call(*given)
    return caught.value.field


# --- sealing and keys


def test_a_sealed_value_opens_whole_under_its_key_and_place_only() -> None:
    key, place, nonce = SealingKey(KEY), b"place", bytes(range(24))
    for plain in (b"", b"x", b"money"):
        sealed = key.seal(plain, place, nonce)
        assert sealed[:24] == nonce
        assert len(sealed) == 24 + len(plain) + 16
        assert key.open(sealed, place) == plain
        assert key.open(sealed, b"elsewhere") is None
        assert SealingKey(bytes(32)).open(sealed, place) is None
        for cut in range(len(sealed)):
            assert key.open(sealed[:cut], place) is None


def test_keys_derived_and_digests_are_keyed_blake2b() -> None:
    key = SealingKey(KEY)
    assert key.digest(b"data") == blake2b(b"data", key=KEY, digest_size=32).digest()
    assert key.digest(b"data", 16) == blake2b(b"data", key=KEY, digest_size=16).digest()
    derived = blake2b(b"label", key=KEY, digest_size=32).digest()
    sealed = key.derive("label").seal(b"x", b"p", bytes(24))
    assert SealingKey(derived).open(sealed, b"p") == b"x"
    wrapped = key.wrap(SealingKey(derived), b"w", bytes(24))
    assert key.open(wrapped, b"w") == derived
    opened = key.unwrap(wrapped, b"w")
    assert opened is not None
    assert opened.open(sealed, b"p") == b"x"
    assert key.unwrap(wrapped, b"v") is None


def test_lengths_that_are_ours_to_keep() -> None:
    assert ours(SealingKey, bytes(31)) == "sealing key"
    assert ours(SealingKey(KEY).seal, b"", b"", bytes(23)) == "nonce"
    assert ours(Pin("1234").key, bytes(15), PIN_COST_CHEAP) == "salt"
    assert ours(SigningKey, bytes(33)) == "seed"


def test_a_pin_is_argon2id_of_its_text() -> None:
    def sealed_by(pin: str, cost: PinCost, salt: bytes = bytes(16)) -> bytes:
        return Pin(pin).key(salt, cost).seal(b"", b"", bytes(24))

    first = sealed_by("1234", PIN_COST_CHEAP)
    assert first == sealed_by("1234", PIN_COST_CHEAP)
    other = (
        sealed_by("1235", PIN_COST_CHEAP),
        sealed_by("1234", PinCost(2, 8 << 10)),
        sealed_by("1234", PinCost(1, 16 << 10)),
        sealed_by("1234", PIN_COST_CHEAP, bytes(15) + b"1"),
    )
    assert first not in other
    assert len(set(other)) == 4
    assert sealed_by("\udcff", PIN_COST_CHEAP) != sealed_by("\udcfe", PIN_COST_CHEAP)
    assert [Pin(text).too_short for text in ("123", "1234")] == [True, False]


def test_secrets_say_what_they_are_and_nothing_else() -> None:
    key = key_of("a")
    assert repr(key) == f"SigningKey({key.public_key.hex()[:8]}…, secret hidden)"
    assert repr(SealingKey(KEY)) == "SealingKey(secret hidden)"
    assert repr(Pin("1234")) == "Pin(hidden)"
    for thing, word in ((key, "signing key"), (SealingKey(KEY), "sealing key"), (Pin("1234"), "PIN")):
        with pytest.raises(TypeError, match=f"^a {word} does not travel$"):
            thing.__reduce__()


def test_a_signature_has_one_length_one_message_and_one_key() -> None:
    key = key_of("a")
    signature = key.sign(b"m")
    assert len(signature) == 64
    assert verify(signature, b"m", key.public_key)
    for bad in ((signature + b"!", b"m", key.public_key), (signature, b"n", key.public_key)):
        assert not verify(*bad)
    assert not verify(signature, b"m", key.public_key + b"!")
    assert not verify(signature, b"m", key_of("b").public_key)
    assert check_public_key(key.public_key, AT) == key.public_key
    for point in (bytes(32), key.public_key[:31], b"\xff" * 32):
        assert told(check_public_key, point, AT) == ("key-unsafe", AT, {})
    assert SigningKey(key.seed).public_key == key.public_key


def test_a_signature_that_a_fault_spoiled_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "verify", lambda *_: False)
    assert ours(key_of("a").sign, b"m") == "signature"


# --- envelopes


def shaped(header: object, unprotected: object, payload: object, signature: object) -> bytes:
    return canon.encode(canon.Tagged(18, [header, unprotected, payload, signature]))  # type: ignore[list-item]


def test_an_envelope_names_the_part_at_fault() -> None:
    good = envelope.sign(Typ.LINK, b"\x01", ROOT)
    header = protected_header(Typ.LINK)
    assert open_envelope(good.to_bytes(), Typ.LINK, AT) == good
    assert good.to_bytes() == shaped(header, {}, b"\x01", good.signature)
    assert to_be_signed(Typ.LINK, b"\x01") == canon.encode(["Signature1", header, b"", b"\x01"])
    cases = {
        "no cbor": (b"\xff", "cbor-malformed", AT),
        "no tag": (canon.encode([header, {}, b"\x01", good.signature]), "field-wrong", AT),
        "unprotected": (shaped(header, {4: b"kid"}, b"\x01", good.signature), "field-wrong", AT),
        "no header": (shaped("header", {}, b"\x01", good.signature), "field-wrong", AT),
        "no payload": (shaped(header, {}, None, good.signature), "field-wrong", AT),
        "signature": (shaped(header, {}, b"\x01", good.signature[1:]), "field-wrong", f"{AT}.signature"),
        "text": (shaped(header, {}, b"\x01", "s" * 64), "field-wrong", f"{AT}.signature"),
        "three parts": (canon.encode(canon.Tagged(18, [header, {}, b""])), "field-wrong", AT),
        "another type": (
            shaped(protected_header(Typ.CLAIM), {}, b"\x01", good.signature),
            "type-confused",
            f"{AT}.protected",
        ),
        "no type": (shaped(b"\xa0", {}, b"\x01", good.signature), "field-wrong", f"{AT}.protected"),
    }
    for name, (data, code, place) in cases.items():
        assert told(open_envelope, data, Typ.LINK, AT) == (code, place, {}), name
    assert told(good.check, key_of("x").public_key, AT) == ("signature-wrong", AT, {})


# --- certificates


def packed(mint: Mint, *, merchant: bool = False) -> bytes:
    if merchant:
        return mint.device("shop", category=5411, business="980640000093").certificate.packed()
    return mint.device("person").certificate.packed()


def numbered(data: bytes, at: int, number: int, size: int = 2) -> bytes:
    return data[:at] + number.to_bytes(size, "big") + data[at + size :]


def test_a_packed_certificate_has_two_lengths_and_bounds() -> None:
    mint = Mint()
    person, shop = packed(mint), packed(mint, merchant=True)
    assert (len(person), len(shop)) == (76, 81)
    assert (packed_length(person, 0), packed_length(shop, 0)) == (76, 81)
    assert (packed_length(b"." * 7 + person, 7), packed_length(b"." * 7 + shop, 7)) == (76, 81)
    for data in (person, shop):
        check_packed(data, AT)
        for bad in (data[:-1], data + b"!", data[:11], b""):
            assert told(check_packed, bad, AT) == ("field-wrong", AT, {})
        for issuer in (99, 1000):
            assert told(check_packed, numbered(data, 0, issuer), AT) == ("field-wrong", f"{AT}.issuer", {})
        for issuer in (100, 999):
            check_packed(numbered(data, 0, issuer), AT)
        for day in (0, EPOCH_DAY_MAX + 1):
            assert told(check_packed, numbered(data, 2, day), AT) == ("field-wrong", f"{AT}.epoch", {})
        for day in (1, EPOCH_DAY_MAX):
            check_packed(numbered(data, 2, day), AT)
    check_packed(numbered(shop, 12, 10**12 - 1, 5), AT)
    assert told(check_packed, numbered(shop, 12, 10**12, 5), AT) == ("field-wrong", f"{AT}.bin", {})


def test_an_unpacked_certificate_says_each_number() -> None:
    mint = Mint()
    data = packed(mint, merchant=True)
    for at, number in ((0, 0x0201), (2, 0x0102), (8, 0x0304), (10, 0x0506)):
        data = numbered(data, at, number)
    data = numbered(numbered(data, 4, 0x01020304, 4), 12, 11, 5)
    read = DeviceCertificate.unpack(data, KEY, AT)
    assert (read.issuer, read.epoch_day, read.serial) == (0x0201, 0x0102, 0x01020304)
    assert (read.profile, read.category, read.business_number) == (0x0304, 0x0506, "000000000011")
    assert (read.key, read.signature, read.expiry) == (KEY, data[-64:], 0x0102 * 86_400)
    assert read.packed() == data
    assert DeviceCertificate.unpack(packed(mint), KEY, AT).business_number is None
    assert told(DeviceCertificate.unpack, data, KEY[1:], AT) == ("field-wrong", f"{AT}.key", {})
    assert told(read.check, mint.bank(ALTYN).public_key, AT) == ("certificate-wrong", AT, {})


def test_a_bank_certifies_only_what_can_be_read_again() -> None:
    key = key_of("a").public_key
    made = issue_device_certificate(
        ROOT, issuer=ALTYN, epoch_day=1, serial=2**32 - 1, profile=0xFFFF, key=key
    )
    made.check(ROOT.public_key, AT)
    assert DeviceCertificate.unpack(made.packed(), made.key, AT) == made

    def issue(**changed: object) -> object:
        fields: dict[str, object] = {"issuer": ALTYN, "epoch_day": 1, "serial": 1, "profile": 1, "key": key}
        return issue_device_certificate(ROOT, **(fields | changed))  # type: ignore[arg-type]

    assert told(lambda: issue(key=bytes(32))) == ("key-unsafe", "key", {})
    assert told(lambda: issue(issuer=99)) == ("field-wrong", "certificate.issuer", {})
    assert told(lambda: issue(epoch_day=0)) == ("field-wrong", "certificate.epoch", {})
    assert told(lambda: issue_authority(key=bytes(32))) == ("key-unsafe", "key", {})


def issue_authority(**changed: object) -> AuthorityCertificate:
    fields: dict[str, object] = {
        "kind": Kind.BANK,
        "number": ALTYN,
        "name": "Altyn",
        "expiry": 2**32 - 1,
        "serial": bytes(8),
        "key": key_of("bank").public_key,
    }
    return issue_authority_certificate(ROOT, **(fields | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"number": 100},
        {"number": 999},
        {"name": ""},
        {"name": "б" * 60},
        {"expiry": 0},
        {"kind": Kind.ISSUER},
        {"kind": Kind.MESSAGES},
    ],
)
def test_an_authority_certificate_at_the_edge_reads_back(changed: dict[str, object]) -> None:
    made = issue_authority(**changed)
    assert open_authority_certificate(made.to_bytes(), ROOT.public_key, AT) == made


def claims(**changed: object) -> bytes:
    """An authority certificate with some claims changed, signed by the root all the same; None leaves out."""
    made = issue_authority()
    value: dict[int, object] = {
        1: "kz-root",
        2: "949",
        4: made.expiry,
        7: made.serial,
        8: {1: cose_key(made.key)},
        -65537: [2, ALTYN, "Altyn"],
    }
    value |= {int(name.removeprefix("c").replace("m", "-")): one for name, one in changed.items()}
    kept = {name: one for name, one in value.items() if one is not None}
    return envelope.sign(Typ.CERTIFICATE, canon.encode(kept), ROOT).to_bytes()  # type: ignore[arg-type]


def test_an_authority_certificate_names_the_claim_at_fault() -> None:
    assert open_authority_certificate(claims(), ROOT.public_key, AT) == issue_authority()
    cases = {
        "issuer": (claims(c1="kz-other"), ""),
        "subject": (claims(c2="948"), ""),
        "missing": (claims(c7=None), ""),
        "one more": (claims(c5=1), ""),
        "kind 0": (claims(cm65537=[0, ALTYN, "A"]), ".tenge.kind"),
        "kind 4": (claims(cm65537=[4, ALTYN, "A"]), ".tenge.kind"),
        "number 99": (claims(cm65537=[2, 99, "A"]), ".tenge.number"),
        "number 1000": (claims(cm65537=[2, 1000, "A"]), ".tenge.number"),
        "name": (claims(cm65537=[2, ALTYN, "A" * 61]), ".tenge.name"),
        "expiry": (claims(c4=2**32), ".exp"),
        "serial": (claims(c7=bytes(7)), ".cti"),
        "no key": (claims(c8={1: {1: 1, -1: 6}}), ".cnf"),
        "no cnf": (claims(c8=5), ".cnf"),
        "no cose key": (claims(c8={1: 5}), ".cnf"),
        "key of another kind": (claims(c8={1: {1: 2, -1: 6, -2: key_of("bank").public_key}}), ""),
        "a text for a key": (claims(c8={1: {1: 1, -1: 6, -2: "key"}}), ".cnf"),
    }
    for name, (data, place) in cases.items():
        found = told(open_authority_certificate, data, ROOT.public_key, AT)
        assert found == ("field-wrong", AT + place, {}), name
    forged = told(open_authority_certificate, claims(), key_of("x").public_key, AT)
    assert forged == ("certificate-wrong", AT, {})
    no_map = envelope.sign(Typ.CERTIFICATE, b"\x80", ROOT).to_bytes()
    assert told(open_authority_certificate, no_map, ROOT.public_key, AT) == ("field-wrong", AT, {})
    no_cbor = envelope.sign(Typ.CERTIFICATE, b"\xff", ROOT).to_bytes()
    assert told(open_authority_certificate, no_cbor, ROOT.public_key, AT) == ("cbor-malformed", AT, {})


# --- directory and time


def directory(number: int, date: int = NOW, authorities: tuple[bytes, ...] = ()) -> bytes:
    profiles = (PROFILE_PERSON, PROFILE_SMALL)
    return sign_directory(DirectoryBody(1, number, date, authorities, profiles, (949,)), ROOT)


def test_a_directory_reads_back_and_names_what_is_wrong() -> None:
    bank, messages = issue_authority(), issue_authority(kind=Kind.MESSAGES, number=NBK)
    read = open_directory(directory(7, NOW, (bank.to_bytes(), messages.to_bytes())), ROOT.public_key, AT)
    assert (read.number, read.date, read.body.withdrawn) == (7, NOW, (949,))
    assert read.keys == {(Kind.BANK, ALTYN): bank, (Kind.MESSAGES, NBK): messages}
    assert read.profiles == {1: PROFILE_PERSON, 2: PROFILE_SMALL}
    trust = Trust(ROOT.public_key, read)
    assert trust.messages_key(NBK, AT) == messages.key
    assert trust.bank(ALTYN, AT) == bank
    assert trust.profile(2, AT) == PROFILE_SMALL
    assert told(trust.messages_key, ALTYN, AT) == ("sender-unknown", AT, {"participant": ALTYN})
    assert told(trust.issuer_key, NBK, AT) == ("issuer-unknown", AT, {"issuer": NBK})
    assert told(trust.bank, NBK, AT) == ("certificate-missing", AT, {"bank": NBK})
    assert told(trust.profile, 3, AT) == ("profile-unknown", AT, {"profile": 3})
    forged = issue_authority_certificate(
        key_of("x"), kind=Kind.BANK, number=948, name="", expiry=1, serial=bytes(8), key=bank.key
    )
    bad = directory(7, NOW, (bank.to_bytes(), forged.to_bytes()))
    place = f"{AT}.authorities[1]"
    assert told(open_directory, bad, ROOT.public_key, AT) == ("certificate-wrong", place, {})
    assert told(open_directory, directory(7), key_of("x").public_key, AT)[:2] == ("directory-wrong", AT)
    assert told(open_directory, b"\xff", ROOT.public_key)[1] == "directory"
    no_body = envelope.sign(Typ.DIRECTORY, b"\x80", ROOT).to_bytes()
    assert told(open_directory, no_body, ROOT.public_key, AT) == ("field-wrong", AT, {})


def test_time_never_goes_back_but_by_a_correction() -> None:
    trust = Trust(ROOT.public_key, open_directory(directory(5, 1_000), ROOT.public_key))
    assert (trust.now(0), trust.now(1_001), trust.time_floor) == (1_000, 1_001, 1_000)
    newer = trust.with_directory(directory(6, 900))
    assert (newer.directory.number, newer.floor, newer.now(0)) == (6, 1_000, 1_000)
    assert newer.with_directory(directory(6, 9_999)) is newer
    listed = newer.with_revocations(NoRevocations(1, 2_000))
    assert (listed.list_date, listed.now(0), listed.floor) == (2_000, 2_000, 1_000)
    assert listed.with_revocations(NoRevocations(1, 5_000)) is listed
    later = listed.with_revocations(NoRevocations(2, 1_500))
    assert (later.list_date, later.floor, later.now(0)) == (1_500, 2_000, 2_000)
    correction = Correction(number=3, floor=800, list_number=2, directory_number=6)
    righted = later.with_correction(correction)
    assert (righted.floor, righted.now(0), righted.list_date, righted.correction) == (
        800,
        800,
        800,
        correction,
    )
    assert righted.with_correction(replace(correction, floor=1)) is righted
    assert righted.with_directory(directory(7, 950)).now(0) == 950
    assert (correction.list_date(2, 900), correction.list_date(3, 900)) == (800, 900)
    assert (correction.directory_date(6, 900), correction.directory_date(7, 900)) == (800, 900)
    assert correction.list_date(1, 700) == 700
    assert not NoRevocations().names(ALTYN, 1, 1)


def test_an_envelope_is_its_three_parts() -> None:
    made = Envelope(Typ.LINK, b"p", bytes(64))
    assert made.to_bytes() == shaped(protected_header(Typ.LINK), {}, b"p", bytes(64))
