"""What a card host looks at before it asks the bank, in this order; each ends with a code of DE39 or goes on.

Nothing is approved because it could not be checked: a chip without a cryptogram, a number typed without its
printed code, cash without a PIN are declined.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from card_switch.core.issuer import chip
from card_switch.core.issuer.cards import (
    CODE_TRIES,
    LOST,
    PIN_TRIES,
    STOLEN,
    STRIPE_TRIES,
    CardRecord,
    Proof,
    Usage,
    day_of,
)
from card_switch.core.issuer.settings import Fallback, IssuerSettings
from card_switch.core.keys import CardKeys
from tender.account.capabilities import Capability, offers
from tender.account.card_messages import BLOCKED, CLOSED
from tender.card.iso8583.message import Message

GOOD: Final = ""
INVALID: Final = "12"
AMOUNT_INVALID: Final = "13"
NO_SUCH_CARD: Final = "14"
LOST_CARD: Final = "41"
STOLEN_CARD: Final = "43"
CARD_CLOSED: Final = "46"
EXPIRED: Final = "54"
PIN_WRONG: Final = "55"
NOT_PERMITTED: Final = "57"
OVER_LIMIT: Final = "61"
RESTRICTED: Final = "62"
TOO_OFTEN: Final = "65"
PIN_EXCEEDED: Final = "75"
NOT_ACTIVATED: Final = "78"
PIN_KEY_WRONG: Final = "81"
CHECK_VALUE_WRONG: Final = "82"
PRINTED_CODE_WRONG: Final = "N7"

CHIP_SERVICE_CODE: Final = "999"
PRINTED_SERVICE_CODE: Final = "000"
_STRIPE_ENTRIES: Final = frozenset({"80", "90", "91", "02"})
_FALLBACKS: Final = frozenset({"80"})
_OF_CHIP_CARDS: Final = ("2", "6")
"""Beginnings of a chip card's service code (ISO/IEC 7813): its stripe serves only where the chip failed."""
_CVV_AT: Final = slice(5, 8)
"""In track 2's discretionary digits: key index (1), PVV (4), check value (3)."""


class Kind(Enum):
    """What is asked of a card."""

    PURCHASE = "purchase"
    PURCHASE_IN_DT = "purchase-dt"
    """The same, and the merchant gets Digital Tenge: nothing is converted (DT-S-09)."""
    CASH = "cash"
    E_COMMERCE = "e-commerce"
    VERIFICATION = "verification"
    REFUND = "refund"
    BALANCE = "balance"


SPENDS: Final = frozenset({Kind.PURCHASE, Kind.PURCHASE_IN_DT, Kind.CASH, Kind.E_COMMERCE})
_PROCESSING: Final = {
    "00": Kind.PURCHASE,
    "01": Kind.CASH,
    "20": Kind.REFUND,
    "30": Kind.BALANCE,
    "31": Kind.BALANCE,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the checks see it. ``printed_code``: CVV2 by its link's dialect, "" when none came."""

    message: Message
    kind: Kind
    on_us: bool
    zone: str
    printed_code: str
    now_ms: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """``code``: DE39 of a decline, "" to go on. ``why``: for the trace. ``chip``: see
    :class:`~card_switch.core.issuer.chip.ChipSaid`. ``printed_code_result``: M, N, or "" for none.
    ``proof``: what was, or was to be, proved when it ended."""

    code: str
    usage: Usage
    why: str = ""
    chip: Mapping[int, bytes] | None = None
    printed_code_result: str = ""
    proof: Proof = Proof.NUMBER


def kind_of(message: Message, e_commerce: bool, in_dt: bool = False) -> Kind | None:
    """What a request asks; None for a processing code nobody knows here. ``in_dt``: whether the merchant
    takes Digital Tenge and the issuer gives them."""
    kind = _PROCESSING.get(message.kind)
    if kind is not Kind.PURCHASE:
        return kind
    if not message.amount_tiyn:
        return Kind.VERIFICATION
    if e_commerce:
        return Kind.E_COMMERCE
    return Kind.PURCHASE_IN_DT if in_dt else kind


def is_keyed(message: Message) -> bool:
    """Whether a number was typed or is on file: nobody held the card to anything."""
    return message.entry_mode not in chip.CHIP_ENTRIES | _STRIPE_ENTRIES


def amount_fits(kind: Kind, message: Message) -> bool:
    """Whether there is anything to pay out or to give back; other kinds look at their amount themselves."""
    return kind not in (Kind.CASH, Kind.REFUND) or message.amount_tiyn > 0


def standing(card: CardRecord, asked: Asked) -> tuple[str, str]:
    """Whether the card may be used at all now: code and why."""
    if card.state == BLOCKED:
        code = {LOST: LOST_CARD, STOLEN: STOLEN_CARD}.get(card.why, RESTRICTED)
        return code, "card blocked"
    if card.state == CLOSED:
        return CARD_CLOSED, "card closed"
    if not card.is_active:
        return NOT_ACTIVATED, "card not activated"
    if card.expired(day_of(asked.now_ms)):
        return EXPIRED, "card expired"
    message = asked.message
    read = not is_keyed(message)  # of a typed number it is one more thing to be guessed: see _printed
    if read and (14 in message.fields or 35 in message.fields) and message.expiry != card.expiry:
        return EXPIRED, "another expiry"
    return GOOD, ""


def capability_of(asked: Asked) -> tuple[Capability, ...]:
    """The rows of Table 10 that a request stands on."""
    where = Capability.PURCHASE_ON_US if asked.on_us else Capability.PURCHASE_OFF_US
    match asked.kind:
        case Kind.CASH:
            return (Capability.CASH_ON_US if asked.on_us else Capability.CASH_OFF_US,)
        case Kind.E_COMMERCE:
            return (Capability.E_COMMERCE,)
        case Kind.REFUND:
            return (Capability.RETURN,)
        case Kind.PURCHASE:
            return (Capability.CARD_PURCHASE, where)
        case Kind.PURCHASE_IN_DT:
            return ()  # where a bank does not offer it, it is an ordinary purchase (bank_words.py)
        case Kind.VERIFICATION | Kind.BALANCE:
            return ()


def permitted(card: CardRecord, asked: Asked, settings: IssuerSettings) -> tuple[str, str]:
    """Whether this bank offers it, and this card can be used in this way."""
    for capability in capability_of(asked):
        if not offers(settings.profile, settings.bank, capability):
            return NOT_PERMITTED, f"not offered: {capability.value}"
    entry = asked.message.entry_mode
    if card.is_virtual and (entry in chip.CHIP_ENTRIES or entry in _STRIPE_ENTRIES):
        return NOT_PERMITTED, "a virtual card has no chip and no stripe"
    if entry in _STRIPE_ENTRIES and entry not in _FALLBACKS and card.service_code[0] in _OF_CHIP_CARDS:
        return NOT_PERMITTED, "the stripe of a card with a chip"
    if is_keyed(asked.message) and asked.kind in (Kind.CASH, Kind.BALANCE):
        return NOT_PERMITTED, "cash and balances want the card itself"
    return _fallen_back(asked, settings.fallback) if entry in _FALLBACKS else (GOOD, "")


def _fallen_back(asked: Asked, fallback: Fallback) -> tuple[str, str]:
    """Whether a stripe serves where the chip failed: this issuer's policy."""
    if not fallback.allowed:
        return NOT_PERMITTED, "no stripe in the place of a chip"
    if asked.kind is Kind.REFUND:
        return GOOD, ""
    if asked.kind in SPENDS and asked.message.amount_tiyn > fallback.operation_tiyn:
        return OVER_LIMIT, "too much for a stripe in the place of a chip"
    if fallback.with_pin and asked.message.pin_block is None:
        return PIN_WRONG, "a stripe in the place of a chip wants the PIN"
    return GOOD, ""


def judge(
    card: CardRecord,
    usage: Usage,
    asked: Asked,
    settings: IssuerSettings,
    keys: CardKeys,
    gives_back: bool = False,
) -> Verdict:
    """All checks in their order; the first that fails decides. The usage returned is kept in any case.

    ``gives_back``: it names a purchase of this card. Then the money goes to the account behind the card,
    whatever has become of the card since (ADR 0023)."""
    bank = settings.bank
    usage = usage.on(day_of(asked.now_ms))
    stands = (GOOD, "") if gives_back else standing(card, asked)
    for (code, why), proof in ((stands, Proof.STATE), (permitted(card, asked, settings), Proof.NUMBER)):
        if code:
            return _declined(card, Verdict(code, usage, why, proof=proof), asked, bank, keys)
    read = _reading(card, usage, asked, bank, keys)
    if read.code:
        return read
    proved = _pin(card, read, asked, bank, keys)
    if proved.code or asked.kind not in SPENDS:
        return proved
    return _limits(card, proved, asked)


def _declined(card: CardRecord, verdict: Verdict, asked: Asked, bank: int, keys: CardKeys) -> Verdict:
    """With the chip's data where the chip is genuine: the decline, too, proves who it is from and brings what
    is to be changed on the card, such as that it is blocked."""
    if asked.message.entry_mode not in chip.CHIP_ENTRIES or card.is_virtual:
        return verdict
    said = chip.judged(keys, bank, card, verdict.usage, asked.message)
    return replace(verdict, usage=said.usage, chip=said.chip)


def _reading(card: CardRecord, usage: Usage, asked: Asked, bank: int, keys: CardKeys) -> Verdict:
    """Is it that card? By cryptogram, by the stripe's check value, or by the code printed on it."""
    message, entry = asked.message, asked.message.entry_mode
    if entry in chip.CHIP_ENTRIES:
        if asked.kind is Kind.REFUND and 55 not in message.fields:
            return Verdict(GOOD, usage)
        if not _track_fits(card, asked, bank, keys, CHIP_SERVICE_CODE):
            return Verdict(CHECK_VALUE_WRONG, usage, "chip's check value wrong", proof=Proof.CHIP)
        said = chip.judged(keys, bank, card, usage, message)
        proof = {GOOD: Proof.GIVEN, chip.NOT_VERIFIED: Proof.PIN}.get(said.code, Proof.CHIP)
        return Verdict(said.code, said.usage, said.why, said.chip, proof=proof)
    if entry in _STRIPE_ENTRIES:
        return _stripe(card, usage, asked, bank, keys)
    if asked.kind is Kind.REFUND:
        return Verdict(GOOD, usage)
    if not usage.code_tries:
        return Verdict(RESTRICTED, usage, "too many wrong codes", proof=Proof.PRINTED)
    shown = _printed(card, usage, asked, bank, keys)
    left = usage.code_tries - 1 if shown.code else CODE_TRIES
    proof = Proof.PRINTED if shown.code else Proof.GIVEN
    return replace(shown, usage=replace(usage, code_tries=left), proof=proof)


def _stripe(card: CardRecord, usage: Usage, asked: Asked, bank: int, keys: CardKeys) -> Verdict:
    """The stripe's own check value; a right one gives back no tries but its own."""
    if not usage.stripe_tries:
        return Verdict(RESTRICTED, usage, "too many wrong stripes", proof=Proof.STRIPE)
    if 35 in asked.message.fields and _track_fits(card, asked, bank, keys, card.service_code):
        return Verdict(GOOD, replace(usage, stripe_tries=STRIPE_TRIES), proof=Proof.GIVEN)
    usage = replace(usage, stripe_tries=usage.stripe_tries - 1)
    return Verdict(CHECK_VALUE_WRONG, usage, "stripe's check value wrong", proof=Proof.STRIPE)


def _printed(card: CardRecord, usage: Usage, asked: Asked, bank: int, keys: CardKeys) -> Verdict:
    """What is printed on the card: both its expiry and its code, or it was not seen."""
    code = asked.printed_code
    if not code:
        return Verdict(PRINTED_CODE_WRONG, usage, "no printed code")
    if 14 not in asked.message.fields or asked.message.expiry != card.expiry:
        return Verdict(EXPIRED, usage, "another expiry, or none")
    if not keys.cvv_fits(bank, card.pan, card.expiry, PRINTED_SERVICE_CODE, code):
        return Verdict(PRINTED_CODE_WRONG, usage, "printed code wrong", printed_code_result="N")
    return Verdict(GOOD, usage, printed_code_result="M")


def _track_fits(card: CardRecord, asked: Asked, bank: int, keys: CardKeys, service_code: str) -> bool:
    """Whether track 2 has the check value that belongs there; true where no track came."""
    if 35 not in asked.message.fields:
        return True
    track = asked.message.track2
    if track.pan != card.pan or track.expiry != card.expiry:
        return False
    return keys.cvv_fits(bank, card.pan, card.expiry, service_code, track.discretionary[_CVV_AT])


def _pin(card: CardRecord, read: Verdict, asked: Asked, bank: int, keys: CardKeys) -> Verdict:
    """The PIN where one came or is wanted: three tries, and a right one gives them all back. Only who had
    the card read uses one up, and nobody by giving something back."""
    if asked.kind is Kind.REFUND or is_keyed(asked.message):
        return read
    usage, block = read.usage, asked.message.pin_block
    wanted = asked.kind in (Kind.CASH, Kind.BALANCE)
    if block is None:
        return replace(read, code=PIN_WRONG, why="no PIN") if wanted else read
    if not usage.pin_tries:
        return replace(read, code=PIN_EXCEEDED, why="no PIN tries left", proof=Proof.PIN)
    fits = keys.pin_fits(bank, asked.zone, block, card.pan, card.pvv)
    if fits is None:
        return replace(read, code=PIN_KEY_WRONG, why="no PIN block under this key")
    if fits:
        return replace(read, usage=replace(usage, pin_tries=PIN_TRIES))
    left = usage.pin_tries - 1
    code = PIN_WRONG if left else PIN_EXCEEDED
    return replace(read, code=code, why="PIN wrong", usage=replace(usage, pin_tries=left), proof=Proof.PIN)


def _limits(card: CardRecord, proved: Verdict, asked: Asked) -> Verdict:
    """What this card may spend at once, in a day, in cash, and how often; a good one counts from here on."""
    amount_tiyn, usage, limits = asked.message.amount_tiyn, proved.usage, card.limits
    cash = asked.kind is Kind.CASH
    spent = usage.spending(amount_tiyn, cash)
    over = amount_tiyn > limits.operation_tiyn or spent.spent_tiyn > limits.day_tiyn
    if over or (cash and spent.cash_tiyn > limits.cash_day_tiyn):
        return replace(proved, code=OVER_LIMIT, why="over the card's limit")
    if spent.count > limits.day_count:
        return replace(proved, code=TOO_OFTEN, why="too often today")
    return replace(proved, usage=spent)
