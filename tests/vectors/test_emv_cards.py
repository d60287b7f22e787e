"""A payment card that is not ours: the answers of a network's test card, with the network's own test key."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tender.card.certificates import (
    CaKey,
    CombinedData,
    IssuerKey,
    KeyCertificate,
    RsaPublicKey,
    open_dynamic,
    recover_issuer,
)
from tender.card.tlv import unpack
from tender.errors import RemoteProtocolError

SAID: Mapping[str, Any] = json.loads(Path(__file__).with_name("emv").joinpath("amex_cda.json").read_text())
_KEY_AT = 21
"""Where a card's key begins in its recovered certificate (Book 2, table 14)."""
_SIZE_AT = 19


def tag(name: str) -> bytes:
    return bytes.fromhex(SAID[name])


def ca() -> CaKey:
    given = {name: bytes.fromhex(value) for name, value in SAID["ca"].items()}
    return CaKey(given["rid"], given["index"][0], given["modulus"], given["exponent"], given["hash"])


def issuer() -> IssuerKey:
    return recover_issuer(KeyCertificate(tag("90"), tag("92"), tag("9F32")), ca().key)


def card_key() -> RsaPublicKey:
    """By its place alone: the records under the certificate's hash were not published with it."""
    block = issuer().key.apply(tag("9F46"))
    assert block[2:12] == tag("5A").ljust(10, b"\xff")
    return RsaPublicKey(block[_KEY_AT : _KEY_AT + block[_SIZE_AT]], tag("9F47"))


def test_the_networks_key_has_the_check_sum_it_was_published_with() -> None:
    assert ca().is_whole


def test_the_issuers_certificate_opens_under_it() -> None:
    found = issuer()
    assert (found.identifier, found.ends_month, found.serial.hex()) == ("374245", 202412, "010007")
    assert found.fits("374245002751005")


def test_the_signed_answer_says_the_cryptogram_that_others_read_in_it() -> None:
    answer = {one.tag: one.value for one in unpack(tag("77"), loose=True)}
    dynamic = open_dynamic(answer[0x9F4B], card_key(), tag("9F37"))
    combined = CombinedData.from_bytes(dynamic.rest)
    assert combined.cryptogram == tag("9F26")
    assert combined.cryptogram_information == answer[0x9F27][0] == 0x80


def test_for_another_terminals_number_it_proves_nothing() -> None:
    answer = {one.tag: one.value for one in unpack(tag("77"), loose=True)}
    with pytest.raises(RemoteProtocolError):
        open_dynamic(answer[0x9F4B], card_key(), bytes.fromhex("A25B09ED"))
