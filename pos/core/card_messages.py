"""What a terminal says to its acquirer: requests, reversals, and what it reads out of an answer.

ISO 8583:1987 by :mod:`tender.card.iso8583` (docs/protocol/iso8583.md). Amounts in tiyn, DE 49 is 398. Pure.

===========  =====  ==========================  ==========================================
kind         MTI    processing code (DE 3)      what the amount is
===========  =====  ==========================  ==========================================
purchase     0100   000000                      what is paid
cash         0200   010000                      what the machine gives out
refund       0100   200000                      what goes back
balance      0100   310000                      nothing; DE 54 of the answer has the amounts
===========  =====  ==========================  ==========================================
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from pos.core.card_settings import CardSettings
from pos.core.card_tender import BALANCE, CASH_OUT, CHIP, PURCHASE, REFUND, VOIDED, CardPayment
from pos.core.emv.steps import GoOnline
from tender import canon
from tender.card.in_dt import DATA_ELEMENT as NATIONAL
from tender.card.in_dt import DtOffer, paid_in_dt
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.message import TENGE, Message, Original, amount_text
from tender.card.pan import Track2
from tender.card.response_codes import ANSWER_LATE, CUSTOMER_CANCELLED, is_approval
from tender.card.tlv import Tlv, pack
from tender.errors import Code, RemoteProtocolError
from tender.qr.latin import latin

KAZAKHSTAN: Final = timezone(timedelta(hours=5))
COUNTRY: Final = "398"
PROCESSING: Final[Mapping[str, str]] = {
    PURCHASE: "000000",
    CASH_OUT: "010000",
    REFUND: "200000",
    BALANCE: "310000",
}
"""What is done (ISO 8583:1987, DE 3), the same as tag 9C of the chip."""
REQUESTS: Final[Mapping[str, str]] = {
    PURCHASE: "0100",
    CASH_OUT: "0200",
    REFUND: "0100",
    BALANCE: "0100",
}
_PIN_CAN_BE_TYPED: Final = "1"
"""Third digit of DE 22."""
_NOT_IN_REVERSAL: Final = (35, 38, 39, 47, 52, 54, 55)
"""A reversal repeats its original but for what may not be kept or was the answer's."""
_APPROVED_IN_PART: Final = frozenset({"10", "87"})
_ACCOUNT_FREE: Final = "02"
"""Amount type of DE 54: what may be spent (ISO 8583:1987; 01 is the ledger's)."""


@dataclass(frozen=True, slots=True)
class Shop:
    """Who sells: as DE 43 says it, and where Digital Tenge would go (None: not taken here)."""

    name: str
    city: str
    offer: DtOffer | None = None

    def to_text(self) -> str:
        """The 40 characters: name, city, country."""
        return f"{latin(self.name, 25):<25}{latin(self.city, 13):<13}KZ"


@dataclass(frozen=True, slots=True)
class Heard:
    """What an answer says. ``life``: the network's id of it; ``chip_data``: DE 55, for the card."""

    code: str
    approval: str
    life: str
    in_dt: bool
    chip_data: bytes
    free_tiyn: int | None

    @property
    def approved(self) -> bool:
        """Whether it is a yes."""
        return is_approval(self.code)


def transmitted(now: int) -> str:
    """DE 7: month to second, UTC."""
    return f"{datetime.fromtimestamp(now, UTC):%m%d%H%M%S}"


def reference_number(number: int, now: int) -> str:
    """DE 37: last digit of the year, day of the year, hour, trace number: twelve digits, unique for ten
    years as long as a terminal makes fewer than a million payments an hour."""
    return f"{datetime.fromtimestamp(now, UTC):%Y%j%H}"[3:] + f"{number:06}"


def request(
    payment: CardPayment,
    settings: CardSettings,
    shop: Shop,
    chip: GoOnline,
    now: int,
    original: CardPayment | None = None,
    entry: str = CHIP,
) -> Message:
    """The request of this payment, with what the kernel wants said of the chip, or what stands on the stripe.
    ``original``: the purchase that a refund gives back, named in DE 90; ``entry``: how the card was read."""
    here = datetime.fromtimestamp(now, KAZAKHSTAN)
    fields: dict[int, str | bytes] = {
        3: PROCESSING[payment.kind],
        4: amount_text(payment.amount_tiyn),
        7: transmitted(now),
        11: f"{payment.number:06}",
        12: f"{here:%H%M%S}",
        13: f"{here:%m%d}",
        18: f"{settings.category:04}",
        19: COUNTRY,
        22: entry + _PIN_CAN_BE_TYPED,
        25: "00",
        32: settings.acquirer,
        37: reference_number(payment.number, now),
        41: f"{settings.terminal:<8}",
        42: f"{settings.merchant:<15}",
        43: shop.to_text(),
        49: TENGE,
    }
    fields |= {2: chip.pan.digits, 14: chip.expiry}
    if chip.sequence is not None:
        fields[23] = f"{chip.sequence:03}"
    if chip.track2:
        fields[35] = Track2.from_bytes(chip.track2).to_text()
    if payment.kind == PURCHASE and shop.offer is not None:
        fields[NATIONAL] = shop.offer.to_text()
    if chip.pin_block is not None:
        fields[52] = chip.pin_block
    if chip.data:
        fields[55] = pack(Tlv(tag, value) for tag, value in chip.data.items())
    if original is not None:
        said = REQUESTS[original.kind], f"{original.number:06}", transmitted(original.asked_at)
        fields[90] = Original(*said, settings.acquirer, "").to_text()
    return Message(REQUESTS[payment.kind], dict(sorted(fields.items())))


def packed(message: Message) -> bytes:
    """What of a request a terminal may keep for its reversal: no track, no PIN block, no cryptogram."""
    kept = message.without(*_NOT_IN_REVERSAL)
    return canon.encode([kept.mti, *_flat(kept.fields)])


def unpacked(data: bytes) -> Message:
    """What :func:`packed` kept."""
    value = canon.decode(data, "card.request")
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        raise RemoteProtocolError(Code.FIELD_WRONG, "card.request")
    pairs = zip(value[1::2], value[2::2], strict=True)
    fields = {n: text for n, text in pairs if isinstance(n, int) and isinstance(text, str | bytes)}
    return Message(value[0], fields)


def _flat(fields: Mapping[int, str | bytes]) -> Iterator[int | str | bytes]:
    for number, value in sorted(fields.items()):
        yield number
        yield value


def reversal(payment: CardPayment, original: Message) -> Message:
    """Take it back, all of it: 0400, and 0401 when it was said before. DE 39 says whether it is void, or
    nobody knows if it stands; DE 90 names the original. Trace number and time are its own, the same on
    every repeat, so that a duplicate is known as one."""
    said = Original(
        original.mti,
        original.stan,
        original.transmitted,
        original.acquirer if 32 in original.fields else "",
        "",
    )
    fields = {
        **original.fields,
        7: transmitted(payment.doubted_at),
        11: f"{payment.reversal:06}",
        39: CUSTOMER_CANCELLED if payment.reason == VOIDED else ANSWER_LATE,
        90: said.to_text(),
    }
    if payment.approval:
        fields[38] = payment.approval
    return Message("0401" if payment.sent else "0400", dict(sorted(fields.items())))


def heard(answer: Message, asked: Message) -> Heard:
    """Read an answer to what was asked. Raises ``RemoteProtocolError`` for one that says nothing."""
    offered, national = (str(one.fields.get(NATIONAL, "")) for one in (asked, answer))
    amounts = answer.additional_amounts
    free = [one.amount_tiyn for one in amounts if one.kind == _ACCOUNT_FREE and one.currency == TENGE]
    return Heard(
        code=answer.code,
        approval=answer.approval_code,
        life=VISA_STYLE.life_cycle_id(answer),
        in_dt=paid_in_dt(offered, national),
        chip_data=answer.octets(55) if 55 in answer.fields else b"",
        free_tiyn=free[0] if free else None,
    )


def answers(answer: Message, asked: Message) -> bool:
    """Whether this answers that: the same type, trace number, terminal and, if it is told, amount. A yes to a
    part is no answer to a terminal that asks for all or nothing: what it approved is taken back."""
    try:
        return (
            answer.mti == asked.answer_mti
            and answer.code not in _APPROVED_IN_PART
            and answer.stan == asked.stan
            and answer.terminal == asked.terminal
            and answer.fields.get(4, asked.fields.get(4)) == asked.fields.get(4)
        )
    except RemoteProtocolError:
        return False
