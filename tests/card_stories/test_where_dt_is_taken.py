"""A card with the purse beside the scheme, at a till that takes Digital Tenge and at one that does not; what
became of the money stands in the banks' books."""

from dataclasses import dataclass

import pytest

from hardware.cards.emv.dual_card import DualCard
from hardware.entropy import SeededEntropy
from hardware.field import Field, InProcessReader
from pos.service.card_values import CardTold
from pos.service.values import Taken
from tender.account.client_messages import TO_DT, Balances, Convert
from tender.account.participants import ALTYN, EURASIAN, KAZPOST
from tests.card_stories.boulevard import PURCHASE_TIYN, SCHEMES, Boulevard, operations
from tests.platform_stub.people import TENGE, Phone
from tests.taps.pocket import carded
from tests.wallet.village import good
from town.cast import BOLAT
from town.cast import Person as Owner


@dataclass
class Dual:
    """``load`` on the purse, as much again on the account that the scheme's application is linked to."""

    phone: Phone
    reader: InProcessReader
    street: Boulevard

    def purse_tiyn(self) -> int:
        guest = self.street.till.taps.guest(self.reader)
        held = guest.holding_tiyn
        guest.close()
        return held

    def dt(self) -> int:
        """On the account."""
        return self.street.tenge(self.phone)[0]

    def converted_tiyn(self) -> list[int]:
        """What was converted for this card, by the bank's records."""
        return [one.amount_tiyn for one in operations(self.phone) if one.kind != "purchase-dt"]


def dual(street: Boulevard, owner: Owner, tenge: int = 10_000) -> Dual:
    purse = carded(street.market, owner, tenge * TENGE).card
    phone = street.phone_of(owner)
    assert isinstance(phone.ask("convert", Convert(TO_DT, tenge * TENGE)), Balances)
    scheme = street.holder(phone).chip
    card = DualCard(bytearray(purse.image + scheme.image), SeededEntropy(f"dual {owner.name}"))
    return Dual(phone, InProcessReader(Field("counter", card)), street)


def shops_dt(street: Boulevard) -> int:
    """What the shop of the till has in Digital Tenge on its account, after it has handed in its takings."""
    good(street.till.deposit())
    return good(street.till.device.bank.statement()).balances.dt_tiyn


@pytest.mark.row("DT-S-09")
@pytest.mark.row("DT-C-06")
def test_what_the_till_accepts_decides_and_bolat_only_inserts_his_card(street: Boulevard) -> None:
    bolat = dual(street, BOLAT)
    street.stands_in(street.shop(KAZPOST), accepts_dt=True)
    heard = {scheme: street.cleared(scheme) for scheme in SCHEMES}
    before_tiyn = shops_dt(street)
    told = street.inserted(bolat.reader)
    assert isinstance(told, Taken), told
    assert bolat.purse_tiyn() == 6_221_00
    assert shops_dt(street) - before_tiyn == PURCHASE_TIYN
    assert bolat.converted_tiyn() == [] and bolat.dt() == 10_000
    assert {scheme: street.cleared(scheme) for scheme in SCHEMES} == heard

    street.stands_in(street.shop(KAZPOST), accepts_dt=False)
    told = street.inserted(bolat.reader)
    assert isinstance(told, CardTold) and told.taken is not None, told
    assert bolat.converted_tiyn() == [PURCHASE_TIYN] and bolat.dt() == 6_221
    assert bolat.purse_tiyn() == 6_221_00 and shops_dt(street) - before_tiyn == PURCHASE_TIYN


@pytest.mark.row("DT-C-27")
@pytest.mark.parametrize(("bank", "in_dt"), [(EURASIAN, True), (ALTYN, False)])
def test_under_the_pilot_profile_e_pays_in_dt_and_altyn_falls_back_to_conversion(
    pilot: Boulevard, bank: int, in_dt: bool
) -> None:
    customer = dual(pilot, pilot.neighbour(bank))
    pilot.stands_in(pilot.shop(KAZPOST), accepts_dt=True, profile="pilot")
    told = pilot.inserted(customer.reader)
    assert isinstance(told, Taken) is in_dt
    left_tiyn, converted = customer.purse_tiyn(), customer.converted_tiyn()
    assert (left_tiyn, converted) == ((6_221_00, []) if in_dt else (10_000_00, [PURCHASE_TIYN]))
    assert customer.dt() == (10_000 if in_dt else 6_221)
