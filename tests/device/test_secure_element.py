"""The software secure element: what it refuses, what it repeats, what it remembers through a power cut."""

from pathlib import Path

import pytest

from hardware.entropy import SeededEntropy
from hardware.secure_element import SoftwareElement, create, unlock
from tender.account.batch import open_batch
from tender.account.eds import ORDER, Order, key_id
from tender.cash.messages import REQUEST, Receipt, Request, Terms, payment_id
from tender.cash.token import Claim, Link
from tender.crypto.envelope import Typ, to_be_signed
from tender.crypto.keys import verify
from tender.crypto.sealing import PIN_COST_CHEAP, Pin
from tender.crypto.tries import wait_s
from tender.errors import Code, DeviceError, StoreError
from tests.mint import NOW

PIN = Pin("4071")
PAYEE = bytes(range(32))


def born(folder: Path, name: str = "element") -> SoftwareElement:
    return create(folder / name, PIN, PIN_COST_CHEAP, SeededEntropy(name))


def reopened(folder: Path, element: SoftwareElement | None = None, now: int = NOW) -> SoftwareElement:
    if element is not None:
        element.close()
    return unlock(folder / "element", PIN, SeededEntropy("again"), now)


def request_of(key: bytes, nonce: bytes = b"", amount_tiyn: int = 50_000) -> Request:
    return Request(amount_tiyn, key, bytes(76), nonce, "lunch", 1, 1, NOW, Terms())


def receipt_of(request: Request, note: str = "") -> Receipt:
    named = payment_id(REQUEST.encode(request))
    return Receipt(named, request.amount_tiyn, (bytes(32),), 1, NOW, NOW, NOW, note)


def test_a_second_link_on_an_output_is_refused_for_ever(tmp_path: Path) -> None:
    element = born(tmp_path)
    (key,) = element.make_keys(1)
    link = Link(b"\x01" * 32, PAYEE, 500, 0)
    (signature,) = element.sign_links([(key, link)])
    assert verify(signature, to_be_signed(Typ.LINK, link.payload()), key)
    element = reopened(tmp_path, element)
    assert element.sign_links([(key, link)]) == (signature,), "the same question gets the same bytes"
    element.acknowledge(element.counter)
    for other in (Link(b"\x01" * 32, b"\x02" * 32, 500, 0), Link(b"\x01" * 32, PAYEE, 400, 100)):
        with pytest.raises(DeviceError) as refused:
            element.sign_links([(key, other)])
        assert refused.value.code is Code.ELEMENT_REFUSED
    with pytest.raises(DeviceError):
        element.sign_claims([(key, Claim(b"\x01" * 32, 949, PAYEE))])
    assert element.sign_links([(key, link)]) == (signature,), "and still after the host has stored it"


def test_all_links_of_a_payment_or_none(tmp_path: Path) -> None:
    element = born(tmp_path)
    (key,) = element.make_keys(1)
    element.sign_links([(key, Link(b"\x01" * 32, PAYEE, 500, 0))])
    counter = element.counter
    with pytest.raises(DeviceError):
        element.sign_links([(key, Link(b"\x02" * 32, PAYEE, 7, 0)), (key, Link(b"\x01" * 32, PAYEE, 9, 0))])
    assert element.counter == counter
    element.sign_links(
        [(key, Link(b"\x02" * 32, b"\x05" * 32, 7, 0))]
    )  # output 2 was not spent by the failure


def test_signed_links_are_kept_until_the_host_has_stored_them(tmp_path: Path) -> None:
    element = born(tmp_path)
    (key,) = element.make_keys(1)
    element.acknowledge(element.counter)
    element.sign_links([(key, Link(b"\x01" * 32, PAYEE, 500, 0))])
    element = reopened(tmp_path, element)
    assert element.kept() == (b"\x01" * 32,)
    assert element.acknowledged < element.counter
    with pytest.raises(DeviceError):
        element.erase_key(key)
    element.acknowledge(element.counter)
    assert element.kept() == ()
    element.erase_key(key)
    with pytest.raises(DeviceError):
        element.sign_links([(key, Link(b"\x03" * 32, PAYEE, 1, 0))])


def test_a_request_opens_once_and_closes_for_good(tmp_path: Path) -> None:
    element = born(tmp_path)
    (key,) = element.make_keys(1)
    request = request_of(key)
    signature = element.sign_request(request)
    named = payment_id(REQUEST.encode(request))
    assert element.request_state(named) == "open"
    with pytest.raises(DeviceError):
        element.sign_request(request_of(key, amount_tiyn=1))  # "this key is fresh" is true once
    assert element.sign_request(request) == signature
    closed = element.sign_receipt(key, receipt_of(request))
    element = reopened(tmp_path, element)
    assert element.request_state(named) == "closed"
    assert element.sign_receipt(key, receipt_of(request)) == closed
    with pytest.raises(DeviceError):
        element.sign_receipt(key, receipt_of(request, note="another"))


def test_a_nonce_is_never_repeated_under_a_key(tmp_path: Path) -> None:
    element = born(tmp_path)
    (key,) = element.make_keys(1)
    element.sign_request(request_of(key, b"12345678"))
    element.sign_request(request_of(key, b"12345679"))
    with pytest.raises(DeviceError):
        element.sign_request(request_of(key, b"12345678", amount_tiyn=2))


def test_the_counter_only_grows(tmp_path: Path) -> None:
    element = born(tmp_path)
    seen = [element.counter]
    (key,) = element.make_keys(1)
    seen.append(element.counter)
    element.sign_request(request_of(key))
    seen.append(element.counter)
    element.acknowledge(10_000)
    element.acknowledge(1)
    assert element.acknowledged == 1
    element.acknowledge(0)
    element = reopened(tmp_path, element)
    seen.append(element.counter)
    assert seen == [0, 1, 2, 2]
    assert element.acknowledged == 1


def test_it_signs_only_what_reads_as_an_order_of_its_own(tmp_path: Path) -> None:
    element = born(tmp_path)
    own = Order("sync", 0, 949, key_id(element.identity), bytes(16), NOW, b"")
    assert verify(
        element.sign_order(ORDER.encode(own)),
        to_be_signed(Typ.ORDER, ORDER.encode(own)),
        element.identity,
    )
    foreign = Order("sync", 0, 949, key_id(PAYEE), bytes(16), NOW, b"")
    with pytest.raises(DeviceError):
        element.sign_order(ORDER.encode(foreign))
    with pytest.raises(Exception, match="order"):
        element.sign_order(Link(b"\x01" * 32, PAYEE, 500, 0).payload())


def test_a_batch_proves_that_the_keys_live_here(tmp_path: Path) -> None:
    element = born(tmp_path)
    keys = element.make_keys(3)
    proofs = tuple(element.sign_possession(key, 949) for key in keys)
    assert open_batch(element.sign_batch(keys, 949, NOW), element.identity, 949, proofs).keys == keys
    with pytest.raises(DeviceError):
        element.sign_batch((PAYEE,), 949, NOW)


def test_wrong_pins_wait_longer_and_longer_and_nothing_is_wiped(tmp_path: Path) -> None:
    element = born(tmp_path)
    identity = element.identity
    element.close()
    now = NOW
    for _ in range(3):
        with pytest.raises(DeviceError) as wrong:
            unlock(tmp_path / "element", Pin("0000"), SeededEntropy("x"), now)
        assert wrong.value.code is Code.PIN_WRONG
    with pytest.raises(DeviceError) as waits:
        unlock(tmp_path / "element", PIN, SeededEntropy("x"), now + 29)
    assert waits.value.refusal.facts == (("wait_s", 1),)
    with pytest.raises(DeviceError):
        unlock(
            tmp_path / "element", PIN, SeededEntropy("x"), now - 86_400
        )  # a clock turned back opens nothing
    with pytest.raises(DeviceError):
        unlock(tmp_path / "element", Pin("0001"), SeededEntropy("x"), now + 30)
    with pytest.raises(DeviceError) as waits:
        unlock(tmp_path / "element", PIN, SeededEntropy("x"), now + 31)
    assert dict(waits.value.refusal.facts)["wait_s"] == 59
    element = unlock(tmp_path / "element", PIN, SeededEntropy("x"), now + 90)
    assert element.identity == identity
    assert [wait_s(wrong) for wrong in (2, 3, 4, 5, 100)] == [0, 30, 60, 120, 86_400]


def test_the_try_is_counted_before_it_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    born(tmp_path).close()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Pin, "key", dies)
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                unlock(tmp_path / "element", PIN, SeededEntropy("x"), NOW)
    with pytest.raises(DeviceError) as waits:
        unlock(tmp_path / "element", PIN, SeededEntropy("x"), NOW)
    assert waits.value.code is Code.PIN_WAIT


def test_changing_the_pin_keeps_everything(tmp_path: Path) -> None:
    element = born(tmp_path)
    (key,) = element.make_keys(1)
    element.change_pin(Pin("883311"), PIN_COST_CHEAP)
    element.close()
    with pytest.raises(DeviceError):
        unlock(tmp_path / "element", PIN, SeededEntropy("x"), NOW)
    element = unlock(tmp_path / "element", Pin("883311"), SeededEntropy("x"), NOW)
    assert element.money_keys() == (key,)
    with pytest.raises(DeviceError) as short:
        element.change_pin(Pin("123"), PIN_COST_CHEAP)
    assert short.value.code is Code.PIN_TOO_SHORT


def test_an_element_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DeviceError) as missing:
        reopened(tmp_path)
    assert missing.value.code is Code.ELEMENT_MISSING
    born(tmp_path).close()
    with pytest.raises(DeviceError):
        born(tmp_path)


@pytest.mark.row("DT-Z-07")
def test_no_private_key_lies_readable_on_the_disk(tmp_path: Path) -> None:
    """Whoever reads the disk finds no seed, no PIN and no public key either."""
    entropy = SeededEntropy("element")
    drawn: list[bytes] = []

    class Watched:
        def draw(self, count: int) -> bytes:
            drawn.append(entropy.draw(count))
            return drawn[-1]

    element = create(tmp_path / "element", PIN, PIN_COST_CHEAP, Watched())
    keys = element.make_keys(5)
    element.close()
    disk = b"".join(file.read_bytes() for file in (tmp_path / "element").iterdir())
    seeds = [one for one in drawn if len(one) == 32]
    assert len(seeds) >= 7, "the master key, the identity and five one-time keys"
    for secret in (*seeds, *keys, element.identity, b"4071"):
        assert secret not in disk
    for shown in (repr(element), str(element), repr(PIN), repr(element.store_key())):
        assert not any(one.hex() in shown or "4071" in shown for one in seeds)


def test_two_programs_cannot_hold_one_element(tmp_path: Path) -> None:
    element = born(tmp_path)
    with pytest.raises(StoreError) as busy:
        reopened(tmp_path)
    assert busy.value.code is Code.STORE_BUSY
    element.close()
    reopened(tmp_path).close()
