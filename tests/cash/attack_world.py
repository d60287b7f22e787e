"""A payer, a payee and a mint for attacks: what a modified wallet would send, made with no honest wallet."""

from dataclasses import dataclass, field, replace

from tender.cash.chain import verify_chain
from tender.cash.messages import REQUEST, Kind, Transfer, pack, pack_signed
from tender.cash.revocation import open_list, sign_list
from tender.cash.session_state import Payee
from tender.cash.token import Rule
from tender.crypto import envelope
from tender.crypto.directory import Trust, sign_directory
from tender.crypto.envelope import Typ
from tests.cash.two_devices import Phone
from tests.mint import EURASIAN, NOW, Device, Mint, pay

PRICE = 30_000
MEALS = Rule("school meals", (5814,), ("123456789012",))


@dataclass
class World:
    """Aigul (payer), Dana (payee, a person) and canteen K, with an open request of Dana's."""

    mint: Mint = field(default_factory=Mint)

    def __post_init__(self) -> None:
        self.trust = self.mint.trust()
        self.aigul = self.mint.device("Aigul")
        self.dana = self.mint.device("Dana", EURASIAN)
        self.payer = Phone("Aigul", self.trust, [self.aigul], [self.mint.load(self.aigul, 50_000)])
        self.payee = Phone("Dana", self.trust, [self.dana])

    def open_request(self, amount_tiyn: int = PRICE, **changed: object) -> bytes:
        self.payee.ask_for(amount_tiyn, **changed)
        return self.payee.outbox.pop()

    def transfer(self, *tokens: bytes, amount_tiyn: int = PRICE, **changed: object) -> bytes:
        """The message a modified payer would send for an open request."""
        if not self.payee.disk:
            self.open_request(amount_tiyn, **changed)
        state = self.payee.state
        assert isinstance(state, Payee)
        return pack(Transfer(state.payment_id, tokens))

    def paid(
        self, packed: bytes, amount_tiyn: int | None = PRICE, *, by: Device | None = None, nonce: bytes = b""
    ) -> bytes:
        """A link to Dana, signed without asking anybody."""
        holding = verify_chain(packed, self.payer.trust)
        return pay(holding, by or self.aigul, self.dana.key.public_key, amount_tiyn, nonce)[0]

    def with_list(self, *revoked: Device, date: int = NOW) -> Trust:
        serials = {(one.certificate.issuer, one.certificate.epoch_day): [] for one in revoked}  # type: ignore[var-annotated]
        for one in revoked:
            serials[one.certificate.issuer, one.certificate.epoch_day].append(one.certificate.serial)
        raw = sign_list(2, date, serials, self.mint.root)
        return self.trust.with_revocations(open_list(raw, self.trust.root_key))

    def without_bank(self, bank: int) -> Trust:
        body = replace(self.trust.directory.body, number=2, withdrawn=(bank,))
        return self.trust.with_directory(sign_directory(body, self.mint.root))

    def request(self, by: Device | None = None, amount_tiyn: int = PRICE, **changed: object) -> bytes:
        """A request signed with no honest wallet in between."""
        device = by or self.dana
        phone = Phone(device.name, self.trust, [device])
        payload = REQUEST.encode(phone.request(amount_tiyn, **changed))
        signature = envelope.sign(Typ.REQUEST, payload, device.key).signature
        return pack_signed(Kind.REQUEST, Typ.REQUEST, payload, signature)
