"""A shop sees less of a payer by Digital Tenge than by card (DT-A-03): both lists, field by field.

The card's list is taken from what a terminal reads of a contact chip card (EMV 4.4 Book 3, Annex A) and sends
on (ISO 8583-1:2003, data elements); no card is read here, because cards come later in this project. The
wallet's list is read from the bytes that Merchant M's wallet receives.
"""

from dataclasses import fields
from typing import Final

import pytest

from tender.cash.beside import Beside, take_apart
from tender.cash.chain import verify_chain
from tender.cash.messages import Transfer, open_message
from tests.privacy.data import about
from tests.wallet.village import Village, approved, good
from town.cast import AIGUL, MERCHANT

CARD: Final = {
    "application PAN": ("5A", "2", True, "one number for every purchase anywhere, for years"),
    "PAN sequence number": ("5F34", "23", True, "which of the account's cards"),
    "expiration date": ("5F24", "14", True, "the same for years"),
    "cardholder name": ("5F20", "-", True, "as embossed"),
    "track 2 equivalent data": ("57", "35", True, "number, date and service code once more"),
    "service code": ("5F30", "40", True, "what kind of card and customer"),
    "issuer country": ("5F28", "20", True, "of the account"),
    "language preference": ("5F2D", "-", True, "of the holder"),
    "application label": ("50", "-", True, "product, such as a premium card"),
    "payment account reference": ("9F24", "56", True, "joins every card and phone of one account"),
    "issuer (BIN of the PAN)": ("42", "100", True, "the payer's bank"),
    "amount": ("9F02", "4", False, "the merchant's own"),
    "transaction counter": ("9F36", "55", True, "how often this card has paid"),
    "cryptogram": ("9F26", "55", False, "opaque to the merchant"),
}
"""Name → EMV tag, ISO 8583 data element, whether it says something of the payer, and what."""

WALLET: Final = {
    "issuer": (True, "the payer's bank"),
    "epoch_day": (False, "of the batch: the same for everybody of bank and quarter"),
    "serial": (False, "of the one-time key: used for one payment"),
    "profile": (True, "tier and limits: the same for everybody of that tier"),
    "category": (False, "0: a person"),
    "business_number": (False, "none: a person"),
    "key": (False, "one-time"),
    "signature": (False, "over the above"),
    "list ages": (True, "how long ago the payer's device, or one it met, was online"),
}
"""What stands in a payer's certificate and beside the payment, and whether it says something of the payer."""


def personal(listed: dict[str, tuple[bool, str]]) -> set[str]:
    """The names of those that do."""
    return {name for name, (says, _) in listed.items() if says}


@pytest.mark.row("DT-A-03")
def test_a_shop_sees_fewer_personal_fields_than_with_a_card(village: Village) -> None:
    """Every field Merchant M gets about Aigul is on the list above, and of the card's twelve none comes but
    her bank."""
    aigul, merchant = village.wallet(AIGUL, 200_000, single=True), village.wallet(MERCHANT)
    certificates = []
    for _ in range(2):
        request = good(merchant.money.request(10_000))
        message, beside = take_apart(approved(aigul.money, request.message).messages[0])
        transfer = open_message(message)
        assert isinstance(transfer, Transfer) and transfer.attestation is None
        assert beside is not None and {one.name for one in fields(Beside)} == {
            "directory_number",
            "list_number",
            "bytes_max",
            "news",
        }
        good(merchant.money.receive(message))
        for packed in transfer.tokens:
            certificates.append(verify_chain(packed, merchant.desk.trust).spends[-1].device_certificate())
        for datum in about("payer", AIGUL, aigul):
            assert datum.within(message) == (datum.what == "pseudonym"), datum.what
    assert {one.name for one in fields(certificates[0])} | {"list ages"} == set(WALLET)
    by_card = {name for name, (_, _, says, _) in CARD.items() if says}
    assert personal(WALLET) == {"issuer", "profile", "list ages"}
    assert len(personal(WALLET)) < len(by_card) == 12


@pytest.mark.row("DT-A-03")
def test_two_purchases_of_one_device_show_nothing_that_joins_them(village: Village) -> None:
    """A card shows one number twice; here what differs from everybody else's is different each time."""
    aigul, merchant = village.wallet(AIGUL), village.wallet(MERCHANT)
    good(aigul.bank.convert("to-dt", 200_000))
    for _ in range(2):
        good(aigul.bank.load(100_000, single=True))
    seen = []
    for _ in range(2):
        request = good(merchant.money.request(100_000))
        transfer = open_message(approved(aigul.money, request.message).messages[0])
        assert isinstance(transfer, Transfer)
        (packed,) = transfer.tokens
        seen.append(verify_chain(packed, merchant.desk.trust).spends[-1].device_certificate())
    first, second = seen
    differing = {one.name for one in fields(first) if getattr(first, one.name) != getattr(second, one.name)}
    assert differing == {"serial", "key", "signature"}
