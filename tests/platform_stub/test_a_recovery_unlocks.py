"""A debt recovered from a credit is recovered once and locks nothing for ever, whoever is away."""

from platform_stub.ports import Exchange
from tender.account.client_messages import BY_PHONE, Transfer, Transferred
from tender.account.participants import ALTYN
from tender.errors import Code, LinkError, Refusal
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Town
from tests.settlement.offline import claimed, hand_over, tenge_of


class NotaryAway:
    """Loses every order to the notary."""

    def __init__(self, real: Exchange) -> None:
        self._real = real

    def send(self, kind: str, raw: bytes) -> bytes:
        if kind == "notarise":
            raise LinkError(Code.PEER_UNREACHABLE, kind)
        return self._real.send(kind, raw)


def test_a_recovery_cut_at_the_notary_is_finished_and_never_doubled(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul, dana, bolat = town.rich_phone(AIGUL, 500), town.phone(DANA), town.rich_or_plain(BOLAT)
    (token,) = aigul.load(500)
    to_dana, _ = hand_over(aigul, token, dana)
    to_bolat, _ = hand_over(aigul, token, bolat)
    claimed(dana, to_dana)
    claimed(bolat, to_bolat)
    altyn = town.platform.banks[ALTYN]
    client = altyn.client(AIGUL.identifier)
    assert not isinstance(client, Refusal)
    with altyn.desk.store.reading() as rows:
        assert rows.owed(client.number) == 500 * TENGE
    whole, altyn.desk.exchange = altyn.desk.exchange, NotaryAway(altyn.desk.exchange)
    for _ in range(2):  # two salaries while the bank cannot reach the notary
        paid = bolat.ask("transfer", Transfer(BY_PHONE, AIGUL.phone, 600 * TENGE, ""))
        assert isinstance(paid, Transferred)
    altyn.desk.exchange = whole
    town.platform.tick()
    town.platform.tick()
    with altyn.desk.store.reading() as rows:
        address = rows.account_of(client.number)
        assert address is not None
        assert rows.owed(client.number) == 0
        assert altyn.office.node.free(rows, address) == 700 * TENGE
        assert rows.settings("recover.") == {}
    assert tenge_of(town, AIGUL) == 700
    assert town.equation()[0] == town.equation()[1]
