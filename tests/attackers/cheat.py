"""A modified wallet: a real, enrolled device whose keys were taken out of its element, so that it signs all.

A software element can be opened by whoever has its files and PIN; that is what the threat model says. The
cheat's victims are honest wallets on real files, and they learn of it only by what arrives.
"""

import shutil
from dataclasses import replace

from device.service.money import Told
from device.service.wallet import Wallet
from tender.cash.chain import (
    FLAG_CERTIFICATE,
    FLAG_CHANGE,
    FLAG_NONCE,
    FLAG_SPLIT,
    Holding,
    append_hop,
    verify_chain,
)
from tender.cash.messages import Request, Transfer, open_request, pack
from tender.cash.token import link_payload
from tender.crypto import envelope
from tender.crypto.certificates import DeviceCertificate
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.errors import Refusal
from tests import mint
from tests.wallet.village import Village, good


class Cheat:
    """What was found in one device: its tokens, and each key with its certificate."""

    def __init__(self, wallet: Wallet) -> None:
        desk = wallet.desk
        self.trust = desk.trust
        self.tokens = [coin.packed for coin in desk.spendable()]
        self.devices: dict[bytes, mint.Device] = {}
        for entry in desk.own_keys():
            row = desk.element._key(entry.key, "money")  # type: ignore[attr-defined]
            certificate = DeviceCertificate.unpack(entry.certificate, entry.key, "certificate")
            self.devices[entry.key] = mint.Device("cheat", SigningKey(row.seed), certificate)

    @property
    def spare(self) -> list[mint.Device]:
        """Its keys in the order they were made."""
        return list(self.devices.values())

    def holding(self, token: bytes) -> Holding:
        """The token as it stands."""
        return verify_chain(token, self.trust)

    def holder(self, token: bytes) -> mint.Device:
        """The key that may spend it."""
        return self.devices[self.holding(token).holder]

    def paid(
        self, token: bytes, request: Request, amount_tiyn: int | None = None, *, nonce: bytes | None = None
    ) -> bytes:
        """An honest-looking link for this request, signed without asking anybody."""
        to_nonce = request.nonce if nonce is None else nonce
        return mint.pay(
            self.holding(token), self.holder(token), request.key, amount_tiyn or request.amount_tiyn, to_nonce
        )[0]

    def spun(self, token: bytes, hops: int) -> bytes:
        """The token after so many more hops through the cheat's own keys."""
        for place in range(hops):
            to = self.spare[(place + 1) % len(self.spare)].key.public_key
            token = mint.pay(self.holding(token), self.holder(token), to)[0]
        return token

    def lie(
        self,
        token: bytes,
        request: Request,
        amount_tiyn: int,
        change_tiyn: int,
        *,
        pen: SigningKey | None = None,
        typ: Typ = Typ.LINK,
        certificate: bytes | None = None,
        flags: int = 0,
    ) -> bytes:
        """A hop with whatever is said of it; ``certificate`` replaces the holder's, ``flags`` are turned."""
        holding, device = self.holding(token), self.holder(token)
        payload = link_payload(holding.output, request.key, amount_tiyn, change_tiyn, request.nonce)
        signature = envelope.sign(typ, payload, pen or device.key).signature
        first = all(spend.signer != holding.holder for spend in holding.spends)
        split = amount_tiyn != holding.amount_tiyn
        said = (
            (FLAG_CERTIFICATE if first else 0)
            | (FLAG_SPLIT if split else 0)
            | (FLAG_NONCE if request.nonce else 0)
        )
        parts = [bytes(((said ^ flags) & ~FLAG_CHANGE,))]
        if first and not flags & FLAG_CERTIFICATE:
            parts.append(device.certificate.packed() if certificate is None else certificate)
        parts.append(request.key)
        if split:
            parts.append(amount_tiyn.to_bytes(5, "big"))
        return append_hop(token, b"".join((*parts, request.nonce, signature)))

    def self_made(self, key: bytes, **changed: int) -> bytes:
        """The certificate of a key with other numbers in it, signed by the cheat instead of its bank."""
        mine = self.devices[key].certificate
        made = replace(mine, **changed)  # type: ignore[arg-type]
        typ, payload = Typ.CERTIFICATE, made.envelope().payload
        signature = envelope.sign(typ, payload, self.spare[0].key).signature
        return replace(made, signature=signature).packed()


def asked(payee: Wallet, amount_tiyn: int) -> Request:
    """What an honest payee asks for, as it reads."""
    return open_request(good(payee.money.request(amount_tiyn)).message).request


def asked_bytes(payee: Wallet, amount_tiyn: int) -> tuple[Request, bytes]:
    """The same, with its payment id (16 bytes)."""
    opened = open_request(good(payee.money.request(amount_tiyn)).message)
    return opened.request, opened.payment_id


def sent(payee: Wallet, payment: bytes, *tokens: bytes) -> Told | Refusal:
    """A transfer as it arrives at an honest wallet."""
    return payee.money.receive(pack(Transfer(payment, tokens)))


def refusal_of(told: Told | Refusal) -> str:
    """The code an honest wallet refused with; empty when it took the money."""
    if isinstance(told, Refusal):
        return told.code.value
    return told.refusal.code.value if told.refusal is not None else ""


def clone(village: Village, wallet: Wallet, name: str, copy: str) -> tuple[Wallet, Wallet]:
    """Both folders of a device copied: (the device, its copy), each believing it is the only one."""
    wallet.close()
    for place in (village.folder / "home" / "wallets", village.folder / "elements"):
        shutil.copytree(place / name, place / copy)
    return village.reopen(None, name, "original"), village.reopen(None, copy, "copy")
