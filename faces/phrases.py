"""What the wallet tells people when things go well, and what to do when something is open.

The other half of the catalogue: ``words.py`` has a sentence for each way a thing can fail, this file for each
way it succeeds, by the same rules.
"""

from collections.abc import Mapping
from typing import Final

from faces.amounts import fact_text
from faces.language import filled, translated
from faces.words import sentence
from tender.errors import Code, Refusal, RemoteProtocolError

ENGLISH: Final[Mapping[str, str]] = {
    # --- a wallet's life
    "created": "Wallet {name} is ready. Next: `tenge wallet enrol` with the code your bank gave you.",
    "card-puk": "The card's PUK is {puk}. Write it down and keep it away from the card: it is told only now, "
    "and it alone unblocks the PIN.",
    "card-unblocked": "The card has its new PIN, and three tries for it.",
    "card-pin-blocked": "The PIN is blocked. Unblock it with the PUK: `tenge wallet card unblock`.",
    "card-made": "{file} is a blank card now. Next: `tenge wallet create --card file:{file}`.",
    "enrolled": "This device now belongs to {owner} at {bank}. {keys} one-time keys are certified.",
    "account-opened": "The Digital Tenge account is open.",
    "pin-changed": "The PIN is changed.",
    "backed-up": "History and contacts are saved[ in {file}]. The backup holds no money and no keys.",
    "backed-up-newest": "A backup has no room for more: it holds the newest {payments} payments; {left_out} "
    "older lines stay on this device only.",
    "restored": "{count} payments came back into the history. No money was restored: a backup holds none.",
    "name-shown": "From now on the people you pay, and who pay you, see your name.",
    "name-told-later": "Your bank is not within reach; it is told before your next online payment.",
    "name-hidden": "From now on your name and phone are hidden from the people you pay and who pay you.",
    "proof-saved": "The proof is saved in {file}. Anybody can check it: `tenge verify-proof {file}`.",
    "contact-kept": "{name} is in your contacts.",
    "contact-forgotten": "{name} is no longer in your contacts.",
    "lost-reported": "The device is blocked: {revoked} keys are on list {list_number}. "
    "What was on it comes back to its owner after the claim window.",
    # --- with the bank
    "converted": "Done. On the account: {dt_tiyn} Digital Tenge, {noncash_tiyn} ordinary tenge.",
    "accounts": "On the accounts: {dt_tiyn} Digital Tenge, {noncash_tiyn} ordinary tenge.",
    "loaded": "{amount_tiyn} are on this device now, in {pieces} pieces. On the account: {account_tiyn}.",
    "renewed": "{amount_tiyn} for {purpose} are fresh: new days, all hops.",
    "renew-stays": "{amount_tiyn} more for {purpose} wait for you at the National Bank: this device may not "
    "hold them now. Spend some, then `tenge wallet renew`.",
    "transferred": "{amount_tiyn} went to {party}. On the account: {account_tiyn}.",
    "noncash-paid": "{amount_tiyn} went to merchant {party} as ordinary tenge. On the account: "
    "{account_tiyn}.",
    "deposited": "{settled_tiyn} are credited. On the account: {account_tiyn}.",
    "deposit-waits": "{waiting_tiyn} are handed in and wait; they are not lost. What for: "
    "tenge wallet status.",
    "deposit-refused": "{refused_tiyn} were refused by the bank.",
    "deposit-barred": "{barred_tiyn} have a purpose and stay on the device: only whom the purpose names may "
    "deposit them. They can be spent there; `tenge wallet renew` makes them fresh.",
    "deposit-later": "The claims are signed and stored; they go to the bank at the next sync.",
    "deposit-empty": "There was nothing on the device to deposit.",
    "synced": "Synced. {recorded} records shown to the bank; list of blocked devices {list_number}; on the "
    "account: {account_tiyn}.",
    "notice-fork": "Money you had to do with was signed away twice ({amount_tiyn}). "
    "The proof is kept: `tenge wallet proof`.",
    "notice": "The bank says: {kind}[ ({code})].",
    # --- between devices
    "requested": "You ask for {amount_tiyn}[ for “{purpose}”]. Payment {payment}. Give this to the payer.",
    "proposal": "Pay {amount_tiyn} to {party}[ for “{purpose}”]?",
    "proposal-change": "{change_tiyn} stay with you as change.",
    "paid": "{amount_tiyn} paid[ to {party}]. Payment {payment}: give the message to the payee and wait for "
    "the receipt.",
    "acknowledged": "{amount_tiyn} paid[ to {party}], and the payee's receipt is here. Payment {payment}.",
    "received": "{amount_tiyn} received[ from {party}]: yours, spendable now. Payment {payment}. "
    "Give the receipt back.",
    "received-again": "This payment was here before; nothing was counted twice. The same receipt again.",
    "returned": "{amount_tiyn} came back to you. Payment {payment}.",
    "refunded": "{amount_tiyn} go back to the payer: give them this message. Payment {payment}.",
    "declined": "You said no. Nothing was paid.",
    "orders-wait": "An order has gone out and was not answered. It may be done by now, and is done only "
    "once: `tenge wallet sync` asks again. Do not pay in another way before.",
    "other-says": "The other device says: “{why}”",
    "cancelled": "Payment {payment} is given up. Nothing that was signed is lost.",
    "resent": "The same bytes as before for payment {payment}.",
    "receipt": "Receipt: {amount_tiyn}, payment {payment}, on {time}, signed by the payee. The list of "
    "blocked devices the payee knew is of {list_date}.",
    "bank-replies": "{count} signed by your bank about the money of payment {payment}: it says there that it "
    "is settled.",
    "listening": "Waiting for the payer at {socket}: {amount_tiyn}. Payment {payment}.",
    "connected": "Connected.",
    "somebody": "somebody at {bank}",
    "wire-torn": "The other side is gone. Run the same command again to go on.",
    "wire-torn-waiting": "The payer went away in the middle; still waiting.",
    "card-passed": "{amount_tiyn} went from card {payer} to card {payee}. Payment {payment}.",
    "card-passed-again": "{amount_tiyn} from card {payer} to card {payee}: this payment was begun before, "
    "on {begun_at}, and is finished now; nothing is paid twice. Payment {payment}.",
    "earlier-finished": "{amount_tiyn}, begun on {begun_at} and torn, are finished too. Payment {payment}.",
    "earlier-and": "Pay {amount_tiyn} beside them?",
    "card-at": "From now on this wallet looks for its card at {where}.",
    "card-last-at": "This wallet looks for its card at {where}. If it lies elsewhere: give the reader "
    "in TENGE_CARD for once, or to `tenge wallet card at` for good.",
    # --- balances
    "balance": "In hand: {spendable_tiyn}",
    "balance-purpose": "  of it for {purpose} only: {amount_tiyn}",
    "balance-last-hop": "  of it can only be deposited: {amount_tiyn} (passed on as often as it may)",
    "balance-waiting": "On its way to the account: {waiting_tiyn}",
    "balance-pending": "Asked for, not here yet: {pending_tiyn}",
    "balance-refused": "Refused by the bank: {refused_tiyn}",
    "balance-account": "On the account, as of {told_at}: {account_tiyn} Digital Tenge, {noncash_tiyn} tenge",
    "lost-here": "The bank has this device reported lost. `tenge wallet status` says what to do.",
    "behind": "This file is an old copy. Sync before you pay.",
    "nothing-open": "Nothing is open. Every payment has ended.",
    "standing": "In hand, whatever else is open: {spendable_tiyn}. Open: {open}.",
    "thing-payment": "{name}  {amount_tiyn}[ to {party}]",
    "thing-request": "{name}  {amount_tiyn} asked for[, from {party}]",
    "thing-claim": "On its way to the account: {amount_tiyn}",
    "thing-claim-waits": "Handed in, not credited yet: {amount_tiyn}",
    "thing-claim-refused": "Handed in and not credited: {amount_tiyn}",
    "thing-last-hop": "For a deposit only: {amount_tiyn}",
    "thing-blocked-key": "On a blocked key: {amount_tiyn}",
    "thing-colour-kept": "Kept with its purpose: {amount_tiyn}",
    "thing-colour-old": "With a purpose, to be made fresh: {amount_tiyn}",
    "thing-unwritten": "Signed and not written down: {amount_tiyn}",
    "thing-order": "An order to the bank: {code}",
    "thing-fork": "A fraud that is proved",
    "thing-behind": "This file is an old copy",
    "thing-lost": "This device is reported lost",
    "undelivered": "No receipt yet for {count}. To have the payee asked: `{command}`.",
    # --- keep or return
    "late-asked": "The payee is asked whether it keeps or returns {amount_tiyn}. Payment {payment}. "
    "Silence returns it after {until}; you need do nothing but sync.",
    "late-kept": "The payee keeps {amount_tiyn}. Payment {payment} is paid.",
    "late-returned": "The payee gave {amount_tiyn} back. Payment {payment} is returned.",
    "late-silent": "Nobody answered for payment {payment}: {amount_tiyn} are credited to your account. "
    "Money with a purpose comes back with `tenge wallet renew`.",
    "late-kept-here": "{amount_tiyn} that were lost on the way came through the bank: yours. "
    "Payment {payment}.",
    "late-given-back": "{amount_tiyn} that came too late for payment {payment} went back to their payer.",
    "late-waits": "{amount_tiyn} were handed over for payment {payment} and cannot be taken yet[ ({code})]: "
    "`tenge wallet status` says what to do.",
    "freed": "Anybody may pay request {payment} now.",
    "not-lost": "The bank hears this device; none of its keys is blocked.",
    "found": "The bank hears this device again. Its old keys stay blocked for ever: deposit what it holds, "
    "then load again.",
    "order-open": "The bank's answer to “{kind}” is still to come; it is asked again at every sync.",
    "no-history": "No payments yet.",
    "no-incidents": "Nothing was ever refused here.",
    "no-contacts": "No contacts yet.",
    # --- what is certain about an open payment
    "nothing-signed": "nothing is signed and nothing was paid",
    "perhaps-signed": "you said yes; the money is signed away once, to this payee only",
    "signed-away": "the money is signed away to this payee; nobody else can have it",
    "signed-not-written": "it is signed away once, and the signature is kept",
    "nothing-moved": "nothing moved",
    "nothing-counted": "nothing has come yet",
    "part-arrived": "part of the money is here and counts when the rest comes",
    "claim-signed": "the money is claimed for your account and for nothing else",
    "came-and-not-taken": "its money came and could not be taken; nothing was counted",
    "claim-handed-in": "the bank has your claim; nobody else can have this money",
    "claim-not-credited": "the bank has your claim and does not credit it",
    "only-deposit": "it is yours; it can no longer be passed on",
    "only-renew": "it is yours; it can no longer be passed on, and no account takes it",
    "key-blocked": "it is yours; nobody takes it in hand any more",
    "order-once": "“{kind}” is ordered; it happens once or not at all",
    "fork-proved": "somebody signed money away twice that came by here; no honest holder loses",
    "file-is-old": "this is an older copy of the wallet; nothing in it is spent twice",
    "device-lost": "the bank refuses its orders; its keys are blocked",
    # --- what it waits for
    "waits-for-you": "for you",
    "waits-for-you-to-choose": "for you: make it possible, or give it back",
    "waits-for-ready": "for the payee to say that the offered money is good",
    "waits-for-signature": "for a signature that a cut held up",
    "waits-for-receipt": "for the payee's receipt",
    "waits-for-terminal": "for another tap with the same payee, or for a sync: either ends it",
    "waits-for-answer": "for the payee to keep or return it; silence returns it in the end",
    "waits-for-payer": "for somebody to pay",
    "waits-for-first-payer": "for somebody who began to pay and went away",
    "waits-for-rest": "for the rest, which the payer sends again",
    "waits-for-bank": "for the bank's answer",
    "waits-for-national-bank": "for the National Bank",
    "waits-for-nothing": "for nothing; every sync asks again where that can help",
    "waits-for-settlement": "for settlement, which pays every honest holder",
    "waits-for-sync": "for a sync; until then it neither pays nor asks",
    "waits-for-window": "for you, or for the claim window's end, when it comes home",
    # --- what to do about it
    "nothing": "nothing",
    "show-request-again": "show the request again: `tenge wallet resend {payment}`",
    "pay-again": "pay the same request again, or leave it",
    "send-again": "send the same bytes again: `tenge wallet resend {payment}`",
    "wait-for-rest": "ask the payer to send it again",
    "fetch-receipt": "ask the payee for the receipt",
    "sync": "sync when the bank can be reached",
}


def phrase(name: str, language: str = "", /, **facts: str | int) -> str:
    """The sentence of this name with its facts; amounts, dates and counts by the ending of their names."""
    template = translated(f"phrase.{name}", ENGLISH.get(name, name), language)
    return filled(template, {key: fact_text(key, value) for key, value in facts.items()})


def heard(refusal: Refusal, message: bytes) -> str:
    """Why a message brought nothing. A message that says no itself gives the other side's reason: it is told
    as its own and not as this device's."""
    from tender.cash.messages import Kind, unwrap

    why = sentence(refusal)
    try:
        kind, _ = unwrap(message)
    except RemoteProtocolError:
        return why
    theirs = kind is Kind.REFUSED and refusal.code is not Code.PAYER_DECLINED
    return phrase("other-says", why=why) if theirs else why


def party(name: str, phone: str, business_number: str, bank: int) -> str:
    """How somebody is called: the attested name, else the public business number, else a device of a bank."""
    from tender.account.participants import name_of

    if name:
        return f"{name} ({phone})" if phone else name
    return (
        f"{business_number} ({name_of(bank)})" if business_number else phrase("somebody", bank=name_of(bank))
    )
