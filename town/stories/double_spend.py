"""Aigul's device is cloned, file by file, and the same money is paid to Dana and to merchant M (DT-O-07)."""

from faces.amounts import amount_text
from town.cast import AIGUL, DANA, MERCHANT
from town.proof import check_proof
from town.stories.acts import close, load, whether_cut_off
from town.stories.stage import Stage
from town.town import Town

AMOUNT_TIYN = 500_000


def tell(stage: Stage, town: Town) -> None:
    """Clone, pay twice, reconnect, catch, and pay the honest."""
    aigul, dana, merchant = town.purses(AIGUL, DANA, MERCHANT)
    stage.scene(
        "Aigul copies her whole device",
        "A secure chip would not let itself be copied; this simulator's chip is software, so the copy works, "
        "and offline nobody can tell.",
    )
    load(stage, aigul, AMOUNT_TIYN, single=True)
    clone = aigul.clone("aigul-clone")
    stage.say(
        f"Two folders copied: the wallet and its secure element. Two devices now hold "
        f"{amount_text(AMOUNT_TIYN)}.",
        "wait",
    )

    stage.scene(
        "The same money goes to Dana and to merchant M",
        "Both payments are perfect on their own: the lie only shows when the two histories lie side by side.",
    )
    whether_cut_off(stage)
    aigul.hand_over(stage, dana, AMOUNT_TIYN, "rent")
    clone.hand_over(stage, merchant, AMOUNT_TIYN, "a phone")
    stage.balances(
        "in the wallets", [(dana.shown, 0, dana.balance()), (merchant.shown, 0, merchant.balance())]
    )

    stage.scene(
        "Dana comes home first, then merchant M",
        "Two signatures of one key under one piece of money are a proof that needs no witness.",
    )
    rows = []
    before = town.balance_sheet()
    for honest in (dana, merchant):
        was = honest.account_tiyn()
        honest.come_home(stage)
        rows.append((f"{honest.shown}, account", was, honest.account_tiyn()))
        stage.fact(f"{honest.name}_credited_tiyn", honest.account_tiyn() - was)
    stage.balances("the honest are paid", rows)

    proofs = town.fork_proofs()
    stage.fact("forks", len(proofs))
    if not stage.check("The platform holds one proof", len(proofs) == 1):
        return
    proof = check_proof(proofs[0], town.root_key())
    stage.fact("proof_key", proof.key.hex())
    stage.fork(
        aigul.shown,
        proof.key.hex(),
        AMOUNT_TIYN,
        [
            (dana.shown, "paid", True),
            (merchant.shown, "refused as money, honoured as a claim and paid in full", True),
        ],
    )
    stage.say("Anybody can check this proof with the root key alone: `tenge verify-proof`.", "good")
    named = town.owner_of(proof)
    stage.fact("culprit", named)
    stage.check(f"The proof names {aigul.shown}'s device and nobody else", named == aigul.person.number)

    stage.scene(
        "Who pays for the lie",
        "Fraud moves money, it never makes money: the loss is Aigul's, then her bank's, never the payee's.",
    )
    after = town.balance_sheet()
    stage.fact("fraud_paid_tiyn", after.fraud_cover_tiyn - before.fraud_cover_tiyn)
    for cover in town.covers():
        stage.say(
            f"The loss is {amount_text(cover.amount_tiyn)}: {amount_text(cover.from_client_tiyn)} came off "
            f"{aigul.shown}'s account at once, {amount_text(cover.owed_tiyn)} {aigul.bank_name} paid and "
            f"{aigul.shown} owes.",
            "note",
        )
    stage.check(
        "The second payee was paid from cover, not from new money",
        after.fraud_claims_tiyn == after.fraud_cover_tiyn
        and after.issued_tiyn - after.redeemed_tiyn == after.liability_tiyn,
    )

    stage.scene(
        "And the clone is finished",
        "The key stands on the list of blocked devices, which passes on from wallet to wallet.",
    )
    refused = aigul.try_to_pay(dana, 100)
    stage.say(refused.sentence, "bad")
    stage.fact("afterwards", refused.code)
    close(stage, town)
