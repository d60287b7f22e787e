"""A thief with the copied files: without the PIN he has noise, with it a clone, and a clone has a price."""

import re
import shutil
from pathlib import Path

import pytest

from device.compose import open_wallet
from device.service.wallet import Wallet
from platform_stub.config import PROFILES, REVIEW_ABOVE_TIYN, PlatformConfig
from tender.account.client_messages import TO_DT
from tender.crypto.certificates import DeviceCertificate
from tender.crypto.sealing import PIN_COST, Pin
from tender.crypto.tries import TRIES_FREE, WAIT_MOST_S, wait_s
from tender.errors import Code, DeviceError, Refusal, StoreError
from tests.attackers.cheat import Cheat, clone
from tests.wallet.village import PIN, Village, good, hand_over
from town.cast import AIGUL, BOLAT, DANA, MERCHANT

HELD_TIYN = 400_000


def test_copied_files_without_the_pin_are_noise(village: Village) -> None:
    aigul = village.wallet(AIGUL, HELD_TIYN, single=True)
    cheat = Cheat(aigul)
    seeds = [device.key.seed for device in cheat.devices.values()]
    aigul.close()
    stolen = [
        file.read_bytes() for file in village.folder.rglob("*") if file.is_file() and AIGUL.name in str(file)
    ]
    assert stolen
    known = [*seeds, *cheat.tokens, *cheat.devices, AIGUL.number.encode(), AIGUL.phone.encode()]
    assert not [secret for secret in known for data in stolen if secret in data]


def test_guessing_on_the_stolen_device_takes_longer_than_a_life(village: Village) -> None:
    village.wallet(AIGUL).close()
    waited_s = 0
    for guess in range(12):
        with pytest.raises(DeviceError) as told:
            village_opened(village, Pin(f"{guess:04d}"))
        assert told.value.code in (Code.PIN_WRONG, Code.PIN_WAIT)
        before = village.clock.now()
        village.clock.set(before + wait_s(guess + 1))
        waited_s += wait_s(guess + 1)
    assert waited_s > 3600
    left = 10**Pin.LEAST_DIGITS - TRIES_FREE
    assert left * WAIT_MOST_S > 20 * 365 * 86_400, "all PINs of four digits, one a day"
    assert village_opened(village, PIN).view.balance().spendable_tiyn == 0, "the owner still gets in"


def village_opened(village: Village, pin: Pin) -> Wallet:
    return open_wallet(
        village.config(AIGUL.name), pin, village.clock, village.entropy, lambda _: village.line
    )


def test_a_guess_on_the_thiefs_own_machine_costs_what_the_threat_model_says() -> None:
    """There no wait holds: only the price of a guess does, and the figures are in the page."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "threat-model.md").read_text(encoding="utf-8")
    assert f"{PIN_COST.passes} passes of Argon2id over {PIN_COST.memory_bytes >> 20} MiB" in page
    assert f"{10**Pin.LEAST_DIGITS:,} PINs of {Pin.LEAST_DIGITS} digits" in page


def test_the_wallets_folder_alone_opens_nothing_and_an_old_one_pays_nothing(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, HELD_TIYN, single=True), village.wallet(DANA)
    aigul.close()
    config = village.config(AIGUL.name)
    shutil.copytree(config.store.parent, village.folder / "stolen")
    shutil.move(config.element, village.folder / "element-away")
    with pytest.raises(DeviceError) as told:
        village_opened(village, PIN)
    assert told.value.code is Code.ELEMENT_MISSING
    shutil.move(village.folder / "element-away", config.element)
    aigul = village.reopen(None, AIGUL.name)
    hand_over(aigul, dana, HELD_TIYN)
    aigul.close()
    shutil.rmtree(config.store.parent)
    shutil.copytree(village.folder / "stolen", config.store.parent)
    old = village.reopen(None, AIGUL.name, "thief")
    wanted = good(dana.money.request(HELD_TIYN)).message
    with pytest.raises(StoreError) as behind:
        old.money.propose(wanted)
    assert behind.value.code is Code.STORE_BEHIND
    assert old.view.balance().spendable_tiyn == 0, "the element remembers what was signed away"


@pytest.mark.parametrize("copies", [2])
def test_with_both_folders_and_the_pin_he_has_clones_and_their_price_is_known(
    village: Village, copies: int
) -> None:
    """Each copy spends the same purse once: the loss is copies × what it held, and no payee bears it."""
    aigul = village.wallet(AIGUL, HELD_TIYN, single=True)
    clones = []
    for number in range(copies):
        aigul, copy = clone(village, aigul, AIGUL.name, f"copy-{number}")
        clones.append(copy)
    payees = [village.wallet(one) for one in (DANA, MERCHANT, BOLAT)][: copies + 1]
    village.line.away = True
    for spender, payee in zip([aigul, *clones], payees, strict=True):
        hand_over(spender, payee, HELD_TIYN)
    assert sum(payee.view.balance().spendable_tiyn for payee in payees) == (copies + 1) * HELD_TIYN
    village.line.away = False
    for payee in payees:
        assert good(payee.settling.deposit()).settled_tiyn == HELD_TIYN, "the honest are paid in full"
    with village.platform.nbk.desk.store.reading() as rows:
        forks = rows.forks()
        lost_tiyn = sum(node.loss_tiyn for fork in forks if (node := rows.token_output(fork.parent)))
    assert (len(forks), lost_tiyn) == (1, copies * HELD_TIYN)
    good(payees[0].settling.sync())
    culprit = DeviceCertificate.unpack(aigul.desk.own_keys()[0].certificate, bytes(32), "certificate")
    named = payees[0].desk.trust.revocations.names
    assert named(culprit.issuer, culprit.epoch_day, culprit.serial), "it ends where the list has arrived"


def test_the_threat_models_figures_are_those_of_the_profiles() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "threat-model.md").read_text(encoding="utf-8")
    told = [line for line in page.splitlines() if re.match(r"\| [0-9]+ \| (software|secure-element) ", line)]
    assert told == [
        f"| {one.number} | {one.tier} | {tenge(one.per_payment_tiyn)} | {tenge(one.holding_tiyn)} "
        f"| {tenge(one.old_list_tiyn)} |"
        for one in PROFILES
    ]
    assert f"under one fork: at most {tenge(REVIEW_ABOVE_TIYN)}" in page
    assert f"older than {PROFILES[0].list_days} days" in page
    assert f"after at most {PlatformConfig().token_days + 1} days" in page


def test_a_directorys_limits_are_the_ones_the_figures_are_from(village: Village) -> None:
    aigul = village.wallet(AIGUL)
    assert aigul.desk.trust.directory.body.profiles == PROFILES
    most = next(one for one in PROFILES if one.number == aigul.desk.profile().number)
    good(aigul.bank.convert(TO_DT, most.holding_tiyn))
    assert good(aigul.bank.load(most.holding_tiyn)) is not None
    more = aigul.bank.load(1)
    assert isinstance(more, Refusal)
    assert more.code in (Code.LIMIT_HOLDING, Code.FUNDS_INSUFFICIENT)


def tenge(amount_tiyn: int) -> str:
    """An amount as the page writes it."""
    return f"{amount_tiyn // 100:,}.{amount_tiyn % 100:02d}"
