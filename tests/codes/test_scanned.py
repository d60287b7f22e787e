"""Whatever a scanner meets is named, and nothing of it is followed or told on."""

import pytest

from faces.language import labels
from tender.cash.armour import to_text
from tender.errors import Code, RemoteProtocolError
from tender.qr.consumer_code import ConsumerCode
from tender.qr.foreign import KINDS, Foreign, Frame, what_is
from tender.qr.frames import split
from tender.qr.payment_code import PaymentCode, encode
from tests.codes.test_consumer_code import ONE
from tests.codes.test_merchant_code import SHOP


def test_ours_a_merchants_and_a_payers() -> None:
    frame = split(b"a message", 100).frame(0)
    assert what_is(frame) == Frame(frame)
    text = to_text(b"a message").encode()
    assert what_is(text) == Frame(text)
    assert isinstance(what_is(encode(SHOP).encode()), PaymentCode)
    assert isinstance(what_is(b"\xef\xbb\xbf" + encode(SHOP).encode() + b"\r\n"), PaymentCode)
    assert isinstance(what_is(ONE.encode()), ConsumerCode)


@pytest.mark.parametrize(
    ("text", "kind", "host"),
    [
        ("https://qr.kaspi.kz/2047731250", "kaspi", "qr.kaspi.kz"),
        ("HTTPS://PAY.KASPI.KZ/pay/abc123", "kaspi", "pay.kaspi.kz"),
        ("https://kaspi.kz:443/x", "kaspi", "kaspi.kz"),
        ("kaspi://pay?x=1", "kaspi", ""),
        ("https://kaspi.kz.example.com/pay", "address", "kaspi.kz.example.com"),
        ("https://kaspi.kz@example.com/pay", "address", "example.com"),
        ("https://example.com\\@kaspi.kz/", "address", "example.com"),
        ("https://notkaspi.kz/pay", "address", "notkaspi.kz"),
        ("https://кaspi.kz/pay", "address", ""),
        ("https://" + "a" * 70 + ".kz/", "address", ""),
        ("http://", "address", ""),
        ("https://qr.nspk.ru/AS1000", "bank", "qr.nspk.ru"),
        ("ST00012|Name=TOO Magazin|PersonalAcc=KZ00", "bank", ""),
        ("BCD\n002\n1\nSCT", "bank", ""),
        ("WIFI:S:cafe;T:WPA;P:hunter2;;", "wifi", ""),
        ("otpauth://totp/a?secret=JBSWY3DP", "secret", ""),
        ("BEGIN:VCARD\nN:Aigul\nEND:VCARD", "contact", ""),
        ("tel:+77012345601", "phone", ""),
        ("mailto:a@example.com", "mail", ""),
        ("geo:43.2,76.9", "place", ""),
        ("bitcoin:bc1q?amount=1", "crypto", ""),
        ("ur:bytes/1-9/lpadas", "crypto", ""),
        ("Hello, Almaty!", "text", ""),
        ("", "text", ""),
        ("000301", "text", ""),
    ],
)
def test_of_other_applications_only_the_kind_is_said(text: str, kind: str, host: str) -> None:
    assert what_is(text.encode()) == Foreign(kind, host)
    assert kind in KINDS


def test_bytes_that_are_no_text() -> None:
    assert what_is(b"\xff\xfe\x00secret") == Foreign("bytes")


def test_every_kind_has_its_words() -> None:
    assert not [kind for kind in KINDS if f"scanned.{kind}" not in labels()]


def test_what_claims_to_be_a_payment_code_is_held_to_it() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        what_is(encode(SHOP).replace("ALMATY", "ALMATI").encode())
    assert caught.value.code is Code.CODE_CHECKSUM
