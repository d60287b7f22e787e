"""A cheat who claims his own copy at a second bank, under his own name, is recognised and not covered."""

from dataclasses import replace

import pytest

from tender.account.participants import ALTYN, EURASIAN, ID_CENTRE
from tender.account.service_messages import SameOwner, SameOwnerTold
from tender.account.token_messages import REFUSED, SETTLED
from tender.errors import Code
from tests.platform_stub.people import AIGUL, BOLAT, DANA, Phone, Town, refused
from tests.settlement.offline import claimed, hand_over, tenge_of

AIGUL_AT_EURASIAN = replace(AIGUL, name="Aigul at Eurasian", bank=EURASIAN, phone="+77012345699")


def copied(town: Town) -> tuple[Phone, Phone, bytes, bytes]:
    """Aigul's 500 go to Dana, and once more to Aigul's own account at Eurasian."""
    town.stock(ALTYN, 10_000)
    aigul, dana, other = town.rich_phone(AIGUL, 1_000), town.phone(DANA), town.phone(AIGUL_AT_EURASIAN)
    (token,) = aigul.load(500)
    return dana, other, hand_over(aigul, token, dana)[0], hand_over(aigul, token, other)[0]


@pytest.mark.row("DT-O-07")
def test_his_claim_at_another_bank_is_not_covered(town: Town) -> None:
    dana, other, to_dana, to_himself = copied(town)
    assert claimed(dana, to_dana).state == SETTLED
    told = claimed(other, to_himself)
    assert (told.state, told.code) == (REFUSED, Code.CLAIM_OWN_FORK)
    assert [tenge_of(town, one) for one in (AIGUL, DANA, AIGUL_AT_EURASIAN)] == [500, 500, 0]


def test_when_he_is_first_he_has_been_paid_and_pays_for_it(town: Town) -> None:
    dana, other, to_dana, to_himself = copied(town)
    assert claimed(other, to_himself).state == SETTLED
    assert claimed(dana, to_dana).state == SETTLED
    assert [tenge_of(town, one) for one in (AIGUL, DANA, AIGUL_AT_EURASIAN)] == [0, 500, 500]


def test_the_id_centre_compares_for_nothing_but_a_proof_of_the_asking_banks_own_device(town: Town) -> None:
    dana, other, to_dana, to_himself = copied(town)
    bolat = town.phone(BOLAT)
    claimed(dana, to_dana)
    claimed(other, to_himself)
    proof = town.platform.settlement.forks()[0].proof
    aigul = town.phones["Aigul"].address
    question = SameOwner(aigul, (other.address, dana.address, bolat.address), proof)
    altyn, eurasian = town.platform.banks[ALTYN].desk, town.platform.banks[EURASIAN].desk
    assert altyn.inquire(ID_CENTRE, "same-owner", question) == SameOwnerTold((other.address,))
    # Another bank's proof opens nothing to it; nor does a bank learn of anybody but its own client.
    assert refused(eurasian.inquire(ID_CENTRE, "same-owner", question), Code.CERTIFICATE_WRONG)
    elsewhere = replace(question, mine=bolat.address)
    assert refused(altyn.inquire(ID_CENTRE, "same-owner", elsewhere), Code.NOT_PERMITTED)
    assert refused(altyn.inquire(ID_CENTRE, "same-owner", replace(question, proof=b"\x80")), Code.FIELD_WRONG)
