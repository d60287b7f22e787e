"""Vectors of docs/protocol/cash.md from readable seeds: ``python -m tests.cash.cash_vectors`` writes them.

Each key is Ed25519 from the seed SHA-256("test key " + name).
"""

import json
from pathlib import Path
from typing import Any

from tender.cash.chain import append_hop, hop_bytes, spend_link, verify_chain
from tender.cash.token import Claim, Rule, output_id
from tender.crypto import envelope
from tender.crypto.envelope import Typ, to_be_signed
from tests.mint import ALTYN, EURASIAN, Mint, key_of, pay

FILE = Path(__file__).resolve().parents[2] / "docs" / "protocol" / "cash-vectors.json"


def vectors() -> dict[str, Any]:
    """Everything a second implementation can compare itself with."""
    mint = Mint()
    trust = mint.trust()
    aigul = mint.device("Aigul", ALTYN)
    dana = mint.device("Dana", EURASIAN)
    canteen = mint.device("canteen", category=5814, business="940140000385")
    packed = mint.load(aigul, 5_000_00)
    fresh = verify_chain(packed, trust)
    paid, kept = pay(fresh, aigul, dana.key.public_key, 3_779_00, nonce=b"8 bytes!")
    assert kept is not None
    holding = verify_chain(paid, trust)
    first = holding.spends[0]
    claim = Claim(holding.output, EURASIAN, key_of("account of Dana").public_key)
    claim_signed = envelope.sign(Typ.CLAIM, claim.payload(), dana.key)
    rule = Rule("school meals", categories=(5814, 8211), valid_until=1_809_000_000)
    coloured = mint.load(aigul, 700_00, rule=rule)
    whole = spend_link(verify_chain(coloured, trust), canteen.key.public_key, 700_00)
    signature = envelope.sign(Typ.LINK, whole.payload(), aigul.key).signature
    hop = hop_bytes(verify_chain(coloured, trust), whole, signature, aigul.certificate, change=False)
    return {
        "keys": {
            name: {"seed": key_of(name).seed.hex(), "public": key_of(name).public_key.hex()}
            for name in ("root", "issuer", f"bank {ALTYN}", f"bank {EURASIAN}", "Aigul", "Dana", "canteen")
        },
        "directory": trust.directory.raw.hex(),
        "certificate, person": _certificate(aigul.certificate),
        "certificate, merchant": _certificate(canteen.certificate),
        "root": {
            "payload": fresh.root.payload().hex(),
            "to_be_signed": to_be_signed(Typ.ROOT, fresh.root.payload()).hex(),
            "packed": packed.hex(),
            "output": fresh.output.hex(),
        },
        "link with split and nonce": {
            "payload": first.payload.hex(),
            "to_be_signed": to_be_signed(Typ.LINK, first.payload).hex(),
            "cose": first.envelope().to_bytes().hex(),
            "payment_output": output_id(first.payload, 0).hex(),
            "change_output": output_id(first.payload, 1).hex(),
            "token, payee's side": paid.hex(),
            "token, payer's side": kept.hex(),
        },
        "claim": {"payload": claim.payload().hex(), "cose": claim_signed.to_bytes().hex()},
        "coloured": {"rule": rule.to_bytes().hex(), "packed": append_hop(coloured, hop).hex()},
    }


def _certificate(certificate: Any) -> dict[str, str]:
    return {
        "key": certificate.key.hex(),
        "packed": certificate.packed().hex(),
        "cose": certificate.envelope().to_bytes().hex(),
    }


def text() -> str:
    """The file's exact content."""
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
