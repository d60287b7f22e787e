"""One street for all stories of a file; each brings its own people."""

from collections.abc import Iterator

import pytest

from card_switch.config import SwitchConfig
from tender.account.capabilities import Profile
from tests.card_stories.boulevard import Boulevard, boulevard
from tests.issuer.operator_desk import Operator


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boulevard]:
    """Banks as designed."""
    with boulevard(tmp_path_factory.mktemp("street")) as made:
        yield made


@pytest.fixture(scope="module")
def pilot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boulevard]:
    """Issuers that approve what they approved in the pilot. Altyn made no plastic then (DT-C-30); an
    operator who may make any card makes one for the stories."""
    with boulevard(tmp_path_factory.mktemp("pilot"), SwitchConfig(profile=Profile.PILOT)) as made:
        made.chain.config = SwitchConfig()
        made.operator = Operator(made.chain)
        yield made
