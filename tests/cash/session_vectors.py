"""Writes ``docs/protocol/session-vectors.json``: both flows of a payment word for word, a return, a list, a
proof and the text form. Keys are those of ``cash-vectors.json``.

``python -m tests.cash.session_vectors`` writes it.
"""

import json
from pathlib import Path
from typing import Any, Final

from tender.cash.armour import to_text
from tender.cash.beside import Beside, put_beside
from tender.cash.chain import verify_chain
from tender.cash.fork_proof import encode_proof, make_proof
from tender.cash.messages import payment_id_of
from tender.cash.revocation import open_list, sign_list
from tender.cash.revocation_step import sign_step
from tender.crypto.certificates import DAY_S
from tender.crypto.time_floor import Correction, sign_correction
from tests.cash.two_devices import Phone, carry, kind_of
from tests.mint import ALTYN, EPOCH_DAY, EURASIAN, NOW, Mint, pay

FILE: Final = Path(__file__).resolve().parents[2] / "docs" / "protocol" / "session-vectors.json"
PRICE: Final = 3_779_00
LOADED: Final = 5_000_00
NONCE: Final = bytes.fromhex("0011223344556677")


def vectors() -> dict[str, Any]:
    """All vectors, hex throughout but for the text form."""
    mint = Mint()
    trust = mint.trust()
    aigul, dana = mint.device("Aigul"), mint.device("Dana", EURASIAN)
    token = mint.load(aigul, LOADED)
    found: dict[str, Any] = {"directory": trust.directory.raw.hex(), "token": token.hex()}
    for name, two_way, nonce in (("one-way", False, b""), ("two-way", True, NONCE)):
        payer = Phone("Aigul", trust, [aigul], [token], two_way)
        payee = Phone("Dana", trust, [dana])
        payee.ask_for(PRICE, nonce=nonce)
        carry(payee, payer)
        said = {kind_of(data): data.hex() for data in (*payee.sent, *payer.sent)}
        found[name] = {
            "payment id": payment_id_of(payee.sent[0]).hex(),
            **said,
            "token, payee's side": payee.tokens[0].hex(),
            "token, payer's side": payer.tokens[0].hex(),
        }
    late_payer, late_payee = Phone("Aigul", trust, [aigul], [token]), Phone("Dana", trust, [dana])
    late_payee.ask_for(PRICE)
    late_payer.hear(late_payee.outbox.pop())
    late_payee.cancel()
    late_payee.hear(late_payer.outbox.pop())
    found["return of what reached a cancelled request"] = late_payee.outbox.pop().hex()
    serials = {(ALTYN, EPOCH_DAY): [1, 5, 70_000], (EURASIAN, EPOCH_DAY): [2]}
    older = sign_list(2, NOW - DAY_S, {**serials, (ALTYN, EPOCH_DAY): [1]}, mint.root)
    newer = sign_list(3, NOW, serials, mint.root)
    before, after = (open_list(one, mint.root.public_key) for one in (older, newer))
    step = sign_step(before, after, 0, mint.root)
    found["revocation list before"] = older.hex()
    found["step to the revocation list"] = step.hex()
    found["one-way transfer with the step beside it"] = put_beside(
        bytes.fromhex(found["one-way"]["transfer"]), Beside(1, 3, 65_536, (step,))
    ).hex()
    correction = Correction(number=1, floor=NOW, list_number=2, directory_number=1)
    found["correction of the time floor"] = sign_correction(correction, mint.root).hex()
    found["revocation list"] = {
        "cose": sign_list(3, NOW, serials, mint.root).hex(),
        "names": [[bank, day, group] for (bank, day), group in serials.items()],
    }
    held = verify_chain(token, trust)
    branches = [
        verify_chain(pay(held, aigul, dana.key.public_key, amount)[0], trust).spends[0].envelope()
        for amount in (10_000, 20_000)
    ]
    proof = encode_proof(make_proof(trust.bank(ALTYN, "bank"), aigul.certificate, *branches))
    found["fork proof"] = proof.hex()
    found["text form of the one-way request"] = to_text(bytes.fromhex(found["one-way"]["request"]))
    return found


def text() -> str:
    """The file's exact content."""
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
