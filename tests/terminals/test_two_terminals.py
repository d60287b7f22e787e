"""Two people at two laptops: real processes in real terminals, and a camera's view of each other's screen."""

from pathlib import Path

import pytest

from tests.terminals.terminal import terminals
from tests.terminals.windows import environment, looks_at_folder, wallet_open
from tests.wallet.village import Village
from town.cast import AIGUL, DANA


@pytest.mark.row("DT-O-02")
def test_two_processes_joined_only_by_what_their_screens_show(tmp_path: Path) -> None:
    """Two wallet processes without any network, and pictures of their terminals; no third process."""
    village = Village(tmp_path)
    for wallet in (village.wallet(AIGUL, 200_000), village.wallet(DANA)):
        wallet.close()
    with terminals(tmp_path, environment(village)) as opened:
        aigul, dana = wallet_open(opened, "aigul"), wallet_open(opened, "dana", columns=80, rows=24)
        dana.press("r")
        dana.until("How much?")
        dana.types("500")
        dana.press("Enter")
        dana.until("500,00 ₸")
        dana.types("lunch")
        dana.press("Enter")
        dana.until("Step 1 of 3", "500,00 ₸")
        aigul.press("p")
        aigul.until("scan the code of whoever asks")
        looks_at_folder(aigul)
        dana.show_to(aigul, "Pay 500,00 ₸?", "lunch")
        aigul.until("y Pay")
        aigul.press("y")
        aigul.until("Step 2 of 3")
        dana.press("c")
        dana.until("Scan the other side")
        looks_at_folder(dana)
        aigul.show_to(dana, "Step 3 of 3")
        dana.show_to(aigul, "Paid", "receipt is here")
        aigul.press("Enter")
        aigul.until("1 500,00 ₸")
        dana.press("Enter")
        dana.until("Newest payments", "+500,00 ₸")
    with village.reopen(None, "dana") as wallet:
        assert wallet.view.balance().spendable_tiyn == 50_000
    with village.reopen(None, "aigul") as wallet:
        assert wallet.view.balance().spendable_tiyn == 150_000
        assert wallet.view.history(1)[0].status == "paid"
