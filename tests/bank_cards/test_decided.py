"""What nothing settles is ended by somebody of the bank, with a reason, in books that sum to zero; and what a
merchant is told of its days."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from faces import language
from platform_stub.cli import app
from tender.account.card_messages import (
    CloseDay,
    Decided,
    Difference,
    MerchantAsked,
    MerchantCredit,
    MerchantKnown,
    Position,
)
from tender.account.card_takings_messages import CardTakingsQuestion, CardTakingsTold
from tender.account.client_messages import FROM_DT, TO_DT, Convert
from tender.account.participants import ALTYN, KAZPOST
from tender.errors import Code
from tests.bank_cards.books import check_books, check_sheet
from tests.bank_cards.host import Host, aigul_with_card, refunded
from tests.bank_cards.test_days import DAY, UNTIL, M, close, day
from tests.bank_cards.test_in_dt import buying, code, moved
from tests.platform_stub.people import MERCHANT, TENGE, Town

WHY = ("--reason", "the client left the country", "--officer", "Zarina")


SPOKEN = {
    "en": ("Taking back, refused", "waits for a decision. See: "),
    "ru": ("Отмены, в которых отказано", "не ждёт решения. Смотрите: "),
    "kk": ("Бас тартылған тоқтатулар", "шешім күтіп тұрған жоқ. Қараңыз: "),
}
"""How refused undos are headed, and what is said of one that does not wait."""


def run(*words: str, folder: Path, code: int = 0) -> str:
    """What a command of the bank's staff about card operations tells people."""
    ran = CliRunner().invoke(app, ["card", *words, "--folder", str(folder)])
    assert ran.exit_code == code, ran.output
    return ran.output


def staff(folder: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """What a command of the bank's staff about card operations tells programs."""
    told: dict[str, Any] = json.loads(run(*words, "--json", folder=folder, code=code))
    return told


def booked(town: Town, account: str) -> int:
    """An account of the issuer's books, whole tenge."""
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        return rows.account(account) // TENGE


def test_a_refund_whose_money_is_spent_is_borne_by_the_bank_when_somebody_says_so(
    town: Town, hosts: dict[int, Host], tmp_path: Path
) -> None:
    aigul, _, bank = refunded(town, hosts, 500, 300)
    assert aigul.balances().dt_tiyn == 800 * TENGE
    aigul.ask("convert", Convert(FROM_DT, 800 * TENGE))
    undone = bank.undo("refund-1", operation="refund-1/u")
    assert (undone.code, undone.amount_tiyn) == (Code.FUNDS_INSUFFICIENT, 0)
    [waits] = staff(tmp_path, "undos", str(ALTYN))["undos"]
    assert (waits["operation"], waits["amount_tiyn"]) == ("refund-1", 300 * TENGE)
    check_books(town, ALTYN, payable=200)

    for tag, (title, _) in SPOKEN.items():
        language.use(tag)
        assert title in run("undos", str(ALTYN), folder=tmp_path)
    language.use("en")

    where = (str(ALTYN), "refund-1", "--on", "loss")
    nobody = staff(tmp_path, "bear", *where, "--reason", "", "--officer", "Z", code=1)
    assert (nobody["code"], nobody["field"]) == ("name-wrong", "reason")
    told = staff(tmp_path, "bear", *where, *WHY)
    assert told == {"operation": "refund-1", "borne_tiyn": 300 * TENGE, "account": "loss:cards"}
    assert staff(tmp_path, "bear", *where, *WHY, code=1)["code"] == "order-unknown", "once"
    for tag, (_, nothing) in SPOKEN.items():
        language.use(tag)
        said = run("bear", *where, *WHY, folder=tmp_path, code=1)
        assert f"{nothing}`tenge platform card undos {ALTYN}`" in said and "order" not in said, said
    language.use("en")
    said = run("bear", *where[:-1], "foo", *WHY, folder=tmp_path, code=2)
    assert "choose `loss` or `receivable`" in said, said
    assert staff(tmp_path, "undos", str(ALTYN))["undos"] == []
    assert booked(town, "loss:cards") == 300 and aigul.balances().dt_tiyn == 0
    check_books(town, ALTYN, payable=500)
    again = bank.undo("refund-1", operation="refund-1/u")
    assert (again.code, again.amount_tiyn) == ("", 300 * TENGE), "whoever asks again hears that it is done"
    assert booked(town, "loss:cards") == 300
    reports = [
        close(bank, day({"visa-1": 500}, {}, {KAZPOST: 500})),
        close(bank, day(number=DAY + 1)),
    ]
    assert [one.differences for one in reports] == [(), ()]
    decided = Decided("refund-1", 300 * TENGE, "loss:cards", "the client left the country", "Zarina")
    assert [one.decided for one in reports] == [(decided,), ()], "told once"
    check_books(town, ALTYN)
    told = dict(check_sheet(tmp_path).cards.totals)
    assert told == {
        "converted": 500 * TENGE,
        "between-banks": 500 * TENGE,
        "borne": 300 * TENGE,
    }


def test_digital_tenge_that_a_shop_keeps_are_given_again_by_the_bank(
    town: Town, hosts: dict[int, Host], tmp_path: Path
) -> None:
    merchant = town.phone(MERCHANT)
    aigul, card = aigul_with_card(town, hosts)
    assert code(hosts[ALTYN], buying(card)) == ""
    moved(town)
    assert hosts[ALTYN].undo("dt-1").code == Code.PAID_IN_DT
    staff(tmp_path, "bear", str(ALTYN), "dt-1", "--on", "receivable", *WHY)
    for _ in range(2):
        moved(town)
    assert aigul.balances().dt_tiyn == 10_000 * TENGE
    assert merchant.balances().dt_tiyn == 3_779 * TENGE, "the shop has what it was paid"
    assert booked(town, "receivable:card-undos") == 3_779
    again = hosts[ALTYN].undo("dt-1")
    assert (again.code, again.amount_tiyn) == ("", 3_779 * TENGE)
    check_books(town, ALTYN)
    check_sheet(tmp_path)


def test_what_is_undone_after_all_needs_no_decision(
    town: Town, hosts: dict[int, Host], tmp_path: Path
) -> None:
    aigul, _, bank = refunded(town, hosts, 500, 300)
    aigul.ask("convert", Convert(FROM_DT, 800 * TENGE))
    assert bank.undo("refund-1").code == Code.FUNDS_INSUFFICIENT
    aigul.ask("convert", Convert(TO_DT, 400 * TENGE))
    assert bank.undo("refund-1").code == ""
    assert staff(tmp_path, "undos", str(ALTYN))["undos"] == []
    words = (str(ALTYN), "refund-1", "--on", "loss", *WHY)
    assert staff(tmp_path, "bear", *words, code=1)["code"] == "order-unknown"
    assert booked(town, "loss:cards") == 0


def test_an_undo_that_waits_hides_nothing_that_the_switch_forgot(town: Town, hosts: dict[int, Host]) -> None:
    """The switch names what it wants undone; what it knows nothing of is named by the bank."""
    aigul, card, bank = refunded(town, hosts, 500, 300)
    aigul.ask("convert", Convert(FROM_DT, 700 * TENGE))
    assert bank.undo("refund-1", 200).code == Code.FUNDS_INSUFFICIENT
    bank.authorise("visa-2", 100, card=card)
    told = close(bank, day({"visa-1": 500}, {}, {KAZPOST: 500}))
    forgotten = Difference("visa-2", 100 * TENGE, 0)
    assert (told.differences, told.issued_tiyn) == ((forgotten,), 600 * TENGE)
    # Once it is undone the switch settles it; where it does not, it has forgotten that, too.
    aigul.ask("convert", Convert(TO_DT, 400 * TENGE))
    assert bank.undo("refund-1", 200).code == ""
    told = close(bank, day(number=DAY + 1))
    assert told.differences == (Difference("refund-1", -100 * TENGE, 0), forgotten)


def test_a_merchant_sees_its_days_gross_and_net_and_when_they_came(
    town: Town, hosts: dict[int, Host]
) -> None:
    _, card = aigul_with_card(town, hosts)
    hosts[ALTYN].authorise("visa-1", 900, card=card)
    close(hosts[ALTYN], day({"visa-1": 900}, {}, {KAZPOST: 900}))
    credit = MerchantCredit(M, 700 * TENGE, 200 * TENGE)
    order = CloseDay("day k", DAY, 1, 1, (), (credit,), (Position(ALTYN, -700 * TENGE),), UNTIL)
    assert close(hosts[KAZPOST], order).code == ""
    merchant = town.phone(MERCHANT)  # a client only now: what waited is credited with the next day
    close(hosts[KAZPOST], day(number=DAY + 1))
    told = merchant.ask("card-takings", CardTakingsQuestion(10))
    assert isinstance(told, CardTakingsTold)
    [one] = told.days
    assert (one.day, one.merchant) == (DAY, M)
    assert (one.paid_tiyn, one.back_tiyn, one.change_tiyn) == (900 * TENGE, 200 * TENGE, 700 * TENGE)
    assert one.credited >= one.closed > 0
    assert merchant.balances().noncash_tiyn == 700 * TENGE


def test_a_bank_says_whether_a_merchant_is_its_client(town: Town, hosts: dict[int, Host]) -> None:
    bank = hosts[KAZPOST]
    assert bank.ask(MerchantAsked("asked-1", M)) == MerchantKnown("asked-1", Code.MERCHANT_UNKNOWN.value, "")
    town.phone(MERCHANT)
    assert bank.ask(MerchantAsked("asked-2", M)) == MerchantKnown("asked-2", "", MERCHANT.name)


def test_what_is_to_be_undone_besides_what_the_bank_has_borne_is_decided_anew(
    town: Town, hosts: dict[int, Host], tmp_path: Path
) -> None:
    town.phone(MERCHANT)
    aigul, card = aigul_with_card(town, hosts)
    bank = hosts[ALTYN]
    assert code(bank, buying(card)) == ""
    moved(town)
    borne = [(1_000, "loss", "loss:cards"), (2_779, "receivable", "receivable:card-undos")]
    for number, (tenge, words, account) in enumerate(borne):
        asked = (1_000, 0)[number]
        assert bank.undo("dt-1", asked, f"dt-1-u{number}").code == Code.PAID_IN_DT
        [waits] = staff(tmp_path, "undos", str(ALTYN))["undos"]
        assert waits["amount_tiyn"] == (1_000, 3_779)[number] * TENGE
        told = staff(tmp_path, "bear", str(ALTYN), "dt-1", "--on", words, *WHY)
        assert (told["borne_tiyn"], booked(town, account)) == (tenge * TENGE, tenge)
        report = close(bank, day(number=DAY + number))
        assert [(one.amount_tiyn, one.account) for one in report.decided] == [(tenge * TENGE, account)]
    again = bank.undo("dt-1", 0, "dt-1-u1")
    assert (again.code, again.amount_tiyn) == ("", 3_779 * TENGE)
    assert staff(tmp_path, "undos", str(ALTYN))["undos"] == []
    moved(town)
    moved(town)
    assert aigul.balances().dt_tiyn == 10_000 * TENGE
    check_books(town, ALTYN)
