"""A merchant's code from its picture to the merchant's account, through the wallet's command (DT-C-07)."""

from dataclasses import replace
from pathlib import Path

import pytest

from faces.amounts import amount_text
from faces.qr_drawing import png, side, text_modules, version_for
from hardware.qr_camera import open_source
from platform_stub.bank.office import current
from platform_stub.desk import Asked
from platform_stub.store.sale_rows import BOUGHT, TAKEN
from tender.account.merchant_messages import TakingsQuestion
from tender.account.participant_messages import NoncashCredit, passed_reference
from tender.account.participants import KAZPOST
from tender.errors import Code, Refusal
from tender.qr.payment_code import BANK_QR, Fee, LocalNames, PaymentCode, encode
from tests.wallet.test_commands import Desk
from tests.wallet.village import Village
from town.cast import AIGUL, CANTEEN, MERCHANT

SALE_TIYN = 3_779_00
ORDINARY = PaymentCode(
    "MERCHANT M",
    "ALMATY",
    MERCHANT.number,
    bank=KAZPOST,
    mcc=5814,
    amount_tiyn=SALE_TIYN,
    dynamic=True,
    reference_label="R-17",
    local=LocalNames("kk", "Дәмхана М", "Алматы"),
)
"""What a till that knows nothing of Digital Tenge draws."""
PRINTED = replace(ORDINARY, amount_tiyn=None, dynamic=False, reference_label="")
"""The sticker beside it."""


class Buyer(Desk):
    """Aigul with 10 000.00 in Digital Tenge, at a shop with only a current account."""

    def __init__(self, village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(village, monkeypatch)
        self.moves_in(AIGUL)
        self.does("convert", "10000", "-w", AIGUL.name)
        self.shop = village.client(MERCHANT)

    def scans(self, code: PaymentCode | str, *words: str, given: str = "") -> tuple[int, str, str]:
        """Draws the code, scans its picture and types an answer: exit code, output, errors."""
        text = code if isinstance(code, str) else encode(code, BANK_QR)
        picture = self.village.folder / "code.png"
        picture.write_bytes(png([text_modules(text)]))
        ended = self.types("pay-code", "--scan", str(picture), "-w", AIGUL.name, *words, given=given.encode())
        return ended.exit_code, ended.stdout, ended.stderr

    def dt_tiyn(self) -> int:
        told = self.told("statement", "-w", AIGUL.name)
        return int(told["dt_tiyn"])

    def conversions(self) -> list[tuple[str, int, str]]:
        """Kind, change and reference of what left Digital Tenge for ordinary tenge, or came back."""
        entries = self.told("statement", "-w", AIGUL.name)["entries"]
        return [
            (one["kind"], one["change_tiyn"], one["reference"])
            for one in entries
            if one["kind"] in ("conversion", "given back")
        ]

    def taken_tiyn(self) -> int:
        """The merchant's current account, less what was on it before."""
        with self.village.platform.banks[KAZPOST].desk.store.reading() as rows:
            return rows.account(current(self.shop.number)) - MERCHANT.cash_tiyn


@pytest.fixture
def buyer(village: Village, monkeypatch: pytest.MonkeyPatch) -> Buyer:
    return Buyer(village, monkeypatch)


@pytest.mark.row("DT-C-07")
def test_an_ordinary_code_is_paid_through_one_conversion(buyer: Buyer) -> None:
    code, printed, shown = buyer.scans(ORDINARY, given="y\n")
    assert code == 0, shown
    for part in ("MERCHANT M", "ALMATY", MERCHANT.number, amount_text(SALE_TIYN), "R-17"):
        assert part in shown
    assert amount_text(10_000_00 - SALE_TIYN) in printed
    assert buyer.dt_tiyn() == 6_221_00
    ((kind, change_tiyn, reference),) = buyer.conversions()
    assert (kind, change_tiyn) == ("conversion", -SALE_TIYN)
    with buyer.village.platform.banks[AIGUL.bank].desk.store.reading() as rows:
        (sale,) = rows.sales(1, BOUGHT, TakingsQuestion(0, "R-17"))
    assert (sale.amount_tiyn, sale.converted, sale.channel) == (SALE_TIYN, True, "qr")
    assert sale.transaction == passed_reference(AIGUL.bank, bytes.fromhex(reference)), "one authorisation"
    with buyer.village.platform.banks[KAZPOST].desk.store.reading() as books:
        (taking,) = books.sales(buyer.shop.number, TAKEN, TakingsQuestion(0, ""))
    assert taking.transaction == sale.transaction
    assert buyer.taken_tiyn() == SALE_TIYN


@pytest.mark.row("DT-C-07")
def test_a_conversion_for_what_is_declined_afterwards_is_undone(buyer: Buyer) -> None:
    def declined(_asked: Asked, _order: NoncashCredit) -> Refusal:
        return Refusal(Code.PAYEE_UNKNOWN, "noncash-credit.merchant")

    buyer.village.platform.banks[KAZPOST].desk.handlers["noncash-credit"] = declined
    code, _, shown = buyer.scans(ORDINARY, "--yes")
    assert (code, Code.PAYEE_UNKNOWN.value in shown) == (1, True)
    assert buyer.dt_tiyn() == 10_000_00
    assert sorted(one[:2] for one in buyer.conversions()) == [
        ("conversion", -SALE_TIYN),
        ("given back", SALE_TIYN),
    ]
    assert buyer.taken_tiyn() == 0
    again, _, _ = buyer.scans(ORDINARY, "--yes")
    assert again == 1, "what was undone was not paid, so the code asks the bank again"


def test_saying_no_pays_nothing(buyer: Buyer) -> None:
    code, _, shown = buyer.scans(ORDINARY, given="n\n")
    assert (code, Code.PAYER_DECLINED.value in shown) == (1, True)
    assert (buyer.dt_tiyn(), buyer.conversions()) == (10_000_00, [])


@pytest.mark.row("DT-VAT-01")
def test_the_vat_flag_is_shown_before_one_confirms(buyer: Buyer) -> None:
    code, _, shown = buyer.scans(replace(ORDINARY, amount_tiyn=11_200_00, vat="Y"), given="n\n")
    assert code == 1
    assert f"Amount: {amount_text(11_200_00)}" in shown
    assert "Merchant: MERCHANT M" in shown
    assert "VAT flag: Yes" in shown
    assert shown.index("VAT flag") < shown.index("Pay ")


def test_in_kazakh_the_merchant_has_its_kazakh_name(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    from faces import language

    language.use("kk")
    try:
        _, _, shown = buyer.scans(ORDINARY, given="n\n")
    finally:
        language.use("en")
    assert "Дәмхана М" in shown
    assert "Алматы" in shown


def test_a_printed_code_asks_how_much_and_is_paid_as_often_as_one_likes(buyer: Buyer) -> None:
    code, _, shown = buyer.scans(PRINTED, given="500,50\ny\n")
    assert code == 0, shown
    assert buyer.scans(PRINTED, "--amount", "500,50", "--yes")[0] == 0
    assert buyer.taken_tiyn() == 1_001_00
    refused, _, said = buyer.scans(PRINTED, "--yes")
    assert (refused, Code.AMOUNT_UNREADABLE.value in said) == (1, True)


def test_another_amount_than_the_codes_is_not_paid(buyer: Buyer) -> None:
    code, _, said = buyer.scans(ORDINARY, "--amount", "1", "--yes")
    assert (code, Code.AMOUNT_MISMATCH.value in said) == (1, True)
    assert buyer.dt_tiyn() == 10_000_00


def test_a_code_that_was_paid_is_paid_again_only_when_asked(buyer: Buyer) -> None:
    assert buyer.scans(ORDINARY, "--yes")[0] == 0
    code, _, said = buyer.scans(ORDINARY, "--yes")
    assert (code, Code.CODE_PAID.value in said, amount_text(SALE_TIYN) in said) == (1, True, True)
    assert buyer.taken_tiyn() == SALE_TIYN
    assert buyer.scans(replace(ORDINARY, reference_label="R-18", amount_tiyn=100), "--yes")[0] == 0
    assert buyer.scans(ORDINARY, "--yes", "--again")[0] == 0
    assert buyer.taken_tiyn() == 2 * SALE_TIYN + 100


def test_an_answer_that_was_lost_is_fetched_and_the_code_is_paid_once(buyer: Buyer) -> None:
    buyer.village.line.lose_answers = 1
    assert buyer.scans(ORDINARY, "--yes")[0] == 3
    assert buyer.scans(ORDINARY, "--yes")[0] == 0
    assert buyer.taken_tiyn() == SALE_TIYN
    assert buyer.dt_tiyn() == 6_221_00


def test_without_the_bank_a_merchant_who_takes_offline_money_is_pointed_out(buyer: Buyer) -> None:
    """Only while nothing was sent: what may be paid by now is not to be paid a second time, offline."""
    both_ways = replace(ORDINARY, hint="OFFL01")
    buyer.village.line.gone = True
    code, _, said = buyer.scans(both_ways, "--yes")
    assert (code, "without a network" in said) == (3, True)
    buyer.village.line.gone, buyer.village.line.lose_answers = False, 1
    code, _, said = buyer.scans(both_ways, "--yes")
    assert (code, "without a network" in said, "It may be done by now" in said) == (3, False, True)
    buyer.village.line.gone = True
    code, _, said = buyer.scans(both_ways, "--yes")
    assert (code, "without a network" in said) == (3, False), "the second try never left, the first one did"
    buyer.village.line.gone = False
    assert buyer.dt_tiyn() == 10_000_00 - SALE_TIYN


def test_a_sticker_glued_over_the_merchants_code_shows_whose_it_is(buyer: Buyer) -> None:
    """The name on a code is whatever its printer wrote; the number is whom the bank pays."""
    buyer.village.client(CANTEEN)
    sticker = replace(PRINTED, merchant=CANTEEN.number, reference_label="table 4")
    code, printed, shown = buyer.scans(sticker, "--amount", "100", given="y\n")
    assert code == 0, shown
    assert CANTEEN.number in shown
    assert MERCHANT.number not in shown
    assert buyer.taken_tiyn() == 0
    assert CANTEEN.number in buyer.does("history", "-w", AIGUL.name) + printed


def test_a_fee_and_a_reference_that_the_payer_gives(buyer: Buyer) -> None:
    room = replace(ORDINARY, fee=Fee("percent", basis_points=150), reference_label="***", dynamic=False)
    code, _, shown = buyer.scans(room, given="ROOM 12\ny\n")
    assert code == 0, shown
    assert amount_text(SALE_TIYN + 56_69) in shown
    assert buyer.taken_tiyn() == SALE_TIYN + 56_69
    with buyer.village.platform.banks[AIGUL.bank].desk.store.reading() as rows:
        assert [one.reference for one in rows.sales(1, BOUGHT, TakingsQuestion(0, ""))] == ["ROOM 12"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("https://qr.kaspi.kz/2047731250", Code.CODE_FOREIGN, "Kaspi"),
        ("WIFI:S:cafe;T:WPA;P:hunter2;;", Code.CODE_FOREIGN, "Wi-Fi"),
        (encode(ORDINARY).replace("ALMATY", "ALMATA"), Code.CODE_CHECKSUM, "Scan it again"),
        (encode(replace(ORDINARY, merchant="941240000123")), Code.PAYEE_UNKNOWN, "Nobody"),
    ],
    ids=["Kaspi", "a secret", "altered", "nobody's"],
)
def test_what_is_not_paid_is_refused_in_words(buyer: Buyer, text: str, code: Code, said: str) -> None:
    ended, _, shown = buyer.scans(text, "--yes")
    assert (ended, code.value in shown, said in shown) == (1, True, True)
    assert "hunter2" not in shown
    assert buyer.dt_tiyn() == 10_000_00


def test_a_network_from_the_configuration(buyer: Buyer) -> None:
    from tender.qr.payment_code import Profile

    text = encode(ORDINARY, Profile("kz.example.national", merchant_id="07", bank_id="08"))
    before, _, shown = buyer.scans(text, "--yes")
    assert (before, Code.CODE_NETWORK.value in shown) == (1, True)
    file = buyer.village.folder / "home" / "networks.toml"
    file.write_text('[[network]]\nguid = "kz.example.national"\nmerchant_id = "07"\nbank_id = "08"\n')
    assert buyer.scans(text, "--yes")[0] == 0
    assert buyer.taken_tiyn() == SALE_TIYN
    for broken in ("[[network]", '[[network]]\nguid = ""', "network = 7", '[[network]]\nmerchant_id = "01"'):
        file.write_text(broken)
        code, _, said = buyer.scans(text, "--yes")
        assert (code, Code.FILE_UNREADABLE.value in said) == (3, True)


def test_a_picture_without_a_code(buyer: Buyer, tmp_path: Path) -> None:
    from PIL import Image

    empty = tmp_path / "empty.png"
    Image.new("L", (64, 64), 255).save(empty)
    ended = buyer.types("pay-code", "--scan", str(empty), "-w", AIGUL.name)
    assert (ended.exit_code, Code.QR_NOT_FOUND.value in ended.stderr) == (1, True)


def test_a_pasted_code_and_json_for_programs(buyer: Buyer) -> None:
    told = buyer.told("pay-code", "-", "--yes", "-w", AIGUL.name, given=encode(ORDINARY).encode())
    assert (told["converted"], told["amount_tiyn"], told["reference"]) == (True, SALE_TIYN, "R-17")
    assert told["account_tiyn"] == 6_221_00


@pytest.mark.parametrize("code", [ORDINARY, PRINTED, replace(ORDINARY, local=None)])
def test_the_drawn_code_holds_the_text_byte_for_byte(code: PaymentCode, tmp_path: Path) -> None:
    file = tmp_path / "code.png"
    file.write_bytes(png([text_modules(encode(code))]))
    assert next(iter(open_source(str(file)).codes(lambda: False))) == encode(code).encode()


def test_capitals_are_drawn_as_bytes_too() -> None:
    text = "000201" + "A" * 60
    version = version_for(len(text), "M")
    assert version is not None
    assert len(text_modules(text)) == side(version)
