"""What an acquirer hands out for a new terminal: its number, its PIN key, the schemes' public keys."""

import re
from typing import Any, Final

from card_switch.core.inquiries import NAME, Inquiries
from card_switch.core.keys import terminal_mac_zone, terminal_zone
from card_switch.ports import Hsm
from card_switch.service.desk import Answer, Later, Question, Told
from card_switch.service.switchboard import Switchboard
from tender.account.capabilities import Profile
from tender.account.participants import BANKS, number_text
from tender.card.certificates import CaKey
from tender.errors import Code, Refusal

TERMINALS_MOST: Final = 99_999
_MERCHANT: Final = re.compile(r"[0-9A-Za-z]{1,15}")


def terminal_number(bank: int, count: int) -> str:
    """DE 41: the bank's number, then the terminal's."""
    return f"{number_text(bank)}{count:05}"


def _public(key: CaKey) -> dict[str, Any]:
    return {
        "rid": key.rid.hex(),
        "index": key.index,
        "modulus": key.modulus.hex(),
        "exponent": key.exponent.hex(),
        "check_sum": key.check_sum.hex(),
    }


class MerchantBook:
    """Asks a bank whether a merchant is its client: nobody gets a terminal whose takings are nobody's."""

    def __init__(self, board: Switchboard, inquiries: Inquiries) -> None:
        self._board = board
        self._inquiries = inquiries

    def ask(self, bank: int, merchant: str, papers: dict[str, Any], now_ms: int) -> Later:
        """``papers``, once the bank has said yes; ``merchant-unknown``, ``platform-unreachable``."""
        name, commands = self._inquiries.merchant(bank, merchant, now_ms)
        self._board.follow(NAME, commands, now_ms)

        def later() -> Answer | None:
            said = self._inquiries.answer(name)
            if said is None:
                return None
            if said.code:
                return Refusal(Code(said.code), "merchant", (("merchant", merchant),))
            return papers | {"merchant_name": said.name}

        return later


def terminal_questions(
    hsm: Hsm, profile: Profile = Profile.FULL, book: MerchantBook | None = None
) -> dict[str, Question]:
    """``terminal``: bank, count, merchant, category, accepts_dt, cash_machine → what goes into the terminal,
    and the profile of the banks that it will meet. ``handed_out``: the same of a terminal that there is.

    ``book``: asks the merchant's bank first, if there is one to ask. A cash machine is its bank's own.
    The key in it is secret: whoever asks writes it to a file that only its owner reads."""

    def terminal(given: Told, now_ms: int) -> Answer | Later:
        bank, count = given["bank"], given["count"]
        if bank not in BANKS:
            return Refusal(Code.FIELD_WRONG, "bank")
        if not isinstance(count, int) or not 0 < count <= TERMINALS_MOST:
            return Refusal(Code.FIELD_WRONG, "count")
        merchant = str(given["merchant"])
        if not _MERCHANT.fullmatch(merchant):
            return Refusal(Code.FIELD_WRONG, "merchant")
        number, cash_machine = terminal_number(bank, count), bool(given.get("cash_machine"))
        zone = terminal_mac_zone(bank, number, merchant, cash_machine)
        papers = {
            "acquirer": number_text(bank),
            "terminal": number,
            "merchant": merchant,
            "category": int(given["category"]),
            "accepts_dt": bool(given.get("accepts_dt")),
            "profile": profile.value,
            "cash_machine": cash_machine,
            "key": hsm.terminal_key(terminal_zone(bank, number)).hex(),
            "mac_key": hsm.terminal_mac_key(zone).hex(),
            "ca_keys": [_public(key) for key in hsm.ca_keys()],
        }
        if book is None or cash_machine or given.get("handed_out"):
            return papers
        return book.ask(bank, merchant, papers, now_ms)

    return {"terminal": terminal}
