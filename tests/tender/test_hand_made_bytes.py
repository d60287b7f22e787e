"""Bytes put together by hand for speed are the encoder's bytes, and are read as the decoder reads."""

from hypothesis import given
from hypothesis import strategies as st

from tender import canon
from tender.canon import Tagged
from tender.cash.token import Claim, Root, Rule
from tender.crypto.envelope import TAG_COSE_SIGN1, Envelope, Typ, open_envelope, protected_header
from tender.errors import RemoteProtocolError
from tender.money import AMOUNT_MAX_TIYN, CURRENCY_KZT

KEYS = st.binary(min_size=32, max_size=32)
RULES = st.none() | st.builds(Rule, st.sampled_from(("school meals", "medicine")), st.just((8211, 5814)))


@given(st.sampled_from(list(Typ)), st.binary(max_size=70_000), st.binary(min_size=64, max_size=64))
def test_an_envelope_is_the_encoders(typ: Typ, payload: bytes, signature: bytes) -> None:
    body: canon.Value = [protected_header(typ), {}, payload, signature]
    raw = Envelope(typ, payload, signature).to_bytes()
    assert raw == canon.encode(Tagged(TAG_COSE_SIGN1, body))
    assert open_envelope(raw, typ, "envelope") == Envelope(typ, payload, signature)


@given(st.integers(0, 400), st.integers(0, 255), st.integers(0, 300), st.booleans())
def test_an_envelope_opens_only_in_its_one_form(place: int, byte: int, length: int, longer: bool) -> None:
    raw = Envelope(Typ.LINK, bytes(length), bytes(64)).to_bytes()
    at = place % len(raw)
    changed = raw[:at] + bytes((byte,)) + raw[at + (0 if longer else 1) :]
    try:
        found = open_envelope(changed, Typ.LINK, "envelope")
    except RemoteProtocolError:
        return
    assert canon.encode(canon.decode(changed)) == changed
    assert found.to_bytes() == changed


@given(
    st.integers(0, 65_535), st.binary(min_size=16, max_size=16), st.integers(1, AMOUNT_MAX_TIYN), KEYS,
    st.integers(0, 255), st.integers(1, 2**32 - 1), RULES,
)  # fmt: skip
def test_a_roots_payload_is_the_encoders(
    issuer: int, name: bytes, amount: int, key: bytes, hops: int, expiry: int, rule: Rule | None
) -> None:
    coloured = None if rule is None else rule.to_value()
    wanted = canon.encode([1, issuer, name, CURRENCY_KZT, amount, key, hops, expiry, coloured])
    assert Root(issuer, name, amount, key, hops, expiry, rule).payload() == wanted


@given(KEYS, st.integers(0, 70_000), KEYS)
def test_a_claim_is_the_encoders_and_is_read_back_when_its_bank_is_one(
    parent: bytes, bank: int, address: bytes
) -> None:
    claim = Claim(parent, bank, address)
    payload = claim.payload()
    assert payload == canon.encode([parent, bank, address])
    try:
        assert Claim.from_payload(payload, "claim") == claim
    except RemoteProtocolError:
        assert not 100 <= bank <= 999
    else:
        assert 100 <= bank <= 999


@given(st.binary(min_size=66, max_size=76))
def test_no_other_bytes_are_a_claim(data: bytes) -> None:
    try:
        claim = Claim.from_payload(b"\x83\x58\x20" + data, "claim")
    except RemoteProtocolError:
        return
    assert claim.payload() == b"\x83\x58\x20" + data
