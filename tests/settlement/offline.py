"""Phones of the platform's tests paying one another with no platform between them, honestly or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from platform_stub.ports import FrontDoor
from tender.account.token_messages import ClaimItem, ItemState, Settle, Settled
from tender.cash.chain import Holding, verify_chain
from tender.crypto.certificates import DeviceCertificate
from tender.errors import Code, LinkError, Refusal
from tests import mint
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Person, Phone, Town


def holding_of(phone: Phone, token: bytes) -> Holding:
    """What a token is worth to this phone, with only the root key."""
    return verify_chain(token, phone.trust)


def signer(phone: Phone, key: bytes) -> mint.Device:
    """One of a phone's certified keys."""
    certificate = DeviceCertificate.unpack(phone.certificates[key], key, "certificate")
    return mint.Device(phone.person.name, phone.keys[key], certificate)


def hand_over(
    payer: Phone, token: bytes, payee: Phone, tenge: int | None = None
) -> tuple[bytes, bytes | None]:
    """Pay to a fresh key of the payee; signs as often as it is asked, as a cloned phone would."""
    holding = holding_of(payer, token)
    key = payee.certify(1)[0]
    amount_tiyn = None if tenge is None else tenge * TENGE
    return mint.pay(holding, signer(payer, holding.holder), key, amount_tiyn)


def settle(
    phone: Phone,
    claims: Sequence[bytes | ClaimItem] = (),
    records: Sequence[bytes] = (),
    message_id: bytes | None = None,
) -> Settled:
    """Upload through the phone's bank."""
    items = tuple(one if isinstance(one, ClaimItem) else phone.claim(one) for one in claims)
    told = phone.ask("settle", Settle(tuple(records), items), message_id)
    assert isinstance(told, Settled), told
    return told


def claimed(phone: Phone, token: bytes) -> ItemState:
    """Claim one token; what the platform says of it."""
    return settle(phone, [token]).claims[0]


def tenge_of(town: Town, person: Person) -> int:
    """The Digital Tenge on somebody's account, read from the bank's own rows (whole tenge)."""
    bank = town.platform.banks[person.bank]
    client = bank.client(person.identifier)
    assert not isinstance(client, Refusal), client
    return bank.balances(client.number).dt_tiyn // TENGE


def at_nbk(town: Town, account: str) -> int:
    """An account of the National Bank's ABS, in tenge."""
    with town.platform.nbk.desk.store.reading() as rows:
        return rows.account(account) // TENGE


def cloned(town: Town, tenge: int, *, reserve: int) -> tuple[Phone, Phone, Phone, bytes, bytes]:
    """Aigul's phone was cloned: one token of hers went whole to Dana and whole to Bolat."""
    aigul = town.rich_phone(AIGUL, tenge + reserve)
    dana, bolat = town.phone(DANA), town.phone(BOLAT)
    (token,) = aigul.load(tenge)
    to_dana, _ = hand_over(aigul, token, dana)
    to_bolat, _ = hand_over(aigul, token, bolat)
    return aigul, dana, bolat, to_dana, to_bolat


@dataclass
class Cut:
    """The way between participants, cut where a test says: before the order arrives, or after, when only
    the answer is lost."""

    inner: FrontDoor | None = None
    before: set[int] = field(default_factory=set)
    after: set[int] = field(default_factory=set)
    count: int = 0

    def send(self, kind: str, raw: bytes) -> bytes:
        """One order and its answer."""
        place, self.count = self.count, self.count + 1
        if place in self.before:
            raise LinkError(Code.PEER_UNREACHABLE, kind)
        assert self.inner is not None
        answer = self.inner.platform(kind, raw)
        if place in self.after:
            raise LinkError(Code.PEER_UNREACHABLE, kind)
        return answer
