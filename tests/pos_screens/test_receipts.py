"""Receipts in text, as a picture and as what a printer takes: each is read back, never believed."""

import io
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from faces import language, receipt_picture
from faces.receipt_picture import png, printed
from faces.receipt_slip import ReportSlip, Slip, SlipItem, report_rows, slip_rows
from faces.receipt_text import WIDTHS, as_text, lines
from hardware import printer
from hardware.printer import KAZAKH_PAGES, PAGES, escpos_bytes, has_letters, send
from pos.cli.screen import Printer
from tender.errors import Code, DeviceError
from tests.pos_screens.paper import read

SIGNED = bytes(range(256)) + b"the payee's signature"

SALE = Slip(
    kind="sale",
    merchant="Бутик «Мерей»",
    business_number="010840000016",
    address="Алматы, Абай даңғылы 10",
    till="till-1",
    cashier="Гүлнұр",
    shift=3,
    number=17,
    time=1_795_219_200,
    items=(
        SlipItem("Tea", 2, 50_000, 100_000, "16 %"),
        SlipItem("Чай с бергамотом и чабрецом, большая банка", 1, 277_900, 277_900),
    ),
    total_tiyn=377_900,
    tenders=(("dt-offline", 377_900),),
    payment="0a1b2c3d",
    code=SIGNED,
)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    language.use("en")
    yield
    language.use("en")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_line_fits_the_paper_and_nothing_is_left_out(width: int) -> None:
    text = as_text(slip_rows(SALE), width)
    assert max(map(len, text.splitlines())) <= width
    flat = " ".join(text.split())
    for words in (
        "Бутик «Мерей»",
        "BIN 010840000016",
        "3-0017",
        "2 × 500,00",
        "VAT 16 %",
        "Гүлнұр",
        "0a1b2c3d",
    ):
        assert words in flat, words
    assert "Чай с бергамотом и чабрецом, большая банка" in flat
    total = next(line for line in text.splitlines() if line.startswith("TOTAL"))
    assert total.endswith("3 779,00 ₸")
    assert len(total) == width
    assert "COPY" not in text


def test_a_reprint_says_that_it_is_a_copy_and_changes_nothing_else() -> None:
    first, again = (as_text(slip_rows(replace(SALE, copy=copy))).splitlines() for copy in (False, True))
    assert [line for line in again if line not in first] == [
        line for line in again if line.strip() == "*** COPY ***"
    ]
    assert [line for line in again if "COPY" not in line] == first


def test_a_refund_and_a_void_name_the_receipt_they_are_for() -> None:
    for kind, title in (("refund", "REFUND"), ("void", "CANCELLED RECEIPT")):
        text = as_text(slip_rows(replace(SALE, kind=kind, of="3-0016")))
        assert title in text
        assert next(line for line in text.splitlines() if line.startswith("For receipt")).endswith("3-0016")


def test_cash_shows_what_was_given_and_what_went_back() -> None:
    cash = replace(SALE, tenders=(("cash", 377_900),), given_tiyn=400_000, change_tiyn=22_100, code=b"")
    text = as_text(slip_rows(cash), 32).splitlines()
    assert [line.split()[-1] for line in text if line.startswith(("Cash given", "Change"))] == [
        "000,00",
        "221,00",
    ]


def test_a_report_adds_up() -> None:
    report = ReportSlip(
        "z",
        "M",
        "010840000016",
        "till-1",
        3,
        1_795_219_200,
        1_795_262_400,
        cashier="Gulnur",
        receipts=4,
        sales_tiyn=500_000,
        refunds_tiyn=100_000,
        voids=1,
        voids_tiyn=0,
        net=(("dt-offline", 300_000), ("cash", 100_000)),
        drawer_tiyn=150_000,
        opening_tiyn=50_000,
        counted_tiyn=149_000,
    )
    text = as_text(report_rows(report), 42)
    assert "Z REPORT" in text
    ends = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in text.splitlines()}
    assert ends["NET"] == "4 000,00 ₸"
    assert ends["Refunds"] == "-1 000,00"
    assert ends["Must be in the drawer"] == "1 500,00"
    assert ends["Difference"] == "-10,00"


def test_the_code_in_the_picture_is_the_signed_receipt() -> None:
    picture = Image.open(io.BytesIO(png(slip_rows(SALE), 42)))
    assert picture.format == "PNG"
    assert picture.width == 42 * 12 + 48
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.bytes == SIGNED


def test_a_printer_of_russian_letters_gets_the_kazakh_lines_as_dots_and_the_code() -> None:
    rows = slip_rows(SALE)
    paper = read(escpos_bytes(printed(rows, 32, has_letters)))
    sent = [text for text, page in paper.text if page == 17]
    assert len(sent) == len(paper.text)
    assert sent[-1].split() == ["Simulation,", "of", "no", "legal", "effect"]
    assert any("Tea" in line for line in sent)
    assert any(line.startswith("TOTAL") and line.endswith("3 779,00 KZT") for line in sent)
    kazakh = [line for line in lines(rows, 32, paper=True) if not line.code and not has_letters(line.text)]
    assert [line.text.split()[-1] for line in kazakh if "Гүлнұр" in line.text] == ["Гүлнұр"]
    assert len(paper.pictures) == len(kazakh) + 1, "each line it has no letters for, and the code"
    assert all(any(bits) for _, bits in paper.pictures), "a picture of nothing is a lost line"
    assert paper.cuts == 1
    grey, width, height = paper.grey(-1)
    drawn = Image.frombytes("L", (width, height), grey)
    (found,) = zxingcpp.read_barcodes(drawn)
    assert found.bytes == SIGNED


def test_a_printer_with_the_kazakh_page_writes_them_as_letters() -> None:
    takes = partial(has_letters, pages=KAZAKH_PAGES)
    paper = read(escpos_bytes(printed(slip_rows(SALE), 48, takes), KAZAKH_PAGES, drawer=True))
    assert ("Cashier" + "Гүлнұр".rjust(41), 53) in paper.text
    assert len(paper.pictures) == 1, "only the code"
    assert paper.kicks == 1


@pytest.mark.parametrize("tag", language.TAGS)
def test_the_whole_receipt_is_printed_in_every_language(tag: str) -> None:
    language.use(tag)
    rows = slip_rows(SALE)
    for width in WIDTHS:
        assert max(map(len, as_text(rows, width).splitlines())) <= width
        paper = read(escpos_bytes(printed(rows, width, has_letters)))
        assert len(paper.text) + len(paper.pictures) == len(lines(rows, width))


def test_an_item_named_like_a_command_reaches_the_printer_as_plain_letters() -> None:
    evil = "Tea\x1bp\x00\x19\x19\x1dV\x00\n\u202eTOTAL 0,00\u2028x\x07"
    named = replace(
        SALE, items=(SlipItem(evil, 1, 100, 100),), code=b"", cashier=evil, reference=evil, merchant=evil
    )
    rows = slip_rows(named)
    paper = read(escpos_bytes(printed(rows, 48, has_letters)))
    assert (paper.kicks, paper.cuts) == (0, 1)
    assert not [line for line in as_text(rows).splitlines() if line.startswith("TOTAL 0")]
    assert "\u202e" not in as_text(rows)


def test_a_page_without_the_letters_is_refused_before_anything_is_printed() -> None:
    (line,) = (one for one in printed(slip_rows(SALE), 48, lambda text: True) if "Гүлнұр" in one.text)
    with pytest.raises(ValueError, match="no letters"):
        escpos_bytes((line,), PAGES)


def test_without_the_library_the_receipt_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "escpos.printer", None)
    with pytest.raises(DeviceError) as told:
        escpos_bytes(())
    assert told.value.code is Code.PRINTER_MISSING


def test_without_a_font_text_still_prints_and_a_picture_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt_picture, "FONTS", ("no-such-font.ttf",))
    receipt_picture._font.cache_clear()
    try:
        with pytest.raises(DeviceError) as told:
            png(slip_rows(SALE))
        assert told.value.code is Code.FONT_MISSING
        latin = replace(SALE, cashier="Gulnur", address="", code=b"")
        assert read(escpos_bytes(printed(slip_rows(latin), 32, has_letters))).text
    finally:
        receipt_picture._font.cache_clear()


def test_a_command_without_a_printer_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENGE_PRINTER", raising=False)
    with pytest.raises(DeviceError) as told:
        Printer().print(())
    assert told.value.code is Code.PRINTER_UNNAMED
    monkeypatch.setenv("TENGE_PRINTER_COLUMNS", "32")
    monkeypatch.setenv("TENGE_PRINTER_PAGES", "CP866,RK1048,NONE")
    assert (Printer().columns, Printer().pages) == (32, KAZAKH_PAGES)


def test_a_printer_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DeviceError) as told:
        send(b"x", tmp_path / "no" / "lp0")
    assert told.value.code is Code.PRINTER_UNREACHABLE
    send(printer.escpos_bytes(()), tmp_path / "lp0")
    assert read((tmp_path / "lp0").read_bytes()).cuts == 1
