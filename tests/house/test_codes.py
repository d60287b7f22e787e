"""Every code has its sentence, and some test meets it."""

import re

from faces.words import ENGLISH
from tender.errors import Code
from tests.house.tree import sources


def test_every_code_has_its_sentence() -> None:
    assert not [code.name for code in Code if not ENGLISH.get(code)]


def test_no_two_codes_say_the_same() -> None:
    assert len({ENGLISH[code] for code in Code}) == len(Code)


def test_every_code_is_met_by_some_test() -> None:
    tests = "\n".join(s.text for s in sources("tests") if not s.path.startswith("tests/house/"))
    met = set(re.findall(r"\bCode\.([A-Z_0-9]+)", tests)) | set(
        re.findall(r"""["']([a-z0-9-]+)["']""", tests)
    )
    unmet = [code.name for code in Code if code.name not in met and code.value not in met]
    assert not unmet, "a code no test can bring about may be one nothing can bring about"
