"""The registry of kinds: every order there is, who may send it to whom, and the records of both ways.

The gateway, the API description and docs/api.md are made from this table, so a kind that is not here does not
exist, and one that is here is described.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Any, Final

from tender.account import card_client_messages as cards
from tender.account import card_settlement_messages as settlement
from tender.account import card_takings_messages as card_takings
from tender.account import client_messages as client
from tender.account import hand_over_messages as hand
from tender.account import merchant_messages as merchant
from tender.account import participant_messages as peer
from tender.account import service_messages as service
from tender.account import token_messages as token
from tender.account.participants import BANKS, CERTIFICATION_CENTRE, ID_CENTRE, NBK, NOTARY
from tender.errors import Code, RemoteProtocolError
from tender.schema import Record


@unique
class Role(StrEnum):
    """Who sends an order, or answers it."""

    DEVICE = "device"
    BANK = "bank"
    NBK = "nbk"
    NOTARY = "notary"
    ID_CENTRE = "id-centre"
    CERTIFICATION_CENTRE = "certification-centre"


_SERVICE: Final = {
    NBK: Role.NBK,
    NOTARY: Role.NOTARY,
    ID_CENTRE: Role.ID_CENTRE,
    CERTIFICATION_CENTRE: Role.CERTIFICATION_CENTRE,
    0: Role.DEVICE,
}


def role_of(number: int) -> Role:
    """The role of a participant's number; whoever is no service is a bank."""
    return _SERVICE.get(number, Role.BANK)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of order: its name in the path, both records, senders, the one who answers, and a sentence."""

    name: str
    order: Record[Any]
    reply: Record[Any]
    senders: tuple[Role, ...]
    answers: Role
    says: str


_DEVICE: Final = (Role.DEVICE,)
_BANK: Final = (Role.BANK,)
_NBK: Final = (Role.NBK,)
_BANK_NBK: Final = (Role.BANK, Role.NBK)
_ALL: Final = tuple(role for role in Role if role is not Role.DEVICE)

_KINDS: Final = (
    # --- a client's device to its bank
    Kind("enrol", client.ENROL, client.ENROLLED, _DEVICE, Role.BANK, "A new device, by activation code."),
    Kind(
        "open-account", client.OPEN_ACCOUNT, client.ACCOUNT_OPENED, _DEVICE, Role.BANK, "Open a DT account."
    ),
    Kind("certify", client.CERTIFY, client.CERTIFIED, _DEVICE, Role.BANK, "Certify a batch of device keys."),
    Kind("convert", client.CONVERT, client.BALANCES, _DEVICE, Role.BANK, "Non-cash tenge to DT, or back."),
    Kind("transfer", client.TRANSFER, client.TRANSFERRED, _DEVICE, Role.BANK, "DT to a phone, IIN or BIN."),
    Kind("show-name", client.SHOW_NAME, client.EMPTY, _DEVICE, Role.BANK, "Show or hide the client's name."),
    Kind(
        "pay-noncash",
        client.PAY_NONCASH,
        client.NONCASH_PAID,
        _DEVICE,
        Role.BANK,
        "DT to a merchant's non-cash account in one step.",
    ),
    Kind(
        "pay-merchant",
        merchant.PAY_MERCHANT,
        merchant.MERCHANT_PAID,
        _DEVICE,
        Role.BANK,
        "Pay a merchant's sale: in DT where it takes DT, else converted in one step.",
    ),
    Kind(
        "takings", merchant.TAKINGS, merchant.TAKINGS_TOLD, _DEVICE, Role.BANK, "Which of my sales were paid?"
    ),
    Kind(
        "card-takings",
        card_takings.CARD_TAKINGS_QUESTION,
        card_takings.CARD_TAKINGS_TOLD,
        _DEVICE,
        Role.BANK,
        "What did cards bring my terminals, day by day?",
    ),
    Kind("cards", cards.CARDS_QUESTION, cards.CARDS_TOLD, _DEVICE, Role.BANK, "Which cards are mine?"),
    Kind("card-stop", cards.CARD_STOP, client.EMPTY, _DEVICE, Role.BANK, "Stop a card; the account stays."),
    Kind(
        "card-operations",
        cards.CARD_OPERATIONS_QUESTION,
        cards.CARD_OPERATIONS_TOLD,
        _DEVICE,
        Role.BANK,
        "What was done with my cards?",
    ),
    Kind(
        "card-confirmations",
        cards.CARD_CONFIRMATIONS_QUESTION,
        cards.CARD_CONFIRMATIONS_TOLD,
        _DEVICE,
        Role.BANK,
        "Which purchases by card wait for my yes?",
    ),
    Kind(
        "card-confirm",
        cards.CARD_CONFIRM,
        cards.CARD_CONFIRMED,
        _DEVICE,
        Role.BANK,
        "Yes or no to a purchase by card that waits.",
    ),
    Kind("load", token.LOAD, token.LOADED, _DEVICE, Role.BANK, "DT from the account onto the device."),
    Kind(
        "kept", token.KEPT_QUESTION, token.KEPT, _DEVICE, Role.BANK, "What waits because it keeps its colour?"
    ),
    Kind("load-kept", token.LOAD_KEPT, token.LOADED, _DEVICE, Role.BANK, "Load again what keeps its colour."),
    Kind("settle", token.SETTLE, token.SETTLED_REPLY, _DEVICE, Role.BANK, "Upload and claim offline tokens."),
    Kind("sync", token.SYNC, token.SYNCED, _DEVICE, Role.BANK, "Newer lists, fates, notices, balances."),
    Kind("statement", client.STATEMENT, client.STATED, _DEVICE, Role.BANK, "The client's own history."),
    Kind("report-lost", client.REPORT_LOST, client.LOST_NOTED, _DEVICE, Role.BANK, "Revoke a lost device."),
    Kind(
        "hand-over",
        hand.HAND_OVER,
        hand.HANDED_OVER,
        _DEVICE,
        Role.BANK,
        "Paid, and no receipt came: have the payee asked whether it keeps or returns it.",
    ),
    Kind(
        "late-money",
        hand.LATE_MONEY,
        hand.DELIVERED,
        _DEVICE,
        Role.BANK,
        "What was handed over to this device, and its answers.",
    ),
    Kind(
        "report-found",
        client.REPORT_FOUND,
        client.EMPTY,
        _DEVICE,
        Role.BANK,
        "A lost device is back in its owner's hands.",
    ),
    # --- participants
    Kind("issue-request", peer.ISSUE_REQUEST, peer.REQUEST_NOTED, _BANK, Role.NBK, "Ask for DT."),
    Kind("redeem-request", peer.REDEEM_REQUEST, peer.REQUEST_NOTED, _BANK, Role.NBK, "Hand DT back."),
    Kind("vault", peer.VAULT, peer.VAULT_TOLD, _BANK, Role.NBK, "Ask the National Bank's addresses."),
    Kind("load-roots", peer.LOAD_ROOTS, peer.ROOTS_MADE, _BANK, Role.NBK, "Have tokens made."),
    Kind("kept-of", peer.KEPT_OF, token.KEPT, _BANK, Role.NBK, "What waits for an account with its colour?"),
    Kind("kept-roots", peer.KEPT_ROOTS, peer.ROOTS_MADE, _BANK, Role.NBK, "Have coloured tokens made anew."),
    Kind("settle-tokens", token.SETTLE, token.SETTLED_REPLY, _BANK, Role.NBK, "Pass an upload on."),
    Kind("token-fate", peer.FATE_QUESTION, peer.FATE, _BANK, Role.NBK, "What became of these outputs?"),
    Kind(
        "lost-keys",
        peer.LOST_KEYS,
        client.EMPTY,
        _BANK,
        Role.NBK,
        "A lost device's money goes home in the end.",
    ),
    Kind(
        "noncash-payment",
        peer.NONCASH_PAYMENT,
        client.EMPTY,
        _BANK,
        Role.NBK,
        "Non-cash tenge to a merchant of another bank.",
    ),
    Kind(
        "card-settlement",
        settlement.CARD_SETTLEMENT,
        client.EMPTY,
        _BANK,
        Role.NBK,
        "Pay another bank what our cards spent there on a day.",
    ),
    Kind(
        "card-settled",
        settlement.CARD_SETTLED,
        client.EMPTY,
        _NBK,
        Role.BANK,
        "Another bank paid what its cards spent here.",
    ),
    Kind(
        "hand-over-tokens",
        hand.PASSED_OVER,
        hand.HANDED_OVER,
        _BANK,
        Role.NBK,
        "Pass a hand-over on, with the payer's account.",
    ),
    Kind("keep-or-return", hand.KEEP_OR_RETURN, client.EMPTY, _NBK, Role.BANK, "Ask the payee's device."),
    Kind("kept-or-returned", hand.ANSWER, client.EMPTY, _BANK, Role.NBK, "What the payee's device answered."),
    Kind("credit", peer.CREDIT, client.EMPTY, _NBK, Role.BANK, "The National Bank delivers DT."),
    Kind("redeemed", peer.REDEEMED, client.EMPTY, _NBK, Role.BANK, "A redemption was decided on."),
    Kind("draw", peer.DRAW, peer.DRAWN, _NBK, Role.BANK, "Cover a proved loss from the culprit's account."),
    Kind("noncash-credit", peer.NONCASH_CREDIT, client.EMPTY, _NBK, Role.BANK, "Credit a merchant."),
    Kind(
        "noncash-returned",
        peer.NONCASH_RETURNED,
        client.EMPTY,
        _NBK,
        Role.BANK,
        "The merchant's bank refused.",
    ),
    Kind("hold", peer.HOLD, client.EMPTY, _NBK, Role.BANK, "Encumber part of an account."),
    Kind("release", peer.RELEASE, client.EMPTY, _NBK, Role.BANK, "Lift an encumbrance."),
    Kind(
        "transfer-validate",
        peer.TRANSFER_VALIDATE,
        peer.VALIDATED,
        _BANK_NBK,
        Role.BANK,
        "Would your node take these outputs?",
    ),
    Kind("transfer-final", peer.TRANSFER_FINAL, client.EMPTY, _BANK, Role.BANK, "These outputs are yours."),
    Kind(
        "notarise",
        service.NOTARISE,
        service.NOTARISED,
        _BANK_NBK,
        Role.NOTARY,
        "Single use of outputs, by hash.",
    ),
    Kind("register", service.REGISTER, client.EMPTY, _BANK, Role.ID_CENTRE, "Map an account to its numbers."),
    Kind(
        "resolve",
        service.RESOLVE,
        service.RESOLVED,
        _BANK,
        Role.ID_CENTRE,
        "Where does this number get money?",
    ),
    Kind(
        "record",
        service.ID_RECORD,
        service.REGISTER,
        _BANK,
        Role.ID_CENTRE,
        "An entry, for its servicing bank.",
    ),
    Kind(
        "same-owner",
        service.SAME_OWNER,
        service.SAME_OWNER_TOLD,
        _BANK,
        Role.ID_CENTRE,
        "Did a proved cheat claim under another bank's account of his own?",
    ),
    Kind(
        "status",
        service.STATUS_QUESTION,
        service.STATUS_TOLD,
        _ALL,
        Role.CERTIFICATION_CENTRE,
        "Is a participant's certificate good?",
    ),
    Kind(
        "lists",
        service.LISTS,
        service.LISTS_TOLD,
        _ALL,
        Role.CERTIFICATION_CENTRE,
        "Directory and list, if newer.",
    ),
    Kind(
        "revoke", service.REVOKE, service.REVOKED, _BANK_NBK, Role.CERTIFICATION_CENTRE, "Revoke device keys."
    ),
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Every kind there is, by name."""


def kind_named(name: str, field: str = "order.kind") -> Kind:
    """The kind, or ``order-unknown``."""
    found = KINDS.get(name)
    if found is None:
        raise RemoteProtocolError(Code.ORDER_UNKNOWN, field, kind=name[:40])
    return found


def permitted(kind: Kind, sender: int, to: int) -> bool:
    """Whether this sender may send this kind to this participant."""
    return role_of(sender) in kind.senders and role_of(to) is kind.answers


def is_bank(number: int) -> bool:
    """Whether this number is one of the five banks of the pilot."""
    return number in BANKS
