"""Orders whose end the bank cannot tell yet: they stay, and the same bytes are asked again."""

from collections.abc import Iterator
from contextlib import contextmanager

from tender.account.client_messages import BY_PHONE, TO_DT
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
