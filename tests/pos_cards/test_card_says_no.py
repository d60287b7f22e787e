"""The card has a word of its own: it may refuse what its issuer approved; not every card is one for us."""

from pos.core.card_tender import CARD_SAID_NO, CardPhase
from pos.service.till import Till
from tender.card.iso8583.message import Message
from tender.errors import Code
from tests.pos.market import Market
from tests.pos_cards.acquirer import StandInAcquirer, approves
from tests.pos_cards.shop import a_card, asked, held, paid
from tests.taps.pocket import carded
from town.cast import AIGUL

FALSE_ANSWER = bytes.fromhex("910A") + b"\xee" * 8 + b"00"
"""An issuer's proof that no issuer made."""


def test_a_card_that_does_not_believe_its_issuer_is_reversed(till: Till, acquirer: StandInAcquirer) -> None:
    def forged(message: Message) -> Message | None:
        answer = approves(message)
        return answer.having({55: FALSE_ANSWER}) if answer is not None and message.mti == "0100" else answer

    acquirer.script = forged
    asked(till)
    told = paid(till, held(a_card()))
    assert told.taken is None and told.refusal is not None
    assert told.refusal.code is Code.CARD_SAID_NO
    assert dict(told.refusal.facts)["reason"] == "card-refused-after-issuer"
    assert (told.payment.reason, told.payment.phase) == (CARD_SAID_NO, CardPhase.REVERSED)
    assert not acquirer.stands_tiyn and len(acquirer.said("0400")) == 1
    assert acquirer.said("0400")[0].approval_code == told.payment.approval


def test_a_card_of_no_scheme_here_is_told_apart(
    market: Market, till: Till, acquirer: StandInAcquirer
) -> None:
    asked(till)
    told = paid(till, carded(market, AIGUL).reader)
    assert told.refusal is not None and told.refusal.code is Code.CARD_TRY_OTHER
    assert told.payment.phase is CardPhase.DECLINED and not acquirer.heard


def test_a_reversal_keeps_nothing_of_the_card_but_its_number(till: Till, acquirer: StandInAcquirer) -> None:
    """No track, no PIN block, no cryptogram is kept by a till, not even sealed, nor said again."""
    asked(till)
    told = paid(till, held(a_card()))
    request = acquirer.said("0100")[0]
    for secret in (request.octets(52), request.octets(55), request.text(35).encode()):
        assert secret not in told.payment.request
    till.void("1-0001")
    assert not {35, 52, 55} & set(acquirer.said("0400")[0].fields)
    assert not till.terminal.payments()[0].request, "and after that nothing at all"
    assert request.pan.digits not in repr(till.terminal.payments())
