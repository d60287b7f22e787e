"""DT-Q-10: whatever is signed, one bit flipped anywhere: verification fails and nothing is posted.

Every type of signed message there is, at every bit; every kind of order there is, at bits drawn from a seed,
by the real gateway into real stores.
"""

from collections.abc import Iterator
from random import Random

import pytest

from tender import canon
from tender.account.description import sample
from tender.account.eds import REPLY, Order, key_id, make_order
from tender.account.messages import KINDS, Kind, Role
from tender.account.participants import ALTYN, CERTIFICATION_CENTRE, EURASIAN, ID_CENTRE, NBK, NOTARY
from tender.crypto import envelope
from tender.crypto.envelope import Typ, open_envelope
from tender.crypto.keys import SigningKey
from tender.errors import RemoteProtocolError
from tests.fuzz.orders import rich
from tests.mint import key_of
from tests.platform_stub.people import AIGUL, BOLAT, Phone, Town, open_town

BITS_AN_ORDER = 12
NUMBER = {Role.NBK: NBK, Role.NOTARY: NOTARY, Role.ID_CENTRE: ID_CENTRE}
NUMBER |= {Role.CERTIFICATION_CENTRE: CERTIFICATION_CENTRE, Role.BANK: ALTYN, Role.DEVICE: 0}


def flipped(data: bytes, bit: int) -> bytes:
    """The same with one bit turned."""
    return data[: bit // 8] + bytes((data[bit // 8] ^ 1 << bit % 8,)) + data[bit // 8 + 1 :]


@pytest.mark.row("DT-Q-10")
@pytest.mark.parametrize("typ", list(Typ))
def test_every_type_of_signed_message_at_every_bit(typ: Typ) -> None:
    key = key_of("signer")
    signed = envelope.sign(typ, canon.encode([1, b"something signed", 500, "сом"]), key).to_bytes()
    open_envelope(signed, typ, "m").check(key.public_key, "m")
    for bit in range(len(signed) * 8):
        with pytest.raises(RemoteProtocolError):
            open_envelope(flipped(signed, bit), typ, "m").check(key.public_key, "m")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A platform with money in it."""
    yield open_town(tmp_path_factory.mktemp("one bit"))


@pytest.fixture(scope="module")
def phones(town: Town) -> tuple[Phone, Phone]:
    aigul, bolat = town.rich_or_plain(AIGUL), town.rich_or_plain(BOLAT)
    aigul.load(100)
    return aigul, bolat


def signer(town: Town, phone: Phone, role: Role) -> SigningKey:
    """The key such a sender signs orders with."""
    platform = town.platform
    if role is Role.DEVICE:
        return phone.identity
    desk = platform.nbk.desk if role is Role.NBK else platform.banks[ALTYN].desk
    return desk.vault.key("messages")


def order_of(town: Town, phone: Phone, kind: Kind, *, full: bool) -> bytes:
    """An order of this kind, rightly signed by one who may send it."""
    role = kind.senders[0]
    key, to = signer(town, phone, role), NUMBER[kind.answers]
    if role is Role.BANK and to == ALTYN:
        to = EURASIAN
    body = canon.encode((rich if full else sample)(kind.order))
    drawn = town.entropy.draw(16)
    return make_order(
        Order(kind.name, NUMBER[role], to, key_id(key.public_key), drawn, town.clock.now(), body), key
    )


def books(town: Town, phones: tuple[Phone, Phone]) -> object:
    """Everything that a posting would change."""
    requests = [(one.number, one.state) for one in town.platform.nbk.requests()]
    return town.equation(), requests, [phone.balances() for phone in phones]


def code_of(town: Town, kind: Kind, raw: bytes) -> str:
    """The code of the answer, signed or raised."""
    gateway = town.platform.gateway
    try:
        device = Role.DEVICE in kind.senders
        answer = gateway.bank(ALTYN, kind.name, raw) if device else gateway.platform(kind.name, raw)
    except RemoteProtocolError as error:
        return error.code.value
    return REPLY.decode(open_envelope(answer, Typ.REPLY, "reply").payload, "reply").code


@pytest.mark.row("DT-Q-10")
@pytest.mark.parametrize("kind", list(KINDS.values()), ids=lambda kind: kind.name)
@pytest.mark.parametrize("full", [False, True], ids=["small", "rich"])
def test_every_kind_of_order_with_one_bit_flipped_posts_nothing(
    town: Town, phones: tuple[Phone, Phone], kind: Kind, full: bool
) -> None:
    raw = order_of(town, phones[0], kind, full=full)
    before = books(town, phones)
    chance = Random(f"{kind.name} {full}")
    for bit in sorted(chance.sample(range(len(raw) * 8), BITS_AN_ORDER)):
        assert code_of(town, kind, flipped(raw, bit)), (kind.name, bit)
    assert books(town, phones) == before


@pytest.mark.row("DT-Q-10")
def test_the_same_orders_unspoiled_are_taken_up(town: Town, phones: tuple[Phone, Phone]) -> None:
    """Else the flips above would prove nothing: a signature that is right gets past the signature."""
    wrong = {"signature-wrong", "sender-unknown", "not-permitted", "cbor-malformed", "field-wrong"}
    codes = {
        kind.name: code_of(town, kind, order_of(town, phones[0], kind, full=False)) for kind in KINDS.values()
    }
    past = [name for name, code in codes.items() if code not in wrong]
    assert len(past) > len(KINDS) * 2 // 3, codes
