"""The power goes while a till is being made: it is opened like any other, and no file is in the way."""

import pytest

from hardware.entropy import SeededEntropy
from hardware.sealed_file import SealedFile
from pos.compose import create_till
from pos.service.desk import TillDesk
from tender.crypto.sealing import SealingKey
from tender.ports import Entropy
from tests.pos.market import Market
from tests.wallet.village import PIN


@pytest.mark.parametrize("step", ["before the book's first head", "before the till has its name"])
def test_a_till_whose_making_was_cut_off_opens(
    market: Market, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    config, entropy = market.till_config("kiosk"), SeededEntropy("kiosk")
    sealed = SealedFile.seal_new

    def cut(file: SealedFile, key: SealingKey, entropy: Entropy, mark: int = 0) -> None:
        if file._path == config.sales:
            raise KeyboardInterrupt
        sealed(file, key, entropy, mark)

    def cut_too(desk: TillDesk) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        if step.endswith("head"):
            patch.setattr(SealedFile, "seal_new", cut)
        else:
            patch.setattr(TillDesk, "commit", cut_too)
        create_till(config, PIN, market.clock, entropy, lambda _: market.line)
    till = market.opened_till("kiosk")
    assert till.desk.settings.name == config.name
    till.close()
