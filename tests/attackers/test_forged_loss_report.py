"""A wallet that knows no bank reports a phone lost: who answers is checked, from the root key down."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from device.service.wallet import Wallet
from tender.account.client_messages import LostNoted
from tender.crypto.directory import sign_directory
from tender.errors import Code, RemoteProtocolError
from tests.attackers.test_forged_platform import forged
from tests.mint import key_of
from tests.wallet.test_lost_and_found import fresh_code
from tests.wallet.village import Village, good
from town.cast import AIGUL


def reported(village: Village, borrowed: Wallet, device: int, root_key: bytes | None) -> object:
    """What the borrowed phone tells of the loss of a device, or the code of what it does not believe."""
    code = fresh_code(village)
    try:
        return good(borrowed.membership.report_lost(device, code, bank=AIGUL.bank, root_key=root_key))
    except RemoteProtocolError as error:
        return error.code


def another_root(told: object, village: Village) -> object:
    """A directory of the forger's own making, under a root of its own."""
    assert isinstance(told, LostNoted)
    body = village.platform.banks[AIGUL.bank].desk.trust.directory.body
    own = key_of("another root")
    return replace(told, root_key=own.public_key, directory=sign_directory(body, own))


def false_directory(told: object, _: Village) -> object:
    """The true root key over a directory it never signed."""
    assert isinstance(told, LostNoted)
    return replace(told, directory=told.directory[:-1] + bytes((told.directory[-1] ^ 1,)))


def as_it_is(told: object, _: Village) -> object:
    return told


Falsify = Callable[[object, Village], object]


@pytest.mark.parametrize(
    ("falsify", "believes_anybody", "knows_the_root"),
    [
        (as_it_is, Code.SIGNATURE_WRONG, Code.SIGNATURE_WRONG),
        (false_directory, Code.DIRECTORY_WRONG, Code.DIRECTORY_WRONG),
        (another_root, Code.CERTIFICATE_WRONG, Code.DIRECTORY_WRONG),
    ],
)
def test_nobody_but_the_bank_says_that_a_lost_phone_is_blocked(
    village: Village, falsify: Falsify, believes_anybody: Code, knows_the_root: Code
) -> None:
    device = village.wallet(AIGUL).desk.settings.device
    borrowed = village.blank("borrowed")
    forged(village, borrowed, key_of("a forger"), lambda told: falsify(told, village))
    assert reported(village, borrowed, device, None) is believes_anybody
    assert reported(village, borrowed, device, village.platform.root_key) is knows_the_root


def test_the_banks_own_word_is_believed_and_no_other_root(village: Village) -> None:
    device = village.wallet(AIGUL).desk.settings.device
    borrowed = village.blank("borrowed")
    told = reported(village, borrowed, device, village.platform.root_key)
    assert isinstance(told, LostNoted) and told.revoked >= 32
    strange = key_of("another root")
    assert reported(village, borrowed, device, strange.public_key) is Code.DIRECTORY_WRONG
