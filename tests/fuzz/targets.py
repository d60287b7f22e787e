"""Valid messages of every kind, and the ways a hostile or broken sender may spoil them, all from one seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tender import canon
from tender.account.attestation import Attestation, issue_attestation, open_attestation
from tender.cash.armour import from_any, to_text
from tender.cash.chain import verify_chain
from tender.cash.fork_proof import check_proof, encode_proof, make_proof
from tender.cash.messages import Terms, open_message, open_request
from tender.cash.revocation import open_list, sign_list
from tender.cash.session_state import decode_state
from tender.cash.token import Claim, Link, Rule
from tender.crypto.certificates import DeviceCertificate, open_authority_certificate
from tender.crypto.directory import open_directory
from tests.cash.two_devices import Phone, carry
from tests.mint import ALTYN, EURASIAN, NOW, Mint, pay


@dataclass(frozen=True)
class Parser:
    """A front door for bytes, samples it takes, and whether everything in them is signed.

    ``sealed``: no sample changed in any way may be taken, because a signature covers all of it.
    """

    name: str
    read: Callable[[bytes], object]
    samples: tuple[bytes, ...]
    sealed: bool


def parsers() -> list[Parser]:
    """Every parser of the money, with samples from a real two-way and a real one-way payment."""
    mint = Mint()
    trust = mint.trust()
    rule = Rule("school meals", (5814,), ("123456789012",), NOW + 1_000)
    aigul, dana = mint.device("Aigul"), mint.device("Dana", EURASIAN)
    canteen = mint.device("K", category=5814, business="123456789012")
    tokens = [mint.load(aigul, 50_000), mint.load(aigul, 20_000, rule=rule)]
    phones = []
    for two_way, payee in ((False, dana), (True, canteen)):
        one, other = Phone("payer", trust, [aigul], tokens[:], two_way), Phone("payee", trust, [payee])
        if not two_way:
            one.tokens = tokens[:1]
        other.ask_for(30_000, nonce=b"8 bytes!", terms=Terms(tiers=("software",)))
        carry(other, one)
        assert other.balance_tiyn == 30_000
        phones += [one, other]
    said = tuple(dict.fromkeys(data for phone in phones for data in phone.sent))
    histories = tuple(token for phone in phones for token in phone.tokens)
    first, _ = pay(verify_chain(tokens[0], trust), aigul, dana.key.public_key, 10_000)
    second, _ = pay(verify_chain(tokens[0], trust), aigul, canteen.key.public_key, 20_000)
    branches = [verify_chain(one, trust).spends[-1] for one in (first, second)]
    bank = trust.bank(ALTYN, "bank")
    proof = encode_proof(make_proof(bank, aigul.certificate, branches[0].envelope(), branches[1].envelope()))
    revoked = sign_list(3, NOW, {(ALTYN, 21_500): [1, 5, 70_000], (EURASIAN, 21_500): [2]}, mint.root)
    shown = issue_attestation(Attestation(dana.key.public_key, "Дана", "+77010000000"), mint.bank(EURASIAN))
    root_key, bank_key = trust.root_key, mint.bank(EURASIAN).public_key
    claim = Claim(branches[0].payment_output, ALTYN, bytes(32)).payload()
    certificates = (aigul.certificate.packed(), canteen.certificate.packed())
    return [
        Parser("message", open_message, said, sealed=False),
        Parser("request", open_request, (phones[1].sent[0], phones[3].sent[0]), sealed=True),
        Parser("token", lambda data: verify_chain(data, trust), histories, sealed=True),
        Parser("text", from_any, tuple(to_text(data).encode() for data in said), sealed=False),
        Parser("proof", lambda data: check_proof(data, root_key), (proof,), sealed=True),
        Parser("list", lambda data: open_list(data, root_key), (revoked,), sealed=True),
        Parser("directory", lambda data: open_directory(data, root_key), (trust.directory.raw,), sealed=True),
        Parser(
            "authority",
            lambda data: open_authority_certificate(data, root_key, "authority"),
            (bank.to_bytes(),),
            sealed=True,
        ),
        Parser(
            "name",
            lambda data: open_attestation(data, dana.key.public_key, bank_key),
            (shown,),
            sealed=True,
        ),
        Parser(
            "certificate",
            lambda data: DeviceCertificate.unpack(data, bytes(32), "c"),
            certificates,
            sealed=False,
        ),
        Parser("rule", lambda data: Rule.from_bytes(data, "rule"), (rule.to_bytes(),), sealed=False),
        Parser("link", lambda data: Link.from_payload(data, "link"), (branches[0].payload,), sealed=False),
        Parser("claim", lambda data: Claim.from_payload(data, "claim"), (claim,), sealed=False),
        Parser("cbor", canon.decode, (*said, revoked), sealed=False),
        Parser("state", decode_state, tuple(phone.disk for phone in phones), sealed=False),
    ]


HEADS = (
    b"\x9f",
    b"\xbf",
    b"\x5f",
    b"\xff",
    b"\xfb",
    b"\xf9",
    b"\xc2",
    b"\x1b",
    b"\x5b",
    b"\x9b",
    b"\xd8",
    b"\xf7",
)
"""CBOR heads that hostile senders like: indefinite lengths, floats, big numbers, eight-byte lengths, tags."""


def spoiled(samples: tuple[bytes, ...], seed: int, count: int) -> Iterator[bytes]:
    """``count`` malformed messages, no one of them equal to a sample; the seed gives them again."""
    chance = Random(seed)
    while count:
        data = bytearray(chance.choice(samples))
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            _spoil(data, chance, samples)
        if bytes(data) not in samples:
            count -= 1
            yield bytes(data)


def _spoil(data: bytearray, chance: Random, samples: tuple[bytes, ...]) -> None:
    at = chance.randrange(len(data) + 1)
    kind = chance.randrange(8)
    if kind <= 1 and at < len(data):
        data[at] ^= 1 << chance.randrange(8)
    elif kind == 2:
        del data[at:]
    elif kind == 3:
        data[at:at] = chance.randbytes(chance.choice((1, 1, 2, 8, 64)))
    elif kind == 4:
        del data[at : at + chance.choice((1, 1, 4, 32, 64))]
    elif kind == 5:
        data[at : at + 1] = chance.choice(HEADS)
    elif kind == 6:
        other = chance.choice(samples)
        data[at:] = other[chance.randrange(len(other) + 1) :]
    else:
        data[at : at + 4] = chance.choice((bytes(4), b"\xff" * 4, b"\x81" * 4, data[:4]))
