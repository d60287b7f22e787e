"""What a device ordered before it was reported lost, and what had its money locked, is finished."""

from platform_stub.ports import Exchange
from tender.account.client_messages import BY_PHONE, LostNoted, ReportLost, Statement, Transfer
from tender.account.participants import ALTYN
from tender.crypto.keys import SigningKey
from tender.errors import Code, LinkError
from tests.platform_stub.people import AIGUL, BOLAT, TENGE, Phone, Town, refused
from tests.settlement.offline import tenge_of


class NotaryAway:
    """Loses every order to the notary."""

    def __init__(self, real: Exchange) -> None:
        self._real = real

    def send(self, kind: str, raw: bytes) -> bytes:
        if kind == "notarise":
            raise LinkError(Code.PEER_UNREACHABLE, kind)
        return self._real.send(kind, raw)


def test_a_transfer_accepted_before_the_report_is_finished_and_nothing_new_is_heard(town: Town) -> None:
    town.stock(ALTYN, 10_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    town.phone(BOLAT)
    assert aigul.enrolled is not None
    altyn = town.platform.banks[ALTYN]
    raw = aigul.order("transfer", Transfer(BY_PHONE, BOLAT.phone, 300 * TENGE, ""))
    whole, altyn.desk.exchange = altyn.desk.exchange, NotaryAway(altyn.desk.exchange)
    assert refused(aigul.send("transfer", raw), Code.PEER_UNREACHABLE)
    altyn.desk.exchange = whole
    fresh = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    fresh.enrol(altyn.clients.activation_code(aigul.enrolled.client))
    told = fresh.ask("report-lost", ReportLost(aigul.enrolled.device, "", fresh.identity.public_key))
    assert isinstance(told, LostNoted)
    town.platform.tick()
    assert (tenge_of(town, AIGUL), tenge_of(town, BOLAT)) == (700, 300)
    with altyn.desk.store.reading() as rows:
        assert rows.settings("pending.") == {}
    assert refused(aigul.ask("statement", Statement(1)), Code.DEVICE_LOST)
