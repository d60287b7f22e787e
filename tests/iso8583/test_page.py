"""`docs/protocol/iso8583.md` against the code: its tables, its two messages, its printed one."""

import re
from collections.abc import Iterator
from pathlib import Path

from tender.card.iso8583.dialects import DIALECTS, MASTERCARD_STYLE, VISA_STYLE, Dialect
from tender.card.iso8583.fields import FIELDS
from tender.card.iso8583.framing import FRAMINGS
from tender.card.iso8583.message import ECHOED
from tender.card.iso8583.printing import lines
from tender.card.response_codes import RESPONSES
from tests.iso8583.samples import purchase

PAGE = Path(__file__).resolve().parents[2] / "docs" / "protocol" / "iso8583.md"


def form_of(dialect: Dialect, number: int) -> str:
    """One element's format as the page has it."""
    form = dialect.formats.get(number)
    if form is None:
        return "–"
    kind = FIELDS[number][0].rstrip("0123456789.") if form.kind == "text" else form.kind
    return f"{kind}{'..' if form.varies else ' '}{form.length_most}"


def element_rows() -> Iterator[str]:
    """The table of data elements."""
    for number, (_, name) in FIELDS.items():
        yield f"| {number} | {name} | {form_of(VISA_STYLE, number)} | {form_of(MASTERCARD_STYLE, number)} |"


def code_rows() -> Iterator[str]:
    """The table of answers."""
    for row in RESPONSES.values():
        outcome = f"`{row.outcome.value}`" if row.outcome else "approved"
        again = row.retry.value if row.outcome else ""
        yield f"| {row.code} | {row.words} | {outcome} | {again} |".replace("|  |", "| |")


def test_the_tables_of_the_page_are_those_of_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8").splitlines()
    elements = [line for line in page if re.match(r"\| \d+ \| .* \| (–|[a-z+]+[ .]+\d+) \|", line)]
    assert elements == list(element_rows())
    codes = [line for line in page if re.match(r"\| [0-9A-Z]{2} \| .* \| (approved|`[a-z-]+`) \|", line)]
    assert codes == list(code_rows())
    for name in FRAMINGS:
        assert any(line.startswith(f"| `{name}` |") for line in page), name
    acts = [line for line in page if re.match(r"\| (sign-on|sign-off|echo|key exchange|cut-over) \|", line)]
    for place, line in enumerate(acts):
        cells = line.split("|")[2:4]
        for dialect, cell in zip(DIALECTS.values(), cells, strict=True):
            assert tuple(re.findall(r"\d{3}", cell)) == dialect.network_codes[place]
    assert len(acts) == len(VISA_STYLE.network_codes)


def test_an_answer_repeats_what_the_page_says() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    said = ", ".join(map(str, ECHOED[:-1]))
    assert f"repeats {said}, 53 and 62, 63, 70, 90, 95, 100, 102, 103 of its request" in page


def test_the_messages_of_the_page_are_messages() -> None:
    blocks = re.findall(r"```\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for dialect, block in zip((VISA_STYLE, MASTERCARD_STYLE), blocks, strict=False):
        assert dialect.decode(bytes.fromhex(block.replace("\n", ""))) == purchase(dialect)
    assert blocks[2].splitlines() == list(lines(purchase(VISA_STYLE), VISA_STYLE))
