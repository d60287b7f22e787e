"""The protocol page says what the card does: its figures are computed, its tables are the code's."""

import re
from pathlib import Path
from typing import Any

from hardware.cards.chip import RAM_SECTIONS
from hardware.cards.purse_card import HANDLERS, STREAMED
from tender.card.tlv import one, unpack
from tender.purse import records
from tender.purse.commands import AID, ANSWER_MOST, DATA_MOST, LINKS_MOST, PIN_TRIES, PUK_TRIES, Ins, cla_of
from tender.purse.layout import Layout
from tests.mint import Mint
from tests.purse import budget
from tests.purse.bench import tapped

PAGE = (Path(__file__).parents[2] / "docs" / "protocol" / "purse-card.md").read_text()


def test_every_figure_of_the_budget_is_the_computed_one() -> None:
    rows = [*budget.ram_rows(), *budget.eeprom_rows(), *budget.tap_rows(), *budget.status_rows()]
    missing = [row for row in rows if row not in PAGE]
    assert not missing, "python -m tests.purse.budget prints them"
    assert sum(RAM_SECTIONS.values()) < 4_096


def test_every_command_stands_in_the_table_and_is_handled() -> None:
    written = set(re.findall(r"^\| [A-Z ]+(?: §)? \| (\w\w \w\w) \|", PAGE, re.MULTILINE))
    framing = {Ins.SELECT, Ins.GET_RESPONSE}
    assert written == {f"{cla_of(ins):02X} {ins:02X}" for ins in Ins if ins not in framing}
    assert set(HANDLERS) | set(STREAMED) | framing == set(Ins)
    streamed = set(re.findall(r"^\| ([A-Z ]+) § \|", PAGE, re.MULTILINE))
    assert streamed == {ins.name.replace("_", " ") for ins in STREAMED}


def test_the_bounds_are_those_of_the_page() -> None:
    assert AID.hex().upper() in PAGE
    assert f"{DATA_MOST:,} bytes" in PAGE and f"{ANSWER_MOST:,} bytes" in PAGE
    assert f"At most {LINKS_MOST} links" in PAGE
    assert (PIN_TRIES, PUK_TRIES) == (3, 10) and "Three tries of a PIN, ten of a PUK" in PAGE


def test_records_are_as_long_as_the_page_says() -> None:
    sizes = {"u8": 1, "u16": 2, "u32": 4, "u40": 5, "u64": 8}
    rows: dict[str, Layout[Any]] = {
        "LIST REQUESTS": records.REQUEST_ENTRY,
        "LIST TOKENS": records.TOKEN_ENTRY,
        "LIST KEYS": records.KEY_ENTRY,
        "PRESENT REQUEST §": records.PRESENTED,
    }
    for name, layout in rows.items():
        (row,) = re.findall(rf"^\| {name} \|.*$", PAGE, re.MULTILINE)
        fields = row.split("|")[5].removesuffix(", each ").split("‖")
        lengths = [sizes.get(field.split()[-1]) or int(field.split()[-1]) for field in fields]
        assert sum(lengths) == layout.length, name


def test_select_answers_the_fci_of_the_page() -> None:
    here = tapped(Mint())
    raw = here.card.transmit(bytes((0, 0xA4, 4, 0, len(AID))) + AID + b"\x00")
    fci = one(unpack(raw[:-2]), 0x6F)
    assert one(unpack(fci), 0x84) == AID
    assert one(unpack(one(unpack(fci), 0xA5)), 0x50) == b"Digital Tenge"
    assert one(unpack(one(unpack(fci), 0xA5)), 0xC0) == b"\x01\x01"
