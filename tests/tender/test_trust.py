"""Envelopes, certificates, directory: what a device believes because the root said so."""

import pickle
from dataclasses import replace

import pytest

from tender import canon
from tender.crypto import envelope
from tender.crypto.certificates import (
    DeviceCertificate,
    Kind,
    issue_authority_certificate,
    issue_device_certificate,
    open_authority_certificate,
)
from tender.crypto.directory import DirectoryBody, open_directory, sign_directory
from tender.crypto.envelope import Typ, open_envelope, protected_header, sign
from tender.crypto.keys import SigningKey, verify
from tender.errors import Code, RemoteProtocolError
from tests.mint import ALTYN, EPOCH_DAY, NOW, PROFILE_PERSON, Mint, key_of

ROOT = key_of("root")


def code_of(call: object, *arguments: object) -> Code:
    """The code a call fails with."""
    assert callable(call)
    with pytest.raises(RemoteProtocolError) as caught:
        call(*arguments)
    return caught.value.code


def test_a_signature_for_one_type_is_read_as_no_other() -> None:
    for typ in Typ:
        made = sign(typ, b"\x01", ROOT).to_bytes()
        for other in Typ:
            if other is typ:
                open_envelope(made, other, "m").check(ROOT.public_key, "m")
            else:
                assert code_of(open_envelope, made, other, "m") is Code.TYPE_CONFUSED


def test_moving_a_payload_to_another_type_breaks_the_signature() -> None:
    made = sign(Typ.RECEIPT, b"\x01", ROOT)
    moved = envelope.Envelope(Typ.LINK, made.payload, made.signature)
    assert code_of(moved.check, ROOT.public_key, "m") is Code.SIGNATURE_WRONG


@pytest.mark.parametrize(
    "header",
    [
        canon.encode({1: -8, 16: Typ.LINK.value}),
        canon.encode({1: -19}),
        canon.encode({1: -19, 16: "dt-link.v2+cbor"}),
        canon.encode({1: -19, 4: b"kid", 16: Typ.LINK.value}),
        bytes.fromhex("a1180132"),
        b"",
    ],
    ids=["EdDSA", "no type", "later version", "a key id", "long key", "empty"],
)
def test_no_other_protected_header_is_taken(header: bytes) -> None:
    made = sign(Typ.LINK, b"\x01", ROOT)
    body: canon.Value = [header, {}, made.payload, made.signature]
    assert code_of(open_envelope, canon.encode(canon.Tagged(18, body)), Typ.LINK, "m") is Code.FIELD_WRONG


def test_unprotected_headers_no_tag_and_short_signatures_are_refused() -> None:
    made = sign(Typ.LINK, b"\x01", ROOT)
    header = protected_header(Typ.LINK)
    shapes: list[canon.Value] = [
        canon.Tagged(18, [header, {4: b"kid"}, made.payload, made.signature]),
        [header, {}, made.payload, made.signature],
        canon.Tagged(18, [header, {}, made.payload, made.signature[:63]]),
        canon.Tagged(18, [header, {}, None, made.signature]),
        canon.Tagged(18, [header, {}, made.payload]),
    ]
    for shape in shapes:
        assert code_of(open_envelope, canon.encode(shape), Typ.LINK, "m") is Code.FIELD_WRONG


@pytest.mark.parametrize(
    "point",
    [
        bytes(32),
        b"\x01" + bytes(31),
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
        bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        b"\xff" * 32,
        b"short",
    ],
    ids=["order 4", "order 1", "order 8", "order 8, negative", "not canonical", "no point", "short"],
)
def test_unsafe_keys_are_refused_when_a_certificate_is_issued(point: bytes) -> None:
    def issue() -> None:
        issue_device_certificate(ROOT, issuer=ALTYN, epoch_day=1, serial=1, profile=1, key=point)

    assert code_of(issue) is Code.KEY_UNSAFE


def test_a_packed_certificate_reads_back_and_each_byte_counts() -> None:
    device = Mint().device("shop", category=5411, business="980640000093")
    packed = device.certificate.packed()
    again = DeviceCertificate.unpack(packed, device.key.public_key, "c")
    assert again == device.certificate and len(packed) == 81
    bank_key = Mint().bank(ALTYN).public_key
    again.check(bank_key, "c")
    for place in range(len(packed)):
        spoiled = packed[:place] + bytes((packed[place] ^ 1,)) + packed[place + 1 :]
        with pytest.raises(RemoteProtocolError):
            DeviceCertificate.unpack(spoiled, device.key.public_key, "c").check(bank_key, "c")


def test_an_authority_certificate_is_the_roots_or_nothing() -> None:
    made = issue_authority_certificate(
        ROOT,
        kind=Kind.BANK,
        number=ALTYN,
        name="Altyn Bank",
        expiry=2**31,
        serial=bytes(8),
        key=ROOT.public_key,
    )
    assert open_authority_certificate(made.to_bytes(), ROOT.public_key, "c") == made
    assert code_of(open_authority_certificate, made.to_bytes(), key_of("x").public_key, "c") is (
        Code.CERTIFICATE_WRONG
    )
    risen = replace(made, kind=Kind.ISSUER).to_bytes()
    assert code_of(open_authority_certificate, risen, ROOT.public_key, "c") is Code.CERTIFICATE_WRONG


def body(number: int, date: int = NOW, signer: SigningKey = ROOT) -> bytes:
    """A directory with nobody in it."""
    return sign_directory(DirectoryBody(1, number, date, (), (PROFILE_PERSON,), ()), signer)


def test_a_directory_never_goes_back_and_is_the_roots() -> None:
    trust = Mint().trust()
    assert trust.with_directory(body(7)).directory.number == 7
    assert trust.with_directory(body(7)).with_directory(body(6)).directory.number == 7
    assert code_of(trust.with_directory, body(8, signer=key_of("bank"))) is Code.DIRECTORY_WRONG
    assert code_of(open_directory, b"\x00", ROOT.public_key) is Code.FIELD_WRONG


def test_the_time_floor_holds_a_clock_that_was_turned_back() -> None:
    trust = Mint().trust()
    assert trust.now(0) == trust.directory.date
    assert trust.now(NOW + 5) == NOW + 5
    assert trust.with_directory(body(9, date=NOW + 999)).now(NOW) == NOW + 999
    assert replace(trust, floor=NOW + 77).now(NOW) == NOW + 77


def test_missing_entries_have_their_own_codes() -> None:
    trust = Mint().trust()
    assert code_of(trust.bank, 777, "c") is Code.CERTIFICATE_MISSING
    assert code_of(trust.issuer_key, ALTYN, "c") is Code.ISSUER_UNKNOWN
    assert code_of(trust.messages_key, ALTYN, "c") is Code.SENDER_UNKNOWN
    assert code_of(trust.profile, 77, "c") is Code.PROFILE_UNKNOWN


def test_a_signing_key_shows_nothing_and_does_not_travel() -> None:
    key = key_of("secret")
    assert key.seed.hex() not in repr(key) and "hidden" in repr(key)
    with pytest.raises(TypeError):
        pickle.dumps(key)
    assert verify(key.sign(b"m"), b"m", key.public_key)
    assert not verify(key.sign(b"m")[:63], b"m", key.public_key)
    assert EPOCH_DAY > 0
