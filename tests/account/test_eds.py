"""Signed orders and replies: each fits one question, one sender, one answer."""

from dataclasses import replace
from hashlib import sha256

import pytest

from tender import canon
from tender.account.attestation import Attestation, issue_attestation, open_attestation
from tender.account.batch import BATCH, Batch, open_batch, possession_payload
from tender.account.eds import ORDER, Order, key_id, make_order, make_reply, open_order, open_reply
from tender.account.messages import KINDS, Role, permitted
from tender.account.participants import ALTYN, EURASIAN, NBK, NOTARY
from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.errors import Code, Refusal, RemoteProtocolError


def key_of(name: str) -> SigningKey:
    return SigningKey(sha256(name.encode()).digest())


ASKER, ANSWERER, STRANGER = key_of("asker"), key_of("answerer"), key_of("stranger")
ORDERED = Order("vault", ALTYN, NBK, key_id(ASKER.public_key), bytes(16), 1_800_000_000, b"\x80")
RAW = make_order(ORDERED, ASKER)


def told(error: pytest.ExceptionInfo[RemoteProtocolError]) -> Code:
    return error.value.code


def test_an_order_opens_to_what_was_sealed() -> None:
    signed = open_order(RAW)
    signed.check(ASKER.public_key)
    assert signed.order == ORDERED
    assert not signed.from_device


def test_another_key_is_another_sender() -> None:
    with pytest.raises(RemoteProtocolError) as error:
        open_order(RAW).check(STRANGER.public_key)
    assert told(error) is Code.SENDER_UNKNOWN
    forged = make_order(ORDERED, STRANGER)
    with pytest.raises(RemoteProtocolError) as error:
        open_order(forged).check(ASKER.public_key)
    assert told(error) is Code.SIGNATURE_WRONG


def test_a_reply_is_no_order() -> None:
    reply = make_reply(open_order(RAW), NBK, 0, b"\x80", ANSWERER)
    with pytest.raises(RemoteProtocolError) as error:
        open_order(reply)
    assert told(error) is Code.TYPE_CONFUSED


def test_a_reply_fits_its_own_order_and_sender_only() -> None:
    reply = make_reply(open_order(RAW), NBK, 0, b"\x80", ANSWERER)
    assert open_reply(reply, RAW, NBK, ANSWERER.public_key).body == b"\x80"
    other = make_order(replace(ORDERED, message_id=b"1" * 16), ASKER)
    for order, sender in ((other, NBK), (RAW, NOTARY)):
        with pytest.raises(RemoteProtocolError) as error:
            open_reply(reply, order, sender, ANSWERER.public_key)
        assert told(error) is Code.RECEIPT_WRONG
    with pytest.raises(RemoteProtocolError) as error:
        open_reply(reply, RAW, NBK, STRANGER.public_key)
    assert told(error) is Code.SIGNATURE_WRONG


def test_a_refusal_travels_with_its_facts() -> None:
    no = Refusal(Code.FUNDS_INSUFFICIENT, "amount", (("have_tiyn", 5), ("why", "so")))
    reply = make_reply(open_order(RAW), NBK, 0, no, ANSWERER)
    assert open_reply(reply, RAW, NBK, ANSWERER.public_key).refusal() == no


def test_a_field_too_many_is_refused_by_name() -> None:
    value = ORDER.to_value(ORDERED)
    assert isinstance(value, list)
    longer = envelope.sign(Typ.ORDER, canon.encode([*value, 0]), ASKER).to_bytes()
    with pytest.raises(RemoteProtocolError) as error:
        open_order(longer)
    assert (told(error), error.value.field) == (Code.FIELD_WRONG, "order")


def test_who_may_say_what() -> None:
    assert permitted(KINDS["transfer"], 0, ALTYN)
    assert not permitted(KINDS["transfer"], EURASIAN, ALTYN)
    assert not permitted(KINDS["issue-request"], 0, NBK)
    assert not permitted(KINDS["credit"], EURASIAN, ALTYN)
    assert permitted(KINDS["credit"], NBK, ALTYN)
    assert not permitted(KINDS["notarise"], ALTYN, NBK)
    devices = {name for name, kind in KINDS.items() if Role.DEVICE in kind.senders}
    assert all(KINDS[name].answers is Role.BANK for name in devices)


def test_a_batch_proves_each_key_to_one_bank() -> None:
    identity, one, two = key_of("identity"), key_of("one"), key_of("two")
    batch = Batch(ALTYN, 0, (one.public_key, two.public_key))
    signed = envelope.sign(Typ.BATCH, BATCH.encode(batch), identity).to_bytes()

    def proof(key: SigningKey, claimed: bytes, bank: int = ALTYN) -> bytes:
        return envelope.sign(Typ.BATCH, possession_payload(claimed, bank), key).signature

    good = (proof(one, one.public_key), proof(two, two.public_key))
    assert open_batch(signed, identity.public_key, ALTYN, good) == batch
    wrong = [
        (identity.public_key, ALTYN, (good[1], good[0]), Code.SIGNATURE_WRONG),
        (identity.public_key, ALTYN, (good[0], proof(one, two.public_key)), Code.SIGNATURE_WRONG),
        (identity.public_key, ALTYN, (good[0], proof(two, two.public_key, EURASIAN)), Code.SIGNATURE_WRONG),
        (identity.public_key, ALTYN, good[:1], Code.FIELD_WRONG),
        (identity.public_key, EURASIAN, good, Code.FIELD_WRONG),
        (STRANGER.public_key, ALTYN, good, Code.SIGNATURE_WRONG),
    ]
    for public, bank, proofs, code in wrong:
        with pytest.raises(RemoteProtocolError) as error:
            open_batch(signed, public, bank, proofs)
        assert told(error) is code


def test_a_name_is_attested_for_one_key() -> None:
    bank, mine, other = key_of("bank"), key_of("mine").public_key, key_of("other").public_key
    raw = issue_attestation(Attestation(mine, "Aigul", None), bank)
    assert open_attestation(raw, mine, bank.public_key).name == "Aigul"
    for key, signer in ((other, bank.public_key), (mine, STRANGER.public_key)):
        with pytest.raises(RemoteProtocolError) as error:
            open_attestation(raw, key, signer)
        assert told(error) is Code.CERTIFICATE_WRONG
