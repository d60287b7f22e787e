"""docs/privacy.md says who sees what of a purchase by card: here hosts, banks and wallets are listened to."""

import pytest

from tests.privacy import cards
from tests.privacy.card_page import card_tables
from tests.privacy.cards import (
    ACCOUNT,
    BY_CHIP,
    CLIENTS_BANK,
    CODE,
    DAYS_END,
    EXPIRY,
    HOLDER,
    ISSUED,
    NATIONAL_BANK,
    NOTARY_,
    ON_CARD,
    ON_LINE,
    PAN,
    PIN,
    SHOPS_BANK,
    Seen,
    play_cards,
)
from tests.privacy.data import AMOUNT, NUMBER, PHONE
from tests.privacy.page import PAGE

Played = tuple[Seen, set[tuple[str, str]]]


@pytest.fixture(scope="module")
def played() -> Played:
    """Every flow, listened to."""
    return play_cards()


def test_the_card_tables_on_the_page_are_what_was_heard(played: Played) -> None:
    assert card_tables(played[0]) in PAGE.read_text(encoding="utf-8"), (
        "python -m tests.privacy.page, and look"
    )


def test_no_bank_node_and_nobody_behind_it_is_told_what_is_on_a_card(played: Played) -> None:
    """Not the number, nor the code, the PIN or the name; the expiry when the card is made, and no more."""
    told, got = played
    behind = (CLIENTS_BANK, SHOPS_BANK, NATIONAL_BANK, NOTARY_)
    for flow, roles in told.items():
        for role in behind:
            assert not roles[role] & {PAN, CODE, PIN, cards.SEALED, ON_CARD}, (flow, role)
            assert EXPIRY not in roles[role] or (flow, role) == (ISSUED, CLIENTS_BANK)
    # They were told something, so that silence is no accident.
    assert {(DAYS_END, role) for role in behind} <= got


def test_a_purchase_names_its_client_to_nobody_and_the_day_no_purchase_to_other_banks(played: Played) -> None:
    told, _ = played
    for flow in (BY_CHIP, ON_LINE, DAYS_END):
        for role, found in told[flow].items():
            assert not found & {HOLDER, PHONE, NUMBER, ACCOUNT}, (flow, role)
    for role in (SHOPS_BANK, NATIONAL_BANK, NOTARY_):
        assert AMOUNT not in told[DAYS_END][role]


def test_the_chips_pin_is_in_no_message_as_it_was_typed_and_the_searched_for_can_be_found(
    played: Played,
) -> None:
    told, _ = played
    assert all(PIN not in found for found in told[BY_CHIP].values())
    assert cards.SEALED in told[BY_CHIP][cards.ISSUER]
    met = set().union(*(found for roles in told.values() for found in roles.values()))
    assert met >= set(cards.CARD_DATA) - {HOLDER, PHONE}
