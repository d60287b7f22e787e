"""docs/payment-cards.md says what the files say."""

from datetime import date
from pathlib import Path

import pytest

from hardware.cards.emv.flaws import FLAWS
from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.emv.profiles import profile, profile_names, profile_of_bank
from hardware.cards.emv.scripts import SCRIPTS
from hardware.cards.emv.tester import Wish, make_seeded
from hardware.entropy import SeededEntropy
from tender.account.participants import BANKS, KAZPOST
from tender.card.bins import BINS
from tender.card.cvm_list import Method
from tender.card.pan import Pan, Scheme
from tender.card.personalisation import Profile
from tender.card.tags import Tag
from tender.card.values import Aip
from tests.payment_cards.bench import Talk

PAGE = (Path(__file__).parents[2] / "docs" / "payment-cards.md").read_text(encoding="utf-8")
_METHOD = 0x3F


def methods(kind: Profile) -> set[int]:
    """The holder's proofs that it knows."""
    rules = kind.data[Tag.CVM_LIST][8:]
    return {rule & _METHOD for rule in rules[::2]}


def row(name: str) -> str:
    """One kind as the page has it."""
    kind, known = profile(name), methods(profile(name))
    bank = next((BANKS[one] for one in BINS.values() if profile_of_bank(one) == kind), "")
    proofs = [
        word for word, bit in (("CDA", Aip.CDA), ("DDA", Aip.DDA), ("SDA", Aip.SDA)) if kind.interchange & bit
    ]
    own_key = any(Tag.PIN_KEY_CERTIFICATE in one.tags for one in kind.records)
    pins = (
        ["enciphered for a key of its own" if own_key else "enciphered"]
        if Method.ENCIPHERED_PIN in known
        else []
    )
    pins += ["plain"] if Method.PLAIN_PIN in known else []
    cells = (
        f"`{name}`",
        bank,
        f"T={kind.protocol}",
        f"`{kind.cryptogram_version:02X}`",
        ", ".join(proofs) or "nothing, offline",
        ", ".join(pins) or "none",
        f"{kind.answer_format:X}",
    )
    return f"| {' | '.join(cells)} |"


def test_the_kinds_stand_there() -> None:
    table = PAGE.partition("<!-- kinds -->\n")[2].partition("<!-- /kinds -->")[0].splitlines()[2:]
    assert table == [row(name) for name in profile_names()]


def test_faults_and_scripts_stand_there() -> None:
    assert [flaw for flaw in FLAWS if f"`{flaw}`" not in PAGE] == []
    assert [ins for ins in SCRIPTS if f"`{ins:02X}`" not in PAGE and f"`84 {ins:02X}`" not in PAGE] == []


@pytest.mark.parametrize("bin_digits", BINS)
def test_each_card_bank_issues_a_kind_of_its_own_network(bin_digits: str) -> None:
    kind = profile_of_bank(BINS[bin_digits])
    assert Scheme(kind.scheme) is Pan(bin_digits.ljust(16, "0")).scheme
    with pytest.raises(KeyError):
        profile_of_bank(KAZPOST)


def conversation() -> list[str]:
    """A purchase by T=0 that the bank approves, with a card that anybody can make again."""
    name = "visa-cvn10-online"
    made = make_seeded(Wish(name), "page", date(2026, 1, 10))
    card = PaymentCard(made.image, SeededEntropy("page"))
    card.power(True)
    talk = Talk(card, name)
    talk.begin(name)
    talk.generate(0x80, Tag.CDOL1)
    talk.generate(0x40, Tag.CDOL2, t8A=b"00")
    lines = [f"= {card.atr.hex().upper()}"]
    for command, answer in talk.said:
        lines += [f"> {command.upper()}", f"< {answer.upper()}"]
    return lines


def test_the_conversation_stands_there_byte_by_byte() -> None:
    shown = PAGE.partition("<!-- conversation -->\n```\n")[2].partition("```\n")[0]
    joined = shown.replace("\n  ", "").splitlines()
    assert joined == conversation()
