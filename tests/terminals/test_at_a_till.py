"""A customer's wallet and a merchant's till, each in a terminal of its own, without a network between them.

The half of DT-O-09 that goes by QR; the half by NFC comes with the readers.
"""

import sys
from pathlib import Path

from tests.pos.market import Market
from tests.terminals.terminal import terminals
from tests.terminals.windows import PIN_TYPED, environment, looks_at_folder, wallet_open
from tests.wallet.village import good
from town.cast import AIGUL
from town.processes import no_network_prefix


def test_a_basket_of_3779_is_paid_by_two_screens_and_settles_on_reconnect(tmp_path: Path) -> None:
    market = Market(tmp_path)
    market.wallet(AIGUL, 500_000).close()
    market.till().close()
    with terminals(tmp_path, environment(market)) as opened:
        words = [*no_network_prefix(), sys.executable, "-m", "pos", "open", "--till", "till"]
        till = opened.open("till", words)
        till.until("PIN")
        till.types(PIN_TYPED)
        till.press("Enter")
        till.until("shift 1")
        till.types("3779 Shoes")
        till.until("3779 Shoes")
        till.press("Enter")
        till.until("3 779,00 ₸")
        till.press("Enter")
        till.until("Digital Tenge")
        till.press("1")
        till.until("The customer scans this code")
        aigul = wallet_open(opened, "aigul")
        aigul.press("p")
        aigul.until("scan the code of whoever asks")
        looks_at_folder(aigul)
        till.show_to(aigul, "Pay 3 779,00 ₸?")
        aigul.until("y Pay")
        aigul.press("y")
        aigul.until("Step 2 of 3")
        till.press("f")
        till.until("picture, video or folder")
        till.types(str(till.eye))
        till.press("Enter")
        aigul.show_to(till, "Paid: 3 779,00 ₸")
        till.show_to(aigul, "Paid", "receipt is here")
    with market.opened_till() as at_home:
        good(at_home.deposit())
        assert at_home.takings_standing().settled_tiyn == 377_900
    with market.reopen(None, "aigul") as wallet:
        assert wallet.view.balance().spendable_tiyn == 500_000 - 377_900
        assert wallet.view.history(1)[0].status == "paid"
