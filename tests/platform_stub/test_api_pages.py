"""docs/api.md lists what exists, and what exists is listed (DT-I-01)."""

import re
from typing import Any

import pytest

from docs.api_pages import PAGE, page
from platform_stub.desk import Desk
from platform_stub.http.app import make_app
from tender.account.description import example, path
from tender.account.eds import Order, key_id, make_order, open_order
from tender.account.messages import KINDS, Kind, Role
from tender.account.participants import ALTYN
from tender.errors import Code
from tests.platform_stub.people import AIGUL, Town, refused


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m docs.api_pages"


@pytest.mark.row("DT-I-01")
def test_each_listed_method_exists_and_each_exposed_one_is_listed(town: Town) -> None:
    listed = set(re.findall(r"`POST (\S+)`", PAGE.read_text(encoding="utf-8")))
    exposed = set(make_app(town.platform.gateway).openapi()["paths"]) - {"/v1/health"}
    assert listed == exposed
    desks: dict[Role, Desk[Any]] = {
        Role.BANK: town.platform.banks[ALTYN].desk,
        Role.NBK: town.platform.nbk.desk,
        Role.NOTARY: town.platform.notary.desk,
        Role.ID_CENTRE: town.platform.id_centre.desk,
        Role.CERTIFICATION_CENTRE: town.platform.certification.desk,
    }
    assert {f"{role}: {name}" for role, desk in desks.items() for name in desk.handlers} == {
        f"{kind.answers}: {kind.name}" for kind in KINDS.values()
    }


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_the_example_of_each_kind_is_an_order_of_that_kind(kind: Kind) -> None:
    order = open_order(example(kind)).order
    assert order.kind == kind.name
    kind.order.decode(order.body, kind.name)
    assert path(kind).endswith(kind.name)


@pytest.mark.parametrize(
    "kind", [k for k in KINDS.values() if Role.DEVICE in k.senders], ids=lambda k: k.name
)
def test_each_clients_method_answers_a_wrong_body_by_naming_the_field(town: Town, kind: Kind) -> None:
    aigul = town.phone(AIGUL)
    key = aigul.identity
    drawn = town.entropy.draw(16)
    order = Order(kind.name, 0, ALTYN, key_id(key.public_key), drawn, town.clock.now(), b"\x81\x00")
    answer = aigul.send(kind.name, make_order(order, key))
    assert refused(answer, Code.FIELD_WRONG)
    assert answer.field.startswith(kind.name)
