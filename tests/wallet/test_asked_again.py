"""Orders whose end the bank cannot tell yet: they stay, and the same bytes are asked again."""

from collections.abc import Iterator
from contextlib import contextmanager

from tender.account import eds
from tender.account.client_messages import BY_PHONE, TO_DT
from tender.account.messages import kind_named
from tender.cash.messages import open_request
from tender.errors import Code, LinkError, Refusal
from tests.wallet.village import Village, good
from town.cast import AIGUL, DANA, Person


class Mute:
    """The bank's line to the other participants: orders of one kind get no answer, before or after they
    arrive."""

    def __init__(self, real: object, kind: str, *, arrives: bool) -> None:
        self._real, self._kind, self._arrives = real, kind, arrives

    def send(self, kind: str, raw: bytes) -> bytes:
        """Passes everything else on."""
        if kind == self._kind and not self._arrives:
            raise LinkError(Code.PEER_UNREACHABLE, "wire")
        answer: bytes = self._real.send(kind, raw)  # type: ignore[attr-defined]
        if kind == self._kind:
            raise LinkError(Code.PEER_UNREACHABLE, "wire")
        return answer


@contextmanager
def cut_off(village: Village, person: Person, kind: str, *, arrives: bool) -> Iterator[None]:
    """The person's bank cannot reach the National Bank with orders of this kind."""
    desk = village.platform.banks[person.bank].desk
    real = desk.exchange
    desk.exchange = Mute(real, kind, arrives=arrives)
    try:
        yield
    finally:
        desk.exchange = real


def test_a_load_whose_bank_was_cut_off_still_brings_its_tokens(village: Village) -> None:
    aigul = village.wallet(AIGUL)
    good(aigul.bank.convert(TO_DT, 100_000))
    with cut_off(village, AIGUL, "load-roots", arrives=False):
        refused = aigul.bank.load(50_000)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.PEER_UNREACHABLE
    assert [order.kind for order in aigul.recovery.recover(online=False).orders] == ["load"]
    village.platform.tick()
    good(aigul.settling.sync())
    balance = aigul.view.balance()
    assert (balance.spendable_tiyn, balance.account_tiyn) == (50_000, 50_000)


def test_no_request_and_no_other_load_is_given_a_key_of_an_unanswered_load(village: Village) -> None:
    """The load's money would come to a key that asks for other money without a nonce."""
    dana = village.wallet(DANA)
    good(dana.bank.convert(TO_DT, 100_000))
    with cut_off(village, DANA, "load-roots", arrives=True):
        assert isinstance(dana.bank.load(50_000), Refusal)
        (pending,) = dana.bank.line.pending()
        kind = kind_named("load").order
        promised = {root.key for root in kind.decode(eds.open_order(pending.raw).order.body, "load").roots}
        asked = [open_request(good(dana.money.request(100)).message).request for _ in range(20)]
        assert not promised & {one.key for one in asked if not one.nonce}
        assert isinstance(dana.bank.load(30_000), Refusal)
    good(dana.settling.sync())
    coins = dana.desk.coins()
    assert promised <= {coin.holder for coin in coins}
    assert len({coin.holder for coin in coins}) == len(coins), "each root has a key of its own"
    assert dana.view.balance().spendable_tiyn == 80_000


def test_a_transfer_whose_answer_the_bank_lost_is_paid_once(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL), village.wallet(DANA)
    good(aigul.bank.convert(TO_DT, 50_000))
    with cut_off(village, AIGUL, "notarise", arrives=True):
        refused = aigul.bank.transfer(BY_PHONE, DANA.phone, 10_000, "rent")
    assert isinstance(refused, Refusal)
    assert refused.code in (Code.PEER_UNREACHABLE, Code.STORE_BUSY)
    village.platform.tick()
    good(aigul.bank.transfer(BY_PHONE, DANA.phone, 10_000, "rent"))
    village.platform.tick()
    assert good(aigul.bank.statement()).balances.dt_tiyn == 40_000
    assert good(dana.bank.statement()).balances.dt_tiyn == 10_000
