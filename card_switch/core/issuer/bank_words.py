"""What a card host says to the node of its bank, and what the bank's word means on the wire (DE39)."""

from typing import Final

from card_switch.core.issuer.checks import Kind
from tender.account import card_messages as bank
from tender.account.capabilities import Capability, Profile, offers
from tender.account.card_notice_messages import BALANCE
from tender.account.participants import BANKS
from tender.card.in_dt import DATA_ELEMENT, DtOffer, read_offer
from tender.card.iso8583.dialect import Dialect
from tender.card.iso8583.message import TENGE, AdditionalAmount, Message
from tender.card.response_codes import MALFUNCTION, refusal_of, response_code
from tender.errors import Code, RemoteProtocolError

_ORDERS: Final = {
    Kind.PURCHASE: bank.PURCHASE,
    Kind.PURCHASE_IN_DT: bank.PURCHASE_IN_DT,
    Kind.CASH: bank.CASH,
    Kind.E_COMMERCE: bank.ECOMMERCE,
    Kind.VERIFICATION: bank.VERIFICATION,
}
_LEDGER, _AVAILABLE, _ACCOUNT = "01", "02", "00"
_TRIED: Final = _ORDERS | {Kind.REFUND: bank.REFUND, Kind.BALANCE: BALANCE}


def code_of(said: str) -> str:
    """DE39 for the bank's no; a word nobody knows is a malfunction, never an approval."""
    try:
        return response_code(Code(said))
    except ValueError:
        return MALFUNCTION


def order_for(
    kind: Kind,
    name: str,
    original: str,
    card: bytes,
    amount_tiyn: int,
    place: bank.Place,
    confirm_s: int,
    time: int,
    payee: DtOffer | None = None,
) -> bank.Order:
    """What the bank is asked for this kind of request. ``original``: of a refund that names what it gives
    back a part of, which makes it a return (DT-C-35). ``payee``: of a purchase in Digital Tenge."""
    match kind:
        case Kind.BALANCE:
            return bank.Balance(name, card, place, time)
        case Kind.REFUND:
            credit = bank.RETURN if original else bank.REFUND
            return bank.Credit(name, original, card, amount_tiyn, credit, place, time)
        case _:
            payee = payee if kind is Kind.PURCHASE_IN_DT else None
            return bank.Authorise(name, card, amount_tiyn, _ORDERS[kind], place, confirm_s, time, payee)


def payee_of(message: Message, issuer: int, profile: Profile) -> DtOffer | None:
    """Who would get Digital Tenge: the till says so, and this issuer's cards pay in them (DT-C-27). None: it
    is an ordinary purchase. Raises ``RemoteProtocolError`` for an offer that is none."""
    if not offers(profile, issuer, Capability.CARD_PURCHASE_DT):
        return None
    return read_offer(_text(message, DATA_ELEMENT))


def with_balance(approval: Message, said: bank.BalanceTold) -> Message:
    """The answer to a balance inquiry, with the sums the bank told (DE54)."""
    amounts = (
        AdditionalAmount(_ACCOUNT, _LEDGER, TENGE, said.ledger_tiyn),
        AdditionalAmount(_ACCOUNT, _AVAILABLE, TENGE, said.free_tiyn),
    )
    return approval.having({54: "".join(amount.to_text() for amount in amounts)})


def undo_of(name: str, undone_tiyn: int) -> bank.Undo:
    """The order that takes back so much of an operation in total; 0: all of it."""
    return bank.Undo(f"{name}{UNDO}{undone_tiyn}", name, undone_tiyn)


UNDO: Final = "-u"


def tried(
    kind: Kind, name: str, card: bytes, code: str, place: bank.Place, message: Message, time: int
) -> bank.Tried:
    """What the bank hears of a request that the host refused itself with this DE39."""
    amount_tiyn = 0 if kind is Kind.BALANCE else message.amount_tiyn
    why = refusal_of(code).code.value
    return bank.Tried(name, card, amount_tiyn, _TRIED[kind], why, place, time)


def place_of(message: Message, dialect: Dialect, approval: str = "") -> bank.Place:
    """Where a card is used and what its slip says, as far as the message has it in a way that can be shown;
    ``approval``: the code of an approval."""
    name = city = country = ""
    if 43 in message.fields:
        try:
            name, city, country = dialect.place(message)
        except RemoteProtocolError:
            name = _text(message, 43)
    return bank.Place(
        _shown(name, 40),
        _shown(city, 20),
        _shown(country, 3),
        _number(message, 18, 9999),
        _shown(_text(message, 42), 15),
        _shown(_text(message, 41), 8),
        acquirer if (acquirer := _number(message, 32, 999)) in BANKS else 0,
        _shown(_text(message, 37), 12),
        approval,
    )


def _text(message: Message, number: int) -> str:
    value = message.fields.get(number, "")
    return value.strip() if isinstance(value, str) else ""


def _shown(text: str, most: int) -> str:
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else "?" for sign in text)
    return text[:most].strip()


def _number(message: Message, number: int, most: int) -> int:
    digits = _text(message, number)
    found = int(digits) if digits.isascii() and digits.isdecimal() else 0
    return found if found <= most else 0
