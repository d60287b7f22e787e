"""The examples of the COSE working group: our structure of what is signed is theirs, and what they call wrong
or what is not ours is refused."""

import base64
import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from pycose.keys import CoseKey
from pycose.messages import Sign1Message

from tender import canon
from tender.crypto.envelope import Typ, open_envelope, protected_header, to_be_signed
from tender.crypto.keys import verify
from tender.errors import RemoteProtocolError

HERE = Path(__file__).parent / "cose"
EXAMPLES = {path.stem: json.loads(path.read_text()) for path in sorted(HERE.glob("*.json"))}


def signed_bytes(example: dict[str, Any]) -> bytes:
    """Sig_structure of RFC 9052, section 4.4, made with our encoder from their message."""
    protected, _, payload, _ = cbor2.loads(bytes.fromhex(example["output"]["cbor"])).value
    external = bytes.fromhex(example["input"]["sign0"].get("external", ""))
    return canon.encode(["Signature1", b"" if protected == b"\xa0" else protected, external, payload])


@pytest.mark.parametrize("name", [name for name, one in EXAMPLES.items() if not one.get("fail")])
def test_what_is_signed_is_what_they_sign(name: str) -> None:
    example = EXAMPLES[name]
    assert signed_bytes(example).hex().upper() == example["intermediates"]["ToBeSign_hex"].upper()


def test_our_verdict_on_their_eddsa_example() -> None:
    example = EXAMPLES["eddsa-examples_eddsa-sig-01"]
    key = bytes.fromhex(example["input"]["sign0"]["key"]["x_hex"])
    signature = cbor2.loads(bytes.fromhex(example["output"]["cbor"])).value[3]
    assert verify(signature, signed_bytes(example), key)
    assert not verify(signature, signed_bytes(example) + b"\x00", key)


@pytest.mark.parametrize("typ", list(Typ))
def test_the_hand_made_opening_equals_the_structure(typ: Typ) -> None:
    for length in (0, 23, 24, 255, 256, 70_000):
        payload = bytes(length)
        whole = canon.encode(["Signature1", protected_header(typ), b"", payload])
        assert to_be_signed(typ, payload) == whole


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_no_message_of_another_world_is_taken_for_ours(name: str) -> None:
    data = bytes.fromhex(EXAMPLES[name]["output"]["cbor"])
    for typ in Typ:
        with pytest.raises(RemoteProtocolError):
            open_envelope(data, typ, "example")


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.startswith("sign1-")])
def test_the_oracle_itself_tells_right_from_wrong(name: str) -> None:
    """pycose judges our messages elsewhere; here the vectors judge pycose."""
    example = EXAMPLES[name]
    parts = example["input"]["sign0"]["key"]
    pad = {name: parts[name] + "=" * (-len(parts[name]) % 4) for name in ("x", "y")}
    x, y = (base64.urlsafe_b64decode(pad[name]) for name in ("x", "y"))
    key: Any = CoseKey.from_dict({1: 2, -1: 1, -2: x, -3: y})
    try:
        message: Any = Sign1Message.decode(bytes.fromhex(example["output"]["cbor"]))
        message.external_aad = bytes.fromhex(example["input"]["sign0"].get("external", ""))
        message.key = key
        verdict = bool(message.verify_signature())
    except Exception:  # noqa: BLE001 - whatever it raises is a refusal
        verdict = False
    assert verdict is not example.get("fail", False)
