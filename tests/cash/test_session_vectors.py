"""The published conversations are what the code says, and a payee that knows only them is paid by them."""

import json

from tender.cash.armour import from_text
from tender.cash.beside import take_apart
from tender.cash.chain import verify_chain
from tender.cash.fork_proof import check_proof
from tender.cash.messages import Offer, Transfer, open_message, open_request
from tender.cash.revocation import open_list
from tender.cash.revocation_step import apply_step, open_step
from tender.crypto.directory import Trust, open_directory
from tender.crypto.time_floor import open_correction
from tests.cash.session_vectors import FILE, PRICE, text

CASH = FILE.with_name("cash-vectors.json")


def test_the_published_conversations_are_the_codes_own() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m tests.cash.session_vectors"


def test_the_published_bytes_are_read_with_the_published_root_key_alone() -> None:
    published = json.loads(FILE.read_text(encoding="utf-8"))
    root_key = bytes.fromhex(json.loads(CASH.read_text(encoding="utf-8"))["keys"]["root"]["public"])
    trust = Trust(root_key, open_directory(bytes.fromhex(published["directory"]), root_key))
    for flow in ("one-way", "two-way"):
        said = {name: bytes.fromhex(data) for name, data in published[flow].items()}
        asked = open_request(said["request"])
        assert (asked.request.amount_tiyn, asked.payment_id) == (PRICE, said["payment id"])
        transfer = open_message(said["transfer"])
        assert isinstance(transfer, Transfer)
        if flow == "one-way":
            assert transfer.tokens == (said["token, payee's side"],)
        else:
            offer = open_message(said["offer"])
            assert isinstance(offer, Offer) and not transfer.tokens
            assert said["token, payee's side"].endswith(transfer.tails[0])
        assert verify_chain(said["token, payee's side"], trust).amount_tiyn == PRICE
    listed = open_list(bytes.fromhex(published["revocation list"]["cose"]), root_key)
    for bank, day, serials in published["revocation list"]["names"]:
        assert listed.group((bank, day)) == frozenset(serials)
    before = open_list(bytes.fromhex(published["revocation list before"]), root_key)
    step = open_step(bytes.fromhex(published["step to the revocation list"]), root_key)
    assert apply_step(before, step, root_key) == listed
    alone, beside = take_apart(bytes.fromhex(published["one-way transfer with the step beside it"]))
    assert alone.hex() == published["one-way"]["transfer"]
    assert beside is not None and (beside.list_number, beside.news) == (3, (step.raw,))
    correction = open_correction(bytes.fromhex(published["correction of the time floor"]), root_key)
    assert correction.floor == listed.date
    assert check_proof(bytes.fromhex(published["fork proof"]), root_key).bank.number == 949
    pasted = from_text(published["text form of the one-way request"])
    assert pasted.hex() == published["one-way"]["request"]
