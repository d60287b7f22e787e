"""Every exchange between participants cut once, before it arrives and after: the same end as with no cut.

Each case runs one use case with the n-th message of the asking side lost on the way there, or its answer lost
on the way back. Then the client repeats the very same bytes and everybody finishes what was interrupted.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from platform_stub.ports import Exchange
from tender.account.client_messages import BY_PHONE, FROM_DT, TO_DT, Convert, PayNoncash, Transfer
from tender.account.participants import ALTYN
from tender.account.token_messages import Load, RootWanted
from tender.errors import Code, LinkError, Refusal
from tests.platform_stub.people import AIGUL, BOLAT, DANA, MERCHANT, TENGE, Phone, Town, open_town

EXCHANGES_MOST = 12


class Scissors:
    """Passes messages on, but cuts the ``place``-th: ``before`` it arrives, or its answer."""

    def __init__(self, real: Exchange, place: int, before: bool) -> None:
        self._real = real
        self._left = place
        self._before = before
        self.cut = ""

    def send(self, kind: str, raw: bytes) -> bytes:
        """As an exchange does."""
        self._left -= 1
        if self._left == -1 and self._before:
            self.cut = kind
            raise LinkError(Code.PEER_UNREACHABLE, kind)
        answer = self._real.send(kind, raw)
        if self._left == -1:
            self.cut = kind
            raise LinkError(Code.PEER_UNREACHABLE, kind)
        return answer


Order = Callable[[Phone], tuple[str, bytes]]


def convert_in(aigul: Phone) -> tuple[str, bytes]:
    return "convert", aigul.order("convert", Convert(TO_DT, 300 * TENGE))


def convert_out(aigul: Phone) -> tuple[str, bytes]:
    return "convert", aigul.order("convert", Convert(FROM_DT, 300 * TENGE))


def transfer_at_home(aigul: Phone) -> tuple[str, bytes]:
    return "transfer", aigul.order("transfer", Transfer(BY_PHONE, DANA.phone, 300 * TENGE, ""))


def transfer_abroad(aigul: Phone) -> tuple[str, bytes]:
    return "transfer", aigul.order("transfer", Transfer(BY_PHONE, BOLAT.phone, 300 * TENGE, ""))


def pay_noncash(aigul: Phone) -> tuple[str, bytes]:
    return "pay-noncash", aigul.order("pay-noncash", PayNoncash(MERCHANT.identifier, 300 * TENGE, ""))


def load(aigul: Phone) -> tuple[str, bytes]:
    key = next(iter(aigul.keys))
    return "load", aigul.order("load", Load((RootWanted(key, 300 * TENGE),), None))


USE_CASES: list[Order] = [convert_in, convert_out, transfer_at_home, transfer_abroad, pay_noncash, load]


def a_town(folder: Path) -> Town:
    town = open_town(folder)
    town.stock(ALTYN, 100_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    town.pay_in(AIGUL, 1_000)
    for person in (DANA, BOLAT, MERCHANT):
        town.phone(person)
    aigul.certify()
    return town


def picture(town: Town) -> dict[str, tuple[int, ...]]:
    """Where all money is, in every form."""
    shown: dict[str, tuple[int, ...]] = {"equation": town.equation()}
    for name, phone in town.phones.items():
        balances = phone.balances()
        shown[name] = (balances.dt_tiyn, balances.held_tiyn, balances.noncash_tiyn)
    for number, bank in town.platform.banks.items():
        with bank.desk.store.reading() as rows:
            shown[f"bank {number}"] = tuple(
                rows.account(name) for name in ("inventory", "correspondent", "settling", "cash")
            )
    return shown


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, tuple[int, ...]]]:
    """What each use case ends in when nothing is cut."""
    ends = {}
    for use_case in USE_CASES:
        town = a_town(tmp_path_factory.mktemp(use_case.__name__))
        kind, raw = use_case(town.phones["Aigul"])
        assert not isinstance(town.phones["Aigul"].send(kind, raw), Refusal)
        ends[use_case.__name__] = picture(town)
        town.platform.close()
    return ends


@pytest.mark.parametrize("before", [True, False], ids=["lost-there", "lost-back"])
@pytest.mark.parametrize("use_case", USE_CASES, ids=lambda one: one.__name__)
def test_a_cut_line_loses_and_doubles_nothing(
    tmp_path: Path, expected: dict[str, dict[str, tuple[int, ...]]], use_case: Order, before: bool
) -> None:
    cuts = []
    for place in range(EXCHANGES_MOST):
        town = a_town(tmp_path / str(place))
        aigul, desk = town.phones["Aigul"], town.platform.banks[ALTYN].desk
        kind, raw = use_case(aigul)
        scissors = Scissors(desk.exchange, place, before)
        whole, desk.exchange = desk.exchange, scissors
        aigul.send(kind, raw)
        desk.exchange = whole
        if not scissors.cut:
            town.platform.close()
            break
        cuts.append(scissors.cut)
        if place % 2:
            town.platform.tick()  # the platform wakes up first; else the client is faster
        again = aigul.send(kind, raw)
        assert not isinstance(again, Refusal), (scissors.cut, again)
        town.platform.tick()
        assert picture(town) == expected[use_case.__name__], scissors.cut
        assert town.equation()[0] == town.equation()[1]
        town.platform.close()
    assert "notarise" in cuts


def test_the_national_banks_own_deliveries_survive_a_cut_too(tmp_path: Path) -> None:
    cuts = set()
    for before in (True, False):
        for place in range(4):
            town = open_town(tmp_path / f"{before}{place}")
            altyn, nbk = town.platform.banks[ALTYN], town.platform.nbk
            noted = altyn.money.request_issue(1_000 * TENGE, bytes(32))
            assert not isinstance(noted, Refusal)
            whole = nbk.desk.exchange
            scissors = Scissors(whole, place, before)
            nbk.desk.exchange = scissors
            nbk.approve(noted.request)
            nbk.desk.exchange = whole
            cuts.add(scissors.cut)
            town.platform.tick()
            assert altyn.inventory_tiyn() == 1_000 * TENGE
            assert town.equation() == (1_000 * TENGE, 1_000 * TENGE)
            town.platform.close()
    assert {"transfer-validate", "notarise", "credit"} <= cuts
