"""A card and a phone spend from one account: what each did is told apart, and no tiyn is lost on the way."""

from dataclasses import replace

import pytest

from tender.account.participants import BANKS
from tender.errors import Code, Refusal
from tests.ecommerce.mall import Mall
from town.cast import AIGUL, DANA, MERCHANT, Person


@pytest.mark.row("DT-C-04")
@pytest.mark.row("DT-C-15")
def test_one_card_pays_at_a_till_draws_cash_buys_on_line_and_its_owner_transfers(mall: Mall) -> None:
    mall.moves_in(AIGUL, "10000")
    mall.moves_in(DANA)
    mall.desk.does("convert", "1000", "--back", "-w", "aigul")
    card = mall.real(AIGUL)
    typed = {"number": card.pan.digits, "expiry": f"{card.record.expiry[2:]}/{card.record.expiry[:2]}"}
    assert mall.at_till(card, 3_779_00, MERCHANT) == "00"
    assert mall.operator.cash(MERCHANT.bank, card, 2_000_00).code == "00"
    mall.bought("tea", typed | {"code": card.check_value("000")}, AIGUL)
    mall.bought("tea", mall.virtual(AIGUL), AIGUL)
    mall.desk.does("transfer", "500", DANA.phone, "-w", "aigul")
    told = mall.history(AIGUL)
    assert sorted(told) == sorted(
        [
            ("convert", 10_000),
            ("convert", -1_000),
            ("card-purchase", -3_779),
            ("card-cash", -2_000),
            ("card-ecommerce", -350),
            ("card-ecommerce", -350),
            ("online", -500),
        ]
    )
    assert mall.history(AIGUL) == told, "a second look adds nothing"
    kinds = [one["kind"] for one in mall.desk.told("statement", "-w", "aigul")["entries"]]
    assert {"card purchase", "card cash", "card online", "transfer", "convert"} <= set(kinds)
    assert mall.balances(AIGUL)[0] == 10_000 - 1_000 - 3_779 - 2_000 - 700 - 500


@pytest.mark.row("DT-C-01")
@pytest.mark.row("DT-P-14")
def test_a_card_has_one_account_behind_it_and_its_owner_may_stop_the_card_alone(mall: Mall) -> None:
    mall.moves_in(AIGUL, "10000")
    mall.moves_in(DANA, "1000")
    card = mall.virtual(AIGUL)
    (shown,) = mall.desk.told("cards", "-w", "aigul")["cards"]
    assert shown["card"].endswith(card["number"][-4:]) and "*" in shown["card"]
    assert (shown["kind"], shown["state"], shown["bank"]) == ("virtual", "active", AIGUL.bank)
    bank = mall.village.platform.banks[AIGUL.bank]
    account = bank.client(AIGUL.number)
    assert not isinstance(account, Refusal)
    with bank.desk.store.reading() as rows:
        assert bytes.fromhex(shown["account"]) == rows.account_of(account.number)
    assert mall.desk.told("cards", "-w", "dana")["cards"] == []
    # What is charged is her Digital Tenge: not her tenge, and nobody else's account.
    mall.bought("tea", card, AIGUL)
    assert (mall.balances(AIGUL), mall.balances(DANA)) == ((9_650, 490_000), (1_000, 499_000))
    # The card is stopped: the account is not.
    mall.desk.does("cards", "--stop", card["number"][-4:], "-w", "aigul")
    line = mall.desk.does("cards", "-w", "aigul")
    assert "stopped by you" in line, line
    reference = shown["reference"]
    assert mall.operator.ask("card-stops", bank=AIGUL.bank) == {"stopped": [reference]}
    assert mall.operator.ask("card-stops", bank=0) == {"stopped": [reference]}
    free = mall.operator.ask("card-unblock", card=reference)
    assert isinstance(free, Refusal) and dict(free.facts)["stopped"] == card["number"][-4:]
    with mall.buying("tea", card) as asked:
        refused = asked.result()
    assert isinstance(refused, Refusal) and refused.code is Code.CARD_STOPPED, refused
    mall.desk.does("transfer", "650", DANA.phone, "-w", "aigul")
    assert mall.balances(AIGUL)[0] == 9_000
    mall.desk.does("cards", "--allow", card["number"][-4:], "-w", "aigul")
    assert mall.operator.ask("card-stops", bank=0) == {"stopped": []}
    mall.bought("tea", card, AIGUL)
    assert mall.balances(AIGUL)[0] == 8_650
    nobodys = mall.desk.types("cards", "--stop", card["number"][-4:], "-w", "dana")
    assert nobodys.exit_code == 1 and Code.CARD_UNKNOWN.value in nobodys.stderr
    assert "None of your cards" in nobodys.stderr and "charged" not in nobodys.stderr


@pytest.mark.row("DT-Q-13")
def test_by_phone_and_by_card_the_same_balance_pays(mall: Mall) -> None:
    mall.moves_in(AIGUL, "10000")
    mall.moves_in(MERCHANT)
    card = mall.real(AIGUL)
    mall.desk.does("pay-merchant", MERCHANT.number, "2000", "--channel", "app", "-w", "aigul")
    assert mall.balances(AIGUL) == (8_000, 490_000)
    assert mall.at_till(card, 2_000_00, MERCHANT) == "00"
    assert mall.balances(AIGUL) == (6_000, 490_000)


@pytest.mark.row("DT-C-08")
def test_after_a_card_payment_the_wallet_shows_what_the_ledger_says(mall: Mall) -> None:
    mall.moves_in(AIGUL, "10000")
    mall.moves_in(DANA)
    mall.desk.does("load", "1000", "-w", "aigul")
    mall.desk.does("request", "300", "--out", str(mall.village.folder / "asked.tenge"), "-w", "aigul")
    card = mall.real(AIGUL)
    assert mall.at_till(card, 3_779_00, MERCHANT) == "00"
    assert mall.chain.close_day()["agrees"]
    mall.desk.does("notices", "-w", "aigul")
    told = mall.desk.told("balance", "-w", "aigul")
    assert told["account_tiyn"] == mall.balances(AIGUL)[0] * 100 == 5_221_00
    # What is in hand and what is only asked for stand apart.
    assert (told["spendable_tiyn"], told["pending_tiyn"]) == (1_000_00, 300_00)


@pytest.mark.row("DT-C-16")
def test_tenge_to_digital_tenge_by_card_in_cash_and_back_without_losing_a_tiyn(mall: Mall) -> None:
    aigul = replace(AIGUL, cash_tiyn=10_000_00)
    mall.moves_in(aigul)
    assert mall.balances(aigul) == (0, 10_000)
    mall.desk.does("convert", "10000", "-w", "aigul")
    card = mall.real(aigul)
    assert mall.at_till(card, 2_000_00, MERCHANT) == "00"
    assert mall.operator.cash(MERCHANT.bank, card, 3_000_00).code == "00"
    mall.desk.does("convert", "5000", "--back", "-w", "aigul")
    assert mall.balances(aigul) == (0, 5_000)
    told = mall.chain.close_day()
    assert told["agrees"], told
    sheet = {one["bank"]: one for one in told["banks"]}
    assert sheet[aigul.bank]["positions"] == {str(MERCHANT.bank): 5_000_00}
    assert set(sheet) <= set(BANKS)


@pytest.mark.row("DT-Q-05")
def test_the_same_basket_is_paid_through_five_channels_with_the_same_postings(mall: Mall) -> None:
    """In an app, in a shop on the web, by QR, by NFC, and by card at a till; the merchant takes tenge."""
    mall.moves_in(AIGUL, "20000")
    enrolled(mall, MERCHANT)
    card = mall.real(AIGUL)
    postings, channels = [], []
    seen = entries(mall, AIGUL), entries(mall, MERCHANT)
    for channel in ("app", "shop", "qr", "nfc", "card"):
        if channel == "card":
            assert mall.at_till(card, 3_779_00, MERCHANT) == "00"
            assert mall.chain.close_day()["agrees"]
            channels.append(mall.history(AIGUL)[0][0])
        else:
            words = ("--channel", channel, "--reference", f"R-{channel}", "--bank", str(MERCHANT.bank))
            mall.desk.does("pay-merchant", MERCHANT.number, "3779", *words, "-w", "aigul")
            (taken,) = mall.desk.told("takings", "--reference", f"R-{channel}", "-w", MERCHANT.name)[
                "takings"
            ]
            channels.append(taken["channel"])
        now = entries(mall, AIGUL), entries(mall, MERCHANT)
        postings.append(tuple(new[: len(new) - len(old)] for new, old in zip(now, seen, strict=True)))
        seen = now
    assert postings == [([("dt", -3_779_00)], [("noncash", 3_779_00)])] * 5
    assert channels == ["app", "shop", "qr", "nfc", "card-purchase"]


def enrolled(mall: Mall, person: Person) -> None:
    """A wallet of somebody without a Digital Tenge account."""
    bank = mall.village.platform.banks[person.bank]
    code = bank.clients.activation_code(mall.village.client(person).number)
    root = mall.village.platform.root_key.hex()
    mall.desk.does("create", "-w", person.name)
    mall.desk.does(
        "enrol", "--bank", str(person.bank), "--code", code, "--shown", "--root", root, "-w", person.name
    )


def entries(mall: Mall, person: Person) -> list[tuple[str, int]]:
    """Every entry on this person's accounts, newest first."""
    told = mall.desk.told("statement", "--most", "50", "-w", person.name)["entries"]
    return [(one["form"], one["change_tiyn"]) for one in told]
