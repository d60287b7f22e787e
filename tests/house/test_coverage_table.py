"""The coverage table tells the truth about the marks."""

from docs.coverage_table import GROUPS, RINGS, marks_in, read_marks, read_rows, table, unknown_ids

SOURCE = """
import pytest

@pytest.mark.row("DT-O-03")
@pytest.mark.row("DT-O-04")
def test_fifteen_hops(): ...

@pytest.mark.row("DT-Z-10")
class TestForgery:
    def test_root(self): ...
    @pytest.mark.row("DT-O-08")
    def test_link(self): ...

def test_of_nothing(): ...
"""


def test_marks_are_found_on_functions_and_classes() -> None:
    assert list(marks_in(SOURCE)) == [
        ("DT-O-03", "test_fifteen_hops"),
        ("DT-O-04", "test_fifteen_hops"),
        ("DT-Z-10", "test_root"),
        ("DT-Z-10", "test_link"),
        ("DT-O-08", "test_link"),
    ]


def test_an_id_that_is_computed_is_not_believed() -> None:
    marks = dict(marks_in("import pytest\n@pytest.mark.row(ROW)\ndef test_x(): ...\n"))
    assert unknown_ids(read_rows(), {row_id: [("tests/test_x.py", test)] for row_id, test in marks.items()})


def test_no_mark_names_a_row_that_is_not_there() -> None:
    assert not unknown_ids(read_rows(), read_marks())


def test_all_rows_are_counted_once_in_rings_and_groups_that_have_a_name() -> None:
    rows = read_rows().values()
    per_ring = {ring: sum(row.ring == ring for row in rows) for ring in RINGS}
    assert per_ring == {"C": 103, "F": 128, "O": 217, "D": 58}
    assert {row.group for row in rows} == set(GROUPS)


def test_a_row_moves_from_bare_to_covered_when_a_test_names_it() -> None:
    rows = {row_id: row for row_id, row in read_rows().items() if row.group == "DT-O"}
    before, after = table(rows, {}), table(rows, {"DT-O-03": [("tests/cash/test_chain.py", "test_hops")]})
    assert "(0 of 12)" in before and "03 (" in before
    assert "(1 of 12)" in after and "[cash/test_chain.py](../tests/cash/test_chain.py): hops" in after
    assert "03 (" not in after.partition("No test yet")[2]
