"""What people are shown of a scanned code: a merchant's line by line, anything else by its kind."""

from faces.amounts import amount_text
from faces.language import current, label
from faces.phrases import party
from faces.words import sentence
from tender.errors import Code, Refusal
from tender.qr.consumer_code import ConsumerCode
from tender.qr.foreign import Foreign, Frame, Scanned
from tender.qr.payment_code import PaymentCode, said

_FLAGS = {"Y": "answer.yes", "N": "answer.no"}


def kind_text(found: Scanned) -> str:
    """What a code is that cannot be paid as a merchant's, in words; never what it holds."""
    if isinstance(found, Foreign):
        return label(f"scanned.{found.kind}", host=found.host)
    kinds = {ConsumerCode: "scanned.payer", Frame: "scanned.message"}
    return label(kinds.get(type(found), "scanned.merchant"))


def foreign_words(found: Scanned) -> str:
    """What a foreign code is, and that it is neither opened nor paid."""
    return sentence(Refusal(Code.CODE_FOREIGN, "qr", (("what", kind_text(found)),)))


def payee_text(code: PaymentCode) -> str:
    """The name on a code, and beside it what its printer cannot choose: whom the money goes to."""
    return f"{code.name_in(current())}, {number_text(code)}"


def number_text(code: PaymentCode) -> str:
    """The business number, with the bank where the code names one: any other is found by the payer's bank."""
    return party("", "", code.merchant, code.bank) if code.bank else code.merchant


def code_lines(
    code: PaymentCode, amount_tiyn: int | None, fee_tiyn: int = 0, reference: str = "", purpose: str = ""
) -> list[tuple[str, str]]:
    """Label and text of everything a payer should know, in the language in use, without what is empty.

    ``reference`` and ``purpose`` are what the payer gave, else the code's own. ``amount_tiyn`` is None while
    the payer has not said how much; the VAT flag is shown as the code has it (DT-VAT-01).
    """
    tongue = current()
    bill = said(code.bill_number)
    reference = reference or said(code.reference_label) or bill
    total = None if amount_tiyn is None or not fee_tiyn else amount_tiyn + fee_tiyn
    vat = label(_FLAGS[code.vat]) if code.vat in _FLAGS else code.vat
    rows = [
        ("merchant", code.name_in(tongue)),
        ("city", code.city_in(tongue)),
        ("number", number_text(code)),
        ("amount", "" if amount_tiyn is None else amount_text(amount_tiyn)),
        ("fee", amount_text(fee_tiyn) if fee_tiyn else ""),
        ("total", "" if total is None else amount_text(total)),
        ("vat", vat),
        ("reference", reference),
        ("bill", "" if bill == reference else bill),
        ("terminal", said(code.terminal_label)),
        ("purpose", purpose or said(code.purpose)),
        ("path", label("paycode.path-online")),
    ]
    return [(label(f"paycode.{name}"), text) for name, text in rows if text]
