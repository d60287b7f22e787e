"""A receipt, and a shift's report, as rows that every kind of paper can show: a screen, a picture, a printer.

What a till knows goes in as one value; what comes out is rows of words with no width yet. ``receipt_text.py``
sets them in columns, ``receipt_picture.py`` draws them, and a printer takes either.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from faces.amounts import amount_text, moment_text
from faces.language import label


@dataclass(frozen=True, slots=True)
class SlipItem:
    """One line of the basket. ``quantity`` in whole pieces, ``vat`` as the merchant wrote it, or empty."""

    name: str
    quantity: int
    price_tiyn: int
    amount_tiyn: int
    vat: str = ""


@dataclass(frozen=True, slots=True)
class Slip:
    """A receipt. ``kind``: ``sale``, ``refund``, ``void`` or ``correction``; ``tenders``: (``dt-offline`` …,
    tiyn) in order.

    ``time`` in seconds since 1970 (UTC). ``payment`` names the payment, ``reference`` the code shown;
    either may be empty. ``of``: which receipt any but a sale is for. ``code``: the signed receipt message
    of an offline payment, printed as a code, so that a payer who went away too early can still fetch it.
    ``cards``: what stands there of card payments: a label's key (or nothing) and the words beside it.
    """

    kind: str
    merchant: str
    business_number: str
    address: str
    till: str
    cashier: str
    shift: int
    number: int
    time: int
    items: tuple[SlipItem, ...]
    total_tiyn: int
    tenders: tuple[tuple[str, int], ...]
    discount_tiyn: int = 0
    given_tiyn: int = 0
    change_tiyn: int = 0
    payment: str = ""
    reference: str = ""
    of: str = ""
    code: bytes = b""
    copy: bool = False
    cards: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReportSlip:
    """Totals of a shift. ``kind``: ``x`` (so far) or ``z`` (closed); ``net``: (tender, tiyn) in order.

    ``vat``: (rate, tiyn). ``opening`` lay in the drawer, ``drawer`` must lie there now, ``counted`` did
    (None: nobody counted). ``cards``: lines about card batches, words and an amount.
    """

    kind: str
    merchant: str
    business_number: str
    till: str
    shift: int
    opened: int
    time: int
    cashier: str
    receipts: int
    sales_tiyn: int
    refunds_tiyn: int
    voids: int
    voids_tiyn: int
    net: tuple[tuple[str, int], ...]
    drawer_tiyn: int
    opening_tiyn: int = 0
    discounts_tiyn: int = 0
    dropped: int = 0
    vat: tuple[tuple[str, int], ...] = ()
    counted_tiyn: int | None = None
    cards: tuple[tuple[str, str], ...] = ()
    corrections: int = 0
    corrections_tiyn: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """A row of words: in the middle, or at the left with something at the right end."""

    left: str
    right: str = ""
    middle: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code with what is written under it."""

    data: bytes
    caption: str


Row = Words | Rule | Code


def on_paper(text: str) -> str:
    """The text in one line and without control characters: on paper they would be commands to the printer."""
    plain = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in text)
    return " ".join(plain.split())


def slip_rows(slip: Slip) -> tuple[Row, ...]:
    """A receipt from top to bottom."""
    return tuple(_slip(slip))


def report_rows(report: ReportSlip) -> tuple[Row, ...]:
    """A report from top to bottom."""
    return tuple(_report(report))


def _head(merchant: str, business_number: str, address: str, title: str) -> Iterator[Row]:
    yield Words(on_paper(merchant), middle=True, bold=True)
    if business_number:
        yield Words(label("receipt.business-number", number=on_paper(business_number)), middle=True)
    if address:
        yield Words(on_paper(address), middle=True)
    yield Rule()
    yield Words(label(title), middle=True, bold=True)


def _slip(slip: Slip) -> Iterator[Row]:
    yield from _head(slip.merchant, slip.business_number, slip.address, f"receipt.{slip.kind}")
    if slip.copy:
        yield Words(f"*** {label('receipt.copy')} ***", middle=True, bold=True)
    yield Words(
        label("receipt.number"),
        f"{slip.shift}-{slip.number:04d}",
    )
    if slip.of:
        yield Words(label("receipt.of"), on_paper(slip.of))
    if slip.kind == "correction":
        yield Words(label("receipt.correction-words"))
    yield Words(label("receipt.till"), on_paper(slip.till))
    yield Words(label("receipt.cashier"), on_paper(slip.cashier))
    yield Words(moment_text(slip.time))
    if slip.items or slip.discount_tiyn:  # a part that goes back has neither
        yield Rule()
    for item in slip.items:
        yield Words(on_paper(item.name))
        times = label("receipt.quantity", quantity=item.quantity, price=amount_text(item.price_tiyn, sign=""))
        yield Words(f"  {times}", amount_text(item.amount_tiyn, sign=""))
        if item.vat:
            yield Words(f"  {label('receipt.vat', rate=on_paper(item.vat))}")
    if slip.discount_tiyn:
        yield Words(label("receipt.discount"), amount_text(-slip.discount_tiyn, sign=""))
    yield Rule()
    yield Words(label("receipt.total"), amount_text(slip.total_tiyn), bold=True)
    for tender, amount_tiyn in slip.tenders:
        yield Words(label(f"receipt.tender-{tender}"), amount_text(amount_tiyn, sign=""))
    if slip.given_tiyn:
        yield Words(label("receipt.given"), amount_text(slip.given_tiyn, sign=""))
        yield Words(label("receipt.change"), amount_text(slip.change_tiyn, sign=""))
    if slip.payment:
        yield Words(label("receipt.payment"), slip.payment)
    if slip.reference:
        yield Words(label("receipt.reference"), on_paper(slip.reference))
    for key, words in slip.cards:
        yield Words(label(key) if key else "", on_paper(words))
    yield Rule()
    if slip.code:
        yield Code(slip.code, label("receipt.code-caption"))
    yield Words(label("receipt.thanks"), middle=True)
    yield Words(label("receipt.no-legal-effect"), middle=True)


def _report(report: ReportSlip) -> Iterator[Row]:
    yield from _head(report.merchant, report.business_number, "", f"report.{report.kind}")
    yield Words(label("report.shift"), str(report.shift))
    yield Words(label("receipt.till"), on_paper(report.till))
    yield Words(label("receipt.cashier"), on_paper(report.cashier))
    yield Words(label("report.opened"), moment_text(report.opened))
    yield Words(label("report.closed" if report.kind == "z" else "report.now"), moment_text(report.time))
    yield Rule()
    yield Words(label("report.receipts"), str(report.receipts))
    yield Words(label("report.sales"), amount_text(report.sales_tiyn, sign=""))
    yield Words(label("report.refunds"), amount_text(-report.refunds_tiyn, sign=""))
    yield Words(label("report.voids", count=report.voids), amount_text(-report.voids_tiyn, sign=""))
    if report.corrections:
        corrections = amount_text(report.corrections_tiyn, sign="")
        yield Words(label("report.corrections", count=report.corrections), corrections)
    if report.discounts_tiyn:
        yield Words(label("report.discounts"), amount_text(-report.discounts_tiyn, sign=""))
    if report.dropped:
        yield Words(label("report.dropped"), str(report.dropped))
    for rate, amount_tiyn in report.vat:
        yield Words(label("receipt.vat", rate=on_paper(rate)), amount_text(amount_tiyn, sign=""))
    yield Rule()
    for tender, amount_tiyn in report.net:
        yield Words(label(f"receipt.tender-{tender}"), amount_text(amount_tiyn, sign=""))
    yield Words(label("report.net"), amount_text(sum(amount for _, amount in report.net)), bold=True)
    yield Rule()
    yield Words(label("report.opening"), amount_text(report.opening_tiyn, sign=""))
    yield Words(label("report.drawer"), amount_text(report.drawer_tiyn, sign=""))
    if report.counted_tiyn is not None:
        yield Words(label("report.counted"), amount_text(report.counted_tiyn, sign=""))
        difference = amount_text(report.counted_tiyn - report.drawer_tiyn, sign="")
        yield Words(label("report.difference"), difference)
    if report.cards:
        yield Rule()
    for words, amount in report.cards:
        yield Words(on_paper(words) if amount else words, amount)
