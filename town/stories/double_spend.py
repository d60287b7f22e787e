"""Aigul's device is cloned, file by file, and the same money is paid to Dana and to merchant M (DT-O-07)."""

from faces.amounts import amount_text
from town.cast import AIGUL, DANA, MERCHANT
from town.proof import check_proof
from town.purse import Purse
from town.stories.acts import balances_around, close, load, whether_cut_off
from town.stories.stage import Stage
from town.town import Town

AMOUNT_TIYN = 500_000
SPARE_TIYN = 120_000
"""Left on Aigul's account: the first thing the loss is taken from."""
SMALL_TIYN = 50_000
"""Another note on her device, honest so far."""


def tell(stage: Stage, town: Town) -> None:
    """Clone, pay twice, reconnect, catch, pay the honest, and stop the cheat."""
    aigul, dana, merchant = town.purses(AIGUL, DANA, MERCHANT)
    stage.scene(
        "Aigul copies her whole device",
        "A secure chip would not let itself be copied; this simulator's chip is software, so the copy works, "
        "and offline nobody can tell.",
    )
    load(stage, aigul, AMOUNT_TIYN, single=True)
    load(stage, aigul, SMALL_TIYN, single=True, spare_tiyn=SPARE_TIYN)
    clone = aigul.clone("aigul-clone")
    stage.say(
        f"Two folders copied, the wallet and its secure element: two devices now hold the same "
        f"{amount_text(clone.balance())}.",
        "bad",
    )

    stage.scene(
        "The same money goes to Dana and to merchant M",
        "Both payments are perfect on their own: the lie only shows when the two histories lie side by side.",
    )
    whether_cut_off(stage)
    with balances_around(stage, "in the wallets", dana, merchant):
        aigul.hand_over(stage, dana, AMOUNT_TIYN, "rent")
        clone.hand_over(stage, merchant, AMOUNT_TIYN, "a phone")

    before = town.balance_sheet()
    _come_home(stage, dana, merchant)
    _prove(stage, town, aigul, dana, merchant)
    _settle_the_loss(stage, town, aigul, before.fraud_cover_tiyn)

    stage.scene(
        "The cheat is stopped",
        "The device's keys stand on the list of blocked devices, which every wallet fetches when it syncs.",
    )
    dana.sync(stage)
    stage.say(f"{aigul.shown} offers {dana.shown} another note, with no network.")
    refused = aigul.try_to_tap(dana, SMALL_TIYN)
    stage.say(refused.sentence, "bad")
    stage.fact("afterwards", refused.code)
    close(stage, town)


def _come_home(stage: Stage, *honest: Purse) -> None:
    stage.scene(
        "Dana comes home first, then merchant M",
        "Two signatures of one key under one piece of money are a proof that needs no witness.",
    )
    rows = []
    for one in honest:
        was = one.account_tiyn()
        one.come_home(stage)
        rows.append((f"{one.shown}, account at {one.bank_name}", was, one.account_tiyn()))
        stage.fact(f"{one.name}_credited_tiyn", one.account_tiyn() - was)
    stage.balances("the honest are paid", rows)


def _prove(stage: Stage, town: Town, aigul: Purse, dana: Purse, merchant: Purse) -> None:
    proofs = town.fork_proofs()
    stage.fact("forks", len(proofs))
    if not stage.check("The platform holds one proof", len(proofs) == 1):
        return
    verdict = check_proof(proofs[0], town.root_key())
    stage.fact("proof_key", verdict.key.hex())
    stage.fork(
        aigul.shown,
        verdict.key.hex(),
        AMOUNT_TIYN,
        [
            (dana.shown, "came first, paid", True),
            (merchant.shown, "refused as money, honoured as a claim: paid as well", True),
        ],
    )
    file = town.folder / "proof.tenge"
    file.write_bytes(proofs[0])
    stage.typed("Anybody", "tenge verify-proof proof.tenge --root root.key", network=False)
    judged = town.programs().run(
        ["verify-proof", str(file), "--root", town.root_key().hex(), "--json"], network=False
    )
    stage.check("The proof holds, checked with the root key alone", judged.code == 0)
    named = town.owner_of(verdict)
    stage.fact("culprit", named)
    stage.check(
        f"Its bank finds one device behind that key: {aigul.shown}'s, and nobody else's",
        named == aigul.person.number,
    )


def _settle_the_loss(stage: Stage, town: Town, aigul: Purse, covered_before_tiyn: int) -> None:
    stage.scene(
        "Who pays for the lie",
        "Fraud moves money, it never makes money: the loss is Aigul's, then her bank's, never the payee's.",
    )
    sheet = town.balance_sheet()
    stage.fact("fraud_paid_tiyn", sheet.fraud_cover_tiyn - covered_before_tiyn)
    for cover in town.covers():
        stage.say(f"The loss is {amount_text(cover.amount_tiyn)}.", "bad")
        stage.say(f"{amount_text(cover.from_client_tiyn)} came off {aigul.shown}'s own account at once.")
        stage.say(
            f"{amount_text(cover.owed_tiyn)} came from {aigul.bank_name}'s guarantee; {aigul.shown} owes it."
        )
    stage.check(
        "The second payee was paid from cover, not from new money",
        sheet.fraud_claims_tiyn == sheet.fraud_cover_tiyn and sheet.outstanding_tiyn == sheet.liability_tiyn,
    )
