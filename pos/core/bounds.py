"""What a person may type at a till: judged at the door, so that the book never meets what it cannot hold."""

from pos.core.model import ADDRESS_MOST, MERCHANT_MOST, NAME_MOST, TillSettings
from tender.errors import Code, Refusal
from tender.money import AMOUNT_MAX_TIYN


def text_refused(text: str, most: int, field: str) -> Refusal | None:
    """None for printable text of at most so many characters; else ``name-wrong``, and which field it is."""
    fits = len(text) <= most and text.isprintable()
    return None if fits else Refusal(Code.NAME_WRONG, field, (("most", most),))


def amount_refused(amount_tiyn: int, field: str) -> Refusal | None:
    """None for 0 up to what there may be at all; else ``amount-out-of-range``, and which field it is."""
    return None if 0 <= amount_tiyn <= AMOUNT_MAX_TIYN else Refusal(Code.AMOUNT_OUT_OF_RANGE, field)


def settings_refused(settings: TillSettings) -> Refusal | None:
    """None for what a till can be set to; else the refusal of the first field that does not fit."""
    percent = None
    if not 0 <= settings.warn_percent <= 100:
        percent = Refusal(Code.AMOUNT_OUT_OF_RANGE, "warn_percent", (("most", 100),))
    return (
        text_refused(settings.merchant, MERCHANT_MOST, "merchant")
        or text_refused(settings.city, NAME_MOST, "city")
        or text_refused(settings.address, ADDRESS_MOST, "address")
        or amount_refused(settings.offline_most_tiyn, "offline_most")
        or percent
    )
