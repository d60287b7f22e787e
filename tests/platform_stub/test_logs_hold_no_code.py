"""An activation code that is still good stands in nobody's log."""

from pathlib import Path

from tender.account.client_messages import Enrol, Enrolled, ReportLost
from tender.account.eds import Order, digest, key_id, make_order
from tender.account.messages import KINDS
from tender.account.participants import ALTYN, EURASIAN
from tender.crypto.directory import TIER_SOFTWARE
from tender.crypto.keys import SigningKey
from tender.errors import Code
from tests.platform_stub.people import AIGUL, Phone, Town, refused


def test_a_refused_enrolment_leaves_no_usable_code_in_any_log(town: Town, tmp_path: Path) -> None:
    client = town.onboard(AIGUL)
    clients = town.platform.banks[ALTYN].clients
    code = clients.activation_code(client)
    phone = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    body = KINDS["enrol"].order.encode(Enrol(code, phone.identity.public_key, TIER_SOFTWARE, False))
    order = Order(
        "enrol",
        0,
        EURASIAN,  # another bank's door: its refusal uses nothing up
        key_id(phone.identity.public_key),
        town.entropy.draw(16),
        town.clock.now(),
        body,
    )
    raw = make_order(order, phone.identity)
    town.platform.gateway.bank(EURASIAN, "enrol", raw)
    lost = ReportLost(99, code, SigningKey(town.entropy.draw(32)).public_key)
    other = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    assert refused(other.ask("report-lost", lost), Code.SENDER_UNKNOWN)
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert len(files) > 5
    assert all(code.encode() not in one.read_bytes() for one in files)
    with town.platform.banks[EURASIAN].desk.store.reading() as rows:
        assert [one.order_raw for one in rows.evidence("enrol")] == [digest(raw)]
    assert isinstance(phone.enrol(code), Enrolled)
