"""The published vectors are what the code makes, and what the code accepts."""

import json

from tender.cash.chain import verify_chain
from tender.crypto.directory import Trust, open_directory
from tests.cash.cash_vectors import FILE, text


def test_the_published_vectors_are_the_codes_own() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m tests.cash.cash_vectors"


def test_the_published_tokens_verify_with_the_published_root_key() -> None:
    published = json.loads(FILE.read_text(encoding="utf-8"))
    root_key = bytes.fromhex(published["keys"]["root"]["public"])
    trust = Trust(root_key, open_directory(bytes.fromhex(published["directory"]), root_key))
    split = published["link with split and nonce"]
    hers = verify_chain(bytes.fromhex(split["token, payee's side"]), trust)
    mine = verify_chain(bytes.fromhex(split["token, payer's side"]), trust)
    assert (hers.amount_tiyn, mine.amount_tiyn) == (3_779_00, 1_221_00)
    assert hers.output.hex() == split["payment_output"]
    assert mine.output.hex() == split["change_output"]
    assert verify_chain(bytes.fromhex(published["coloured"]["packed"]), trust).rule is not None
