"""The gateway's two doors on HTTP: a real server on loopback, signed bytes both ways."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn

from hardware.wires import COSE, HttpWire
from platform_stub.http.app import make_app
from tender.account.client_messages import BY_PHONE, Statement, Transfer
from tender.account.eds import (
    REPLY,
    Order,
    digest,
    key_id,
    make_order,
    make_reply,
    open_order,
    open_reply,
)
from tender.account.messages import KINDS, Role
from tender.account.participant_messages import ISSUE_REQUEST, IssueRequest, Vault
from tender.account.participants import ALTYN, BANKS, CERTIFICATION_CENTRE, EURASIAN, ID_CENTRE, NBK
from tender.account.service_messages import IdRecord, Lists, Register, StatusQuestion, StatusTold
from tender.crypto.envelope import Typ, open_envelope
from tender.crypto.keys import SigningKey
from tender.errors import Code, LinkError, RemoteProtocolError
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Town, refused


@dataclass
class Served:
    """A town whose platform listens on loopback."""

    town: Town
    wire: HttpWire
    port: int

    def post(self, path: str, raw: bytes) -> tuple[int, str, bytes]:
        """One POST: HTTP status, content type, body."""
        return self.wire.fetch("POST", path, raw)

    def code(self, path: str, raw: bytes) -> tuple[int, str]:
        """HTTP status, and the code of the signed answer."""
        status, kind, body = self.post(path, raw)
        assert kind == COSE, body
        return status, REPLY.decode(open_envelope(body, Typ.REPLY, "reply").payload, "reply").code

    def from_bank(
        self, number: int, to: int, kind: str, body: object, key: SigningKey | None = None
    ) -> bytes:
        """An order of a bank, signed with its messages key or another."""
        signer = key or self.town.platform.banks[number].desk.vault.key("messages")
        encoded = KINDS[kind].order.encode(body)
        drawn = self.town.entropy.draw(16)
        now = self.town.clock.now()
        return make_order(Order(kind, number, to, key_id(signer.public_key), drawn, now, encoded), signer)


@pytest.fixture
def served(town: Town) -> Iterator[Served]:
    """The same gateway the other tests call in process, behind a socket."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    app = make_app(town.platform.gateway)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Served(town, HttpWire(f"http://127.0.0.1:{port}"), port)
    server.should_exit = True
    thread.join()


@pytest.mark.row("DT-P-12")
def test_a_client_reaches_the_platform_only_through_the_bank(served: Served) -> None:
    aigul = served.town.phone(AIGUL)
    raw = aigul.order("statement", Statement(1))
    assert served.code("/platform/v1/statement", raw) == (403, "not-permitted")
    assert served.code(f"/bank/{ALTYN}/v1/statement", raw) == (200, "")


@pytest.mark.row("DT-P-01")
def test_a_request_without_a_banks_signature_stops_at_the_gateway(served: Served) -> None:
    town = served.town
    aigul = town.phone(AIGUL)
    body = ISSUE_REQUEST.encode(IssueRequest(100 * TENGE, aigul.address))
    own = aigul.identity
    for sender in (0, ALTYN):
        order = Order("issue-request", sender, NBK, key_id(own.public_key), bytes(16), town.clock.now(), body)
        status, code = served.code("/platform/v1/issue-request", make_order(order, own))
        assert status == 403
        assert code in ("not-permitted", "sender-unknown")
    assert town.platform.nbk.requests() == []
    through = served.from_bank(ALTYN, NBK, "issue-request", IssueRequest(100 * TENGE, aigul.address))
    assert served.code("/platform/v1/issue-request", through) == (200, "")
    assert len(town.platform.nbk.requests()) == 1


@pytest.mark.row("DT-P-09")
def test_a_wrongly_signed_request_is_rejected(served: Served) -> None:
    good = served.from_bank(ALTYN, NBK, "vault", Vault())
    flipped = good[:-1] + bytes([good[-1] ^ 1])
    assert served.code("/platform/v1/vault", flipped) == (403, "signature-wrong")
    stranger = served.from_bank(ALTYN, NBK, "vault", Vault(), SigningKey(bytes(32)))
    assert served.code("/platform/v1/vault", stranger) == (403, "sender-unknown")
    status, kind, body = served.post("/platform/v1/vault", b"\xff no order")
    assert (status, kind) == (400, "application/json")
    assert b"cbor-malformed" in body
    assert served.code("/platform/v1/vault", good) == (200, "")


@pytest.mark.row("DT-P-09")
def test_a_bank_discards_a_forged_reply(town: Town) -> None:
    class Forger:
        def send(self, kind: str, raw: bytes) -> bytes:
            return make_reply(open_order(raw), NBK, 0, b"\x80", SigningKey(bytes(32)))

    altyn = town.platform.banks[ALTYN]
    altyn.desk.exchange = Forger()
    with pytest.raises(RemoteProtocolError) as told:
        altyn.money.request_issue(100, bytes(32))
    assert told.value.code is Code.SIGNATURE_WRONG


@pytest.mark.row("DT-P-29")
def test_every_message_of_the_platform_is_signed_and_kept(served: Served) -> None:
    town = served.town
    raw = served.from_bank(ALTYN, NBK, "vault", Vault())
    _, _, body = served.post("/platform/v1/vault", raw)
    key = town.platform.banks[ALTYN].desk.trust.messages_key(NBK, "nbk")
    assert open_reply(body, raw, NBK, key).code == ""
    with town.platform.nbk.desk.store.reading() as rows:
        kept = rows.evidence("vault")
    assert [(one.order_raw, one.reply_raw) for one in kept] == [(raw, body)]
    town.stock(ALTYN, 1_000)
    with town.platform.banks[ALTYN].desk.store.reading() as own:
        (credit,) = own.evidence("credit")
    open_order(credit.order_raw).check(key)
    assert credit.code == ""


@pytest.mark.row("DT-P-19")
def test_a_revoked_banks_orders_are_rejected(served: Served) -> None:
    raw = served.from_bank(ALTYN, NBK, "vault", Vault())
    assert served.code("/platform/v1/vault", raw) == (200, "")
    asked = served.from_bank(EURASIAN, CERTIFICATION_CENTRE, "status", StatusQuestion(ALTYN))
    served.town.platform.withdraw(ALTYN)
    again = served.from_bank(ALTYN, NBK, "vault", Vault())
    assert served.code("/platform/v1/vault", again) == (403, "certificate-revoked")
    _, _, body = served.post("/platform/v1/status", asked)
    told = KINDS["status"].reply.decode(
        REPLY.decode(open_envelope(body, Typ.REPLY, "reply").payload, "reply").body, "status"
    )
    assert told == StatusTold(ALTYN, "withdrawn", 2)


@pytest.mark.row("DT-P-33")
def test_only_the_servicing_bank_sees_an_id_record(served: Served) -> None:
    served.town.phone(AIGUL)
    question = IdRecord("iin", AIGUL.identifier)
    from_e = served.from_bank(EURASIAN, ID_CENTRE, "record", question)
    assert served.code("/platform/v1/record", from_e) == (403, "not-permitted")
    from_a = served.from_bank(ALTYN, ID_CENTRE, "record", question)
    assert served.code("/platform/v1/record", from_a) == (200, "")
    entry = served.town.platform.banks[ALTYN].desk.inquire(ID_CENTRE, "record", question)
    assert isinstance(entry, Register)
    assert (entry.iin, entry.phone) == (AIGUL.identifier, AIGUL.phone)


@pytest.mark.row("DT-P-36")
def test_the_gateway_is_the_one_entry_and_logs_each_call(served: Served) -> None:
    town = served.town
    doors = {f"/platform/v1/{one.name}" for one in KINDS.values() if Role.DEVICE not in one.senders}
    doors |= {f"/bank/{{number}}/v1/{one.name}" for one in KINDS.values() if Role.DEVICE in one.senders}
    app = make_app(town.platform.gateway)
    assert set(app.openapi()["paths"]) == doors | {"/v1/health"}
    for participant in ("nbk", "notary", "bank-949", "id-centre"):
        assert served.wire.fetch("POST", f"/{participant}/v1/vault", b"")[0] == 404
    before = len(_log(town))
    raw = served.from_bank(ALTYN, NBK, "vault", Vault())
    stranger = served.from_bank(ALTYN, NBK, "vault", Vault(), SigningKey(bytes(32)))
    served.post("/platform/v1/vault", raw)
    served.post("/platform/v1/vault", stranger)
    passed = [digest(raw), digest(stranger)]
    new = [(one, code) for one, code in _log(town)[before:] if one in passed]
    assert new == [(passed[0], ""), (passed[1], "sender-unknown")]


def _log(town: Town) -> list[tuple[bytes, str]]:
    with town.platform.stores["gateway"].reading() as rows:
        return [(one.order_raw, one.code) for one in rows.evidence(most=10_000)]


@pytest.mark.row("DT-Z-01")
def test_replayed_reordered_duplicated_and_altered_orders_move_nothing_twice(served: Served) -> None:
    town = served.town
    town.stock(ALTYN, 10_000)
    aigul, dana = town.rich_phone(AIGUL, 1_000), town.phone(DANA)
    path = f"/bank/{ALTYN}/v1/transfer"
    orders = [aigul.order("transfer", Transfer(BY_PHONE, DANA.phone, 100_00, f"{n}")) for n in range(3)]
    answers = {raw: served.post(path, raw) for raw in reversed(orders)}
    for raw in [*orders, *orders]:
        assert served.post(path, raw) == answers[raw]
    assert (aigul.balances().dt_tiyn, dana.balances().dt_tiyn) == (700_00, 300_00)
    for place in range(0, len(orders[0]), 7):
        altered = orders[0][:place] + bytes([orders[0][place] ^ 0x10]) + orders[0][place + 1 :]
        status, _, _ = served.post(path, altered)
        assert status in (400, 403, 422)
    assert (aigul.balances().dt_tiyn, dana.balances().dt_tiyn) == (700_00, 300_00)
    # The platform's own messages, sent again by whoever kept them:
    for store in (town.platform.nbk.desk.store, town.platform.banks[ALTYN].desk.store):
        with store.reading() as rows:
            sent = [one for one in rows.evidence(most=10_000) if one.peer and one.kind != "lists"]
        for one in sent:
            served.post(f"/platform/v1/{one.kind}", one.order_raw)
    assert (aigul.balances().dt_tiyn, dana.balances().dt_tiyn) == (700_00, 300_00)
    assert town.equation()[0] == town.equation()[1]


def test_a_blocked_bank_is_told_so_and_others_work_on(served: Served) -> None:
    served.town.platform.gateway.block(ALTYN)
    raw = served.from_bank(ALTYN, NBK, "vault", Vault())
    assert served.code("/platform/v1/vault", raw) == (403, "participant-blocked")
    other = served.from_bank(EURASIAN, NBK, "vault", Vault())
    assert served.code("/platform/v1/vault", other) == (200, "")
    served.town.platform.gateway.block(ALTYN, False)
    assert served.code("/platform/v1/vault", raw) == (200, "")


def test_orders_of_one_kind_at_the_door_of_another_are_refused(served: Served) -> None:
    raw = served.from_bank(ALTYN, NBK, "vault", Vault())
    status, _, body = served.post("/platform/v1/lists", raw)
    assert (status, b"message-unknown" in body) == (400, True)
    bank_kind = served.from_bank(ALTYN, EURASIAN, "lists", Lists(0, 0))
    assert served.code("/platform/v1/lists", bank_kind) == (403, "not-permitted")


def test_health_names_the_root_key_and_everybody(served: Served) -> None:
    status, _, body = served.wire.fetch("GET", "/v1/health")
    assert status == 200
    assert served.town.platform.root_key.hex().encode() in body
    assert all(name.encode() in body for name in BANKS.values())


def test_an_order_of_ten_megabytes_is_refused_unread(served: Served) -> None:
    status, _, body = served.post("/platform/v1/vault", bytes(10 << 20))
    assert (status, b"message-too-long" in body) == (400, True)


def test_nobody_there_is_a_link_error() -> None:
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    with pytest.raises(LinkError) as told:
        HttpWire(f"http://127.0.0.1:{port}").send("/v1/health", b"")
    assert told.value.code is Code.PLATFORM_UNREACHABLE


def test_a_bank_without_the_platform_keeps_the_money_and_finishes_later(town: Town) -> None:
    class Cut:
        def send(self, kind: str, raw: bytes) -> bytes:
            if kind in ("notarise", "transfer-final"):
                raise LinkError(Code.PEER_UNREACHABLE, kind)
            return real.send(kind, raw)

    town.stock(ALTYN, 10_000)
    aigul, bolat = town.rich_phone(AIGUL, 1_000), town.phone(BOLAT)
    altyn = town.platform.banks[ALTYN]
    real = altyn.desk.exchange
    altyn.desk.exchange = Cut()
    raw = aigul.order("transfer", Transfer(BY_PHONE, BOLAT.phone, 100_00, ""))
    assert refused(aigul.send("transfer", raw), Code.PEER_UNREACHABLE)
    assert (aigul.balances().dt_tiyn, bolat.balances().dt_tiyn) == (1_000_00, 0)
    altyn.desk.exchange = real
    altyn.tick()
    assert (aigul.balances().dt_tiyn, bolat.balances().dt_tiyn) == (900_00, 100_00)
    assert aigul.send("transfer", raw).balances.dt_tiyn == 900_00
    altyn.tick()
    assert bolat.balances().dt_tiyn == 100_00


def test_a_bank_that_does_not_exist_is_named(served: Served) -> None:
    aigul = served.town.phone(AIGUL)
    status, _, body = served.post("/bank/111/v1/statement", aigul.order("statement", Statement(1)))
    assert (status, b'"not-supported"' in body) == (400, True)
