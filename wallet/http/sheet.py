"""The pages the wallet shows its owner: the sheet of a payment, and whether a shop may ask."""

from html import escape

from faces.merchant_codes import number_text
from faces.pages import document, said, text
from faces.words import sentence
from tender.errors import Code
from wallet.service.checkout import CANCELLED, PAID, REFUSED, UNSURE, Question


def sheet_page(tag: str, question: Question, sign: str) -> str:
    """Whom, how much, who asks; one field and two buttons. Never what the wallet holds."""
    code = question.code
    rows = (
        ("sheet.payee", code.name_in(tag)),
        ("sheet.number", number_text(code)),
        ("sheet.reference", code.reference_label),
        ("sheet.asked-by", question.origin),
    )
    facts = "".join(f"<dt>{said(tag, key)}</dt><dd>{escape(text)}</dd>" for key, text in rows if text)
    pay = said(tag, "sheet.pay", amount_tiyn=question.amount_tiyn)
    body = (
        f"<main><p class=sign>{said(tag, 'sheet.sign', sign=sign)}</p>"
        f"<h1>{said(tag, 'sheet.title')}</h1><dl>{facts}</dl>"
        "<form><label for=pin>" + said(tag, "sheet.pin") + "</label>"
        "<input id=pin type=password inputmode=numeric autocomplete=off maxlength=64 required>"
        f"<p id=told role=status aria-live=polite>{escape(words_of(question, tag))}</p>"
        f"<div class=row><button id=pay disabled>{pay}</button>"
        f"<button id=cancel type=button class=quiet>{said(tag, 'sheet.cancel')}</button></div></form>"
        f"<p class=small>{said(tag, 'sheet.sign-why')}</p>"
        f"<p id=covered hidden>{said(tag, 'sheet.covered')}</p></main>"
    )
    data = {
        "id": question.id,
        "shop": question.origin,
        "state": question.state,
        "lang": tag,
        "paying": text(tag, "sheet.paying"),
        "gone": text(tag, "sheet.gone"),
    }
    title = text(tag, "sheet.title")
    return document(tag, title, body, style="/static/sheet.css", script="/static/sheet.js", data=data)


def words_of(question: Question, tag: str) -> str:
    """How it stands, in words."""
    if question.state == PAID:
        return text(tag, "sheet.paid", amount_tiyn=question.amount_tiyn)
    if question.state == CANCELLED:
        return text(tag, "sheet.cancelled")
    if question.state == UNSURE:
        return text(tag, "sheet.unsure")
    told = "" if question.refusal is None else sentence(question.refusal, tag)
    if question.refusal is not None and question.refusal.code is Code.CODE_PAID:
        return told  # "nothing was paid" would be said beside "it was paid before"
    return f"{text(tag, 'sheet.cancelled')} {told}" if question.state == REFUSED else told


def gone_page(tag: str) -> str:
    """A question that is over."""
    body = f"<main><p>{said(tag, 'sheet.gone')}</p></main>"
    title = text(tag, "sheet.title")
    return document(tag, title, body, style="/static/sheet.css", script="/static/sheet.js", data={})


def allow_page(tag: str, origin: str) -> str:
    """May this origin ask? Shown in a window of its own, never inside another page."""
    body = (
        f"<main><h1>{said(tag, 'allow.title')}</h1><p>{said(tag, 'allow.what', origin=origin)}</p>"
        "<p id=told role=status>&nbsp;</p>"
        f"<div class=row><button id=allow>{said(tag, 'allow.yes')}</button></div></main>"
    )
    data = {"origin": origin, "done": text(tag, "allow.done", origin=origin)}
    title = text(tag, "allow.title")
    return document(tag, title, body, style="/static/sheet.css", script="/static/allow.js", data=data)
