"""A merchant's name in the letters every reader has."""

import pytest

from tender.qr.latin import latin


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Дүкен сынақ", "Duken synaq"),
        ("Әсем Қыз", "Asem Qyz"),
        ("ТОО «Южный Чай»", 'TOO "Iuzhnyi Chai"'),
        ("Café Ñandú", "Cafe Nandu"),
        ("MAGAZIN 24", "MAGAZIN 24"),
        ("  a \n\u202e b  ", "a b"),
        ("最佳运输", ""),
        ("", ""),
    ],
)
def test_names_are_spelled_out(name: str, shown: str) -> None:
    assert latin(name, 25) == shown


def test_no_more_than_there_is_room_for() -> None:
    assert latin("Щ" * 9, 25) == ("Shch" * 9)[:25]
    assert latin("Шашлык у Жанны", 9) == "Shashlyk"
