"""A load cut after the money left the account is finished, however late it is taken up again."""

import pytest

from platform_stub.ports import Exchange
from tender.account.participants import ALTYN
from tender.account.token_messages import Load, Loaded, RootWanted
from tender.cash.chain import verify_chain
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.errors import Code, LinkError
from tests.platform_stub.people import AIGUL, TENGE, Town, refused


class Cut:
    """Loses the load on its way to the National Bank."""

    def __init__(self, real: Exchange) -> None:
        self._real = real

    def send(self, kind: str, raw: bytes) -> bytes:
        if kind == "load-roots":
            raise LinkError(Code.PEER_UNREACHABLE, kind)
        return self._real.send(kind, raw)


@pytest.mark.parametrize("days", [3, 20])
def test_a_load_cut_before_the_national_bank_is_finished_days_later(town: Town, days: int) -> None:
    town.stock(ALTYN, 10_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    (key,) = aigul.certify()
    certificate = DeviceCertificate.unpack(aigul.certificates[key], key, "certificate")
    lives_days = town.platform.nbk.config.token_days + 2
    town.clock.set(certificate.expiry - lives_days * DAY_S)  # the last moment at which a load may begin
    raw = aigul.order("load", Load((RootWanted(key, 300 * TENGE),), None))
    altyn = town.platform.banks[ALTYN].desk
    whole, altyn.exchange = altyn.exchange, Cut(altyn.exchange)
    assert refused(aigul.send("load", raw), Code.PEER_UNREACHABLE)
    altyn.exchange = whole
    town.clock.set(town.clock.now() + days * DAY_S)
    told = aigul.send("load", raw)
    assert isinstance(told, Loaded), told
    root = verify_chain(told.tokens[0], aigul.trust).root
    assert root.amount_tiyn == 300 * TENGE
    assert town.clock.now() < root.expiry <= certificate.expiry
    assert town.equation()[0] == town.equation()[1]
    # A load that begins too late is still refused, and takes nothing.
    left_tiyn = aigul.balances().dt_tiyn
    late = aigul.ask("load", Load((RootWanted(key, 100 * TENGE),), None))
    assert refused(late, Code.CERTIFICATE_TOO_SHORT)
    assert aigul.balances().dt_tiyn == left_tiyn == 700 * TENGE
