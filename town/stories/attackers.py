"""What a cheat tries, one after the other, and what each attempt comes to: a refusal, a proof, or nothing.

Every attempt is on real parts: bytes in a file that an honest wallet is given, folders that were copied, a
proof that somebody would like to be one.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from faces.amounts import amount_text
from faces.words import sentence
from hardware.entropy import SystemEntropy
from tender.cash.fork_proof import FORK_PROOF
from tender.cash.messages import Transfer, open_message, pack, unwrap
from tender.cash.token import issue_root, unpack_root
from tender.crypto.keys import SEED_BYTES, SigningKey
from tender.errors import Code, Refusal
from tender.money import plain_tenge
from town.cast import AIGUL, DANA, MERCHANT, SCHOOL
from town.processes import CommandFailed, Done, Programs
from town.purse import Purse
from town.stories.acts import close, load, whether_cut_off
from town.stories.stage import Stage
from town.town import Town

NOTE_TIYN = 200_000
MEAL_TIYN = 50_000
PRICE_TIYN = 70_000


def tell(stage: Stage, town: Town) -> None:
    """Load; forge, alter, replay, steal, copy, recolour, frame; then settle and look at the books."""
    aigul, dana, school, merchant = town.purses(AIGUL, DANA, SCHOOL, MERCHANT)
    stage.scene(
        "Money worth stealing",
        "Aigul has a note on her device and the school has meal money; from here on both have bad friends.",
    )
    load(stage, aigul, NOTE_TIYN, single=True)
    load(stage, school, MEAL_TIYN, single=True, colour="school meals")
    whether_cut_off(stage)
    copy = aigul.clone("aigul-clone")
    stolen = town.folder / "stolen-wallet"
    shutil.copytree(town.folder / "wallets" / aigul.name, stolen)

    _forge_and_alter(stage, town, copy, dana)
    _steal(stage, town, aigul, stolen)
    _recolour(stage, school, merchant)
    _spend_the_copy(stage, town.folder / "post", aigul, copy, dana)
    _frame(stage, town, dana)
    _settle(stage, town, aigul, dana)


def _refused(stage: Stage, name: str, code: str, shown: str = "") -> None:
    """Show why it was refused, and keep the code for whoever checks."""
    stage.say(shown or sentence(Refusal(Code(code))), "bad")
    stage.fact(name, code)


def _code(done: Done) -> str:
    """The code a command was refused with; raises :class:`CommandFailed` if it was not."""
    if done.code != 1:
        raise CommandFailed(done.describe())
    return str(done.told["code"])


def _forge_and_alter(stage: Stage, town: Town, copy: Purse, dana: Purse) -> None:
    """Four false files, then the true one twice."""
    stage.scene(
        "A printing press, an eraser and a copying machine",
        "Dana's wallet has no network, only the root key: every byte of a note's history is signed.",
    )
    folder = town.folder / "post"
    folder.mkdir(exist_ok=True)
    request, true, false = folder / "asked.tenge", folder / "true.tenge", folder / "false.tenge"
    dana.do("request", plain_tenge(NOTE_TIYN), "--out", str(request))
    copy.do("pay", str(request), "--yes", "--out", str(true))
    payment = true.read_bytes()
    before = dana.balance()
    tricks: tuple[tuple[str, str, Callable[[Transfer], Transfer]], ...] = (
        ("printed", "a note that somebody printed in a garage", _printed),
        ("raised", "the real note with a higher amount written in", _raised),
        ("turned", "the real payment with one bit turned on the way", _turned),
        ("doubled", "the same token twice in one payment", _doubled),
    )
    for name, said, trick in tricks:
        message = open_message(payment)
        if not isinstance(message, Transfer):
            raise CommandFailed("the payment is no transfer")
        false.write_bytes(pack(trick(message)))
        stage.say(f"{dana.shown} is handed {said}.")
        _refused(stage, name, _code(dana.run("receive", str(false))))
    stage.fact("after_forgeries_tiyn", dana.balance() - before)
    incidents = dana.do("incidents").told["incidents"]
    stage.fact("incidents", [(one["code"], one["facts"]) for one in incidents])
    stage.check(
        "The false issuer is on record in Dana's wallet",
        any(one["code"] == Code.ISSUER_FORGED and "key " in one["facts"] for one in incidents),
    )
    receipts = []
    for turn in range(2):
        receipt = folder / f"receipt-{turn}.tenge"
        dana.do("receive", str(true), "--out", str(receipt))
        receipts.append(receipt.read_bytes())
    stage.say(f"{dana.shown} is handed the true payment, and then the same file once more.")
    stage.check(
        "It is counted once, and the second time brings the first receipt again",
        receipts[0] == receipts[1] and dana.balance() - before == NOTE_TIYN,
    )
    stage.fact("dana_tiyn", dana.balance())


def _printed(message: Transfer) -> Transfer:
    token = message.tokens[0]
    root, _, at = unpack_root(token, "token")
    press = SigningKey(SystemEntropy().draw(SEED_BYTES))
    return replace(message, tokens=(issue_root(root, press)[:-1] + token[at:],))


def _raised(message: Transfer) -> Transfer:
    token = message.tokens[0]
    root, signature, at = unpack_root(token, "token")
    press = SigningKey(SystemEntropy().draw(SEED_BYTES))
    richer = issue_root(replace(root, amount_tiyn=root.amount_tiyn * 100), press)
    # The issuer's own signature, from the real note: it was made for another amount.
    return replace(message, tokens=(richer[: -1 - len(signature)] + signature + token[at:],))


def _turned(message: Transfer) -> Transfer:
    token = message.tokens[0]
    return replace(message, tokens=(token[:-1] + bytes((token[-1] ^ 1,)),))


def _doubled(message: Transfer) -> Transfer:
    return replace(message, tokens=(*message.tokens, *message.tokens))


def _steal(stage: Stage, town: Town, aigul: Purse, stolen: Path) -> None:
    stage.scene(
        "A thief with Aigul's files",
        "What lies on the disk is sealed under a key that only the element and the PIN together give.",
    )
    stage.say("He guesses a PIN.")
    guessing = Programs({**town.programs().environment, "TENGE_PIN": "000000"})
    words = ["wallet", "balance", "--wallet", aigul.name, "--json"]
    _refused(stage, "guess", _code(guessing.run(words, network=False)))
    files = [file for file in stolen.rglob("*") if file.is_file()]
    readable = [file for file in files if aigul.person.number.encode() in file.read_bytes()]
    stage.check(f"Of {len(files)} copied files none shows whose they are", bool(files) and not readable)
    stage.fact("held_tiyn", aigul.balance())


def _recolour(stage: Stage, school: Purse, merchant: Purse) -> None:
    stage.scene(
        "Meal money in a shop",
        "The purpose is part of what the National Bank signed; no wallet can take it off.",
    )
    no = school.try_to_pay(merchant, MEAL_TIYN)
    _refused(stage, "shop", no.code, no.sentence)


def _spend_the_copy(stage: Stage, folder: Path, aigul: Purse, copy: Purse, dana: Purse) -> None:
    stage.scene(
        "The original pays too, and by bad luck pays the same person",
        "Two signatures of one key under one note lie side by side in one wallet: a proof, with no network.",
    )
    stage.say(f"{copy.shown} has paid {dana.shown} {amount_text(NOTE_TIYN)}; {aigul.shown} has the note yet.")
    before = dana.balance()
    request, false = folder / "asked-again.tenge", folder / "second.tenge"
    dana.do("request", plain_tenge(PRICE_TIYN), "--out", str(request))
    aigul.do("pay", str(request), "--yes", "--out", str(false))
    _refused(stage, "second", _code(dana.run("receive", str(false))))
    stage.check("Dana's balance is what it was", dana.balance() == before)


def _frame(stage: Stage, town: Town, dana: Purse) -> None:
    stage.scene(
        "Blaming somebody else",
        "A proof names the key that signed twice. Written over, it names nobody.",
    )
    true, false = town.folder / "true-proof.tenge", town.folder / "false-proof.tenge"
    dana.do("proof", "--out", str(true))
    proof = FORK_PROOF.decode(unwrap(true.read_bytes())[1], "proof")
    innocent = SigningKey(SystemEntropy().draw(SEED_BYTES)).public_key
    false.write_bytes(FORK_PROOF.encode(replace(proof, key=innocent)))
    for name, file in (("proof", true), ("frame", false)):
        judged = town.programs().run(
            ["verify-proof", str(file), "--root", town.root_key().hex(), "--json"], network=False
        )
        stage.fact(name, judged.told.get("code", "holds"))
    stage.check("The true proof holds with the root key alone", stage.facts["proof"] == "holds")
    _refused(stage, "frame", str(stage.facts["frame"]))


def _settle(stage: Stage, town: Town, aigul: Purse, dana: Purse) -> None:
    stage.scene(
        "Everybody comes home",
        "What was refused moved nothing; what was taken is money.",
    )
    was = dana.account_tiyn()
    dana.come_home(stage)
    stage.fact("dana_credited_tiyn", dana.account_tiyn() - was)
    stage.check(f"{dana.shown} is credited {amount_text(NOTE_TIYN)}", dana.account_tiyn() - was == NOTE_TIYN)
    aigul.sync(stage)
    close(stage, town)
