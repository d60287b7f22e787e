"""What people are told: one clear sentence for every code, and one word for every status.

This is the one catalogue of the project. A sentence says what happened and what to do next, in plain words.
``{name}`` takes a fact of the refusal; a part in square brackets is dropped when its fact is missing, so a
sentence never shows a hole. Russian and Kazakh stand in the catalogues of ``language.py``; what they do not
have falls back to English. No screen library is needed here.
"""

from collections.abc import Mapping
from typing import Final

from faces.amounts import fact_text
from faces.language import facts_of, filled, translated
from faces.words_payment_cards import PAYMENT_CARDS
from tender.errors import Code, Refusal, TenderError

ENGLISH: Final[Mapping[Code, str]] = {
    # --- bytes
    Code.CBOR_MALFORMED: "This is not a message of Digital Tenge: its bytes cannot be read. "
    "Ask the sender to send it again.",
    Code.CBOR_NOT_CANONICAL: "This message was re-encoded on its way, so it is refused. "
    "Ask the sender for the original.",
    Code.FIELD_WRONG: "This message does not say what it must. "
    "Nothing was changed; ask the sender to update the app.",
    Code.MESSAGE_TOO_LONG: "This is too long to be a payment[: {bytes} bytes, {most} at most]. "
    "Check what you pasted.",
    Code.MESSAGE_TRUNCATED: "Part of the message is missing. "
    "Copy all of it (a text goes from TENGE1: to its full stop), or ask for it again.",
    Code.MESSAGE_UNKNOWN: "This is a message of another kind than the one expected here. "
    "Check which file or text you gave.",
    Code.TEXT_UNREADABLE: "This text is not a Digital Tenge message. "
    "Paste all of it, beginning with TENGE1:.",
    Code.VERSION_UNKNOWN: "The other side speaks a newer version. Update this program, then try again.",
    # --- signatures and certificates
    Code.SIGNATURE_WRONG: "A signature does not fit: something was changed after signing. "
    "Nothing was accepted.",
    Code.TYPE_CONFUSED: "A signature made for one purpose was offered for another. Nothing was accepted.",
    Code.KEY_UNSAFE: "The key offered is not a safe one, so it is refused.",
    Code.ISSUER_UNKNOWN: "This money names an issuer your device does not know. "
    "Sync with your bank; if it stays, refuse it.",
    Code.ISSUER_FORGED: "This money was not issued by the National Bank: its signature is false. "
    "Do not accept it.",
    Code.CERTIFICATE_WRONG: "The other device's certificate is false or damaged. "
    "Do not pay it and do not accept from it.",
    Code.CERTIFICATE_EXPIRED: "The other device's certificate has run out[ on {expiry}]. "
    "Its owner must sync with the bank.",
    Code.CERTIFICATE_REVOKED: "The bank has blocked the other device. "
    "Do not pay it and do not accept from it.",
    Code.CERTIFICATE_TOO_SHORT: "The holder's certificate ends before the money does. "
    "The holder must sync with the bank.",
    Code.CERTIFICATE_MISSING: "A holder's certificate is missing from the history. "
    "Ask the sender to send it again.",
    Code.DIRECTORY_WRONG: "The list of banks is not signed by the Certification Centre. "
    "Sync with your own bank.",
    Code.DIRECTORY_OLD: "The list of banks is older than the one you have. Nothing was changed.",
    Code.PROFILE_UNKNOWN: "The other device has a limit profile yours does not know. "
    "Sync with your bank, then try again.",
    # --- tokens
    Code.TOKEN_EXPIRED: "This money can no longer be passed on[: it expired on {expiry}]. "
    "Its holder should deposit it.",
    Code.TOKEN_DUPLICATED: "The same money was offered twice in one payment. Nothing was accepted.",
    Code.HOP_LIMIT: "Hop limit, reconnect needed: this money has changed hands as often as it may[ "
    "({hops_max} times)]. "
    "It stays with its holder, who deposits it at the bank.",
    Code.VALUE_CREATED: "The sums do not add up: more goes out than came in. Nothing was accepted.",
    Code.COLOUR_BROKEN: "This money has a purpose[ ({purpose})] and may not be spent here. "
    "Pay with other money.",
    Code.COLOUR_UNKNOWN: "This money has a rule your device does not understand, so it is refused. "
    "Update this program.",
    Code.ALREADY_SPENT: "This money was already spent. Nothing was changed.",
    Code.FORK_PROVED: "This money was signed away twice. "
    "The proof names the device that did it; an honest holder is paid.",
    Code.PROOF_EMPTY: "This file proves nothing: it does not show two different payments of the same money "
    "by one key.",
    # --- the conversation
    Code.REQUEST_REPLAYED: "This request was seen before. Ask for a new one.",
    Code.REQUEST_NOT_OURS: "This payment answers a request that is not yours. Give it to the one who asked.",
    Code.REQUEST_CLOSED: "This request was already paid. What came after it goes back to its sender.",
    Code.REQUEST_TAKEN: "Somebody else is paying this request. Ask the payee for another one.",
    Code.REQUEST_FREE: "Nobody has begun to pay this request, so anybody may pay it as it is.",
    Code.HAND_OVER_NEEDLESS: "Nothing can be handed over: this payment is not signed yet, or it has ended. "
    "See `tenge wallet history`.",
    Code.NONCE_MISSING: "The payment does not carry the number this request asked for. Nothing was accepted.",
    Code.AMOUNT_MISMATCH: "The amount is not the one that was asked for[: {amount_tiyn} instead of "
    "{wanted_tiyn}].",
    Code.AMOUNT_PARTIAL: "Only part of the payment has come[: {amount_tiyn} of {wanted_tiyn}]. "
    "Ask the payer to send it again.",
    Code.TERMS_UNMET: "The payee cannot take this payment as it is[: {term}]. "
    "Sync with the bank for fresh money, then try again.",
    Code.RETURNS_FULL: "Too much was sent to this request by mistake already; nothing more is taken for it. "
    "Ask for a new request. What was sent stays yours: hand it to your bank.",
    Code.RECEIPT_WRONG: "This receipt does not fit the payment. Ask the payee for the right one.",
    Code.OUT_OF_ORDER: "This message is not expected now. "
    "Nothing was changed; see `tenge wallet history` for what is open.",
    Code.PAYER_DECLINED: "The payer said no. Nothing was paid.",
    Code.PAYEE_IS_PAYER: "This request is your own. Give it to the one who should pay.",
    # --- amounts, limits, lists
    Code.AMOUNT_UNREADABLE: "This is not an amount. Write it like 500 or 1 250,50.",
    Code.AMOUNT_OUT_OF_RANGE: "The amount must be at least 0,01 ₸ and at most 10 995 116 277,75 ₸.",
    Code.CURRENCY_FOREIGN: "Only tenge can be paid here. Give the amount in tenge.",
    Code.NOT_ENOUGH_MONEY: "There is not enough money on this device[: {have_tiyn} of {need_tiyn}]. "
    "Load more, or pay less.",
    Code.LIMIT_PER_PAYMENT: "This is more than one payment may be[: at most {most_tiyn}]. "
    "Pay less, or pay online.",
    Code.LIMIT_HOLDING: "This is more than the device may hold[: at most {most_tiyn}]. "
    "Deposit some money first.",
    Code.LIMIT_SINCE_SYNC: "This device has paid as much as it may without the bank[: at most {most_tiyn}]. "
    "Sync, then pay.",
    Code.LIST_STALE: "The list of blocked devices is old, so only small payments are safe[: up to "
    "{most_tiyn}]. "
    "Sync, or pay less.",
    Code.LIST_WRONG: "The list of blocked devices is not signed by the Certification Centre. "
    "Sync with your own bank.",
    Code.LIST_GAP: "This news of blocked devices builds on a list that is not here. "
    "The payment is not touched; sync when you can.",
    Code.CORRECTION_WRONG: "The correction of the time is not signed by the Certification Centre. "
    "It was ignored; sync with your own bank.",
    # --- codes that are scanned
    Code.CODE_WRONG: "This payment code breaks the rules of such codes. "
    "Nothing was paid; ask the merchant for another one.",
    Code.CODE_CHECKSUM: "The code was misread or altered: its check number does not fit. Scan it again.",
    Code.CODE_NETWORK: "This code names no merchant that a bank here can pay[: it is for {network}]. "
    "Nothing was paid; ask the merchant for another one.",
    Code.CODE_FOREIGN: "This code cannot be paid here[: {what}]. Nothing was paid.",
    Code.CODE_PAID: "This code was paid already[: {amount_tiyn} on {at}]. "
    "Pay it again only if the merchant wants that: add `--again`.",
    # --- wallet and device
    Code.PIN_WRONG: "The PIN is wrong. Nothing is lost; each wrong try is counted.[ Tries left: {left}]",
    Code.PIN_WAIT: "Too many wrong PINs. Wait[ {wait_s} seconds], then try again; nothing was erased.",
    Code.PIN_TOO_SHORT: "The PIN is too short[: at least {least} digits]. Choose a longer one.",
    Code.STORE_EXISTS: "A wallet of this name is already here. Choose another name.",
    Code.STORE_MISSING: "There is no wallet of this name here[: {name}]. Make one with "
    "`tenge wallet create`, or name another with -w.",
    Code.STORE_TAMPERED: "The wallet's file is damaged or was changed from outside: nothing is paid from it. "
    "Put the whole file back; if it is gone, report the device lost.",
    Code.STORE_NEWER: "A newer version of this program wrote this wallet. "
    "Update this program; the file was not touched.",
    Code.STORE_BUSY: "This wallet or till is open elsewhere. Close it there, then try again.",
    Code.STORE_FULL: "The disk is full, so nothing was changed. Free some space, then try again.",
    Code.STORE_READ_ONLY: "The wallet's folder cannot be written. "
    "Nothing was changed; check its permissions.",
    Code.STORE_BEHIND: "This wallet's file is an old copy, so it cannot pay. "
    "Sync with your bank: what is yours comes back.",
    Code.STORE_FAILED: "The disk failed while the wallet was read or written. "
    "Nothing was changed; check the disk.",
    Code.ELEMENT_MISSING: "The wallet's secure element is not here, so it cannot sign. "
    "If it is lost, report the device lost.",
    Code.ELEMENT_REFUSED: "The secure element refused: it signs away each piece of money only once. "
    "Nothing was paid.[ One of an earlier wallet is there already: {folder}. Choose another name.]",
    Code.KEYS_EXHAUSTED: "The device has no unused keys left. Sync with your bank for new ones.",
    Code.NOT_ENROLLED: "This wallet or till does not belong to a bank yet. "
    "Use `tenge wallet enrol`, or `tenge pos enrol`, with the bank's activation code.",
    Code.NAME_WRONG: "A name needs at least one character, all on one line. Choose another.",
    Code.CONTACT_UNKNOWN: "There is no contact of this name. See `tenge wallet contacts`.",
    Code.PAYMENT_UNKNOWN: "There is no payment of this number here. See `tenge wallet history`.",
    Code.FILE_UNREADABLE: "The file cannot be read[: {file}]. Check its name and permissions.",
    Code.FILE_UNWRITABLE: "The file cannot be written[: {file}]. What was done is done and nothing is lost: "
    "get a payment's message again with `tenge wallet resend`.",
    Code.FILE_EXISTS: "There is a file of this name already[: {file}]. It was left as it is; choose another "
    "name.",
    Code.FOLDER_MISSING: "There is no such folder[: {folder}]. Make it first, or choose another.",
    Code.BACKUP_WRONG: "This is not a backup of this wallet, or it is damaged. Nothing was restored.",
    # --- codes on screens and in pictures
    Code.QR_FOREIGN: "This code is not one of Digital Tenge. Point at the code on the other wallet's screen.",
    Code.QR_FRAME_WRONG: "Part of this code is damaged and was left out. Keep the camera on the moving code.",
    Code.QR_HASH_WRONG: "The parts of this code do not make one message, so nothing was taken. "
    "Scan it again from the beginning.",
    Code.QR_NOT_FOUND: "There is no QR code of Digital Tenge in this[: {source}]. "
    "Take all of the code, sharp and with its white edge.",
    Code.QR_UNFINISHED: "Only part of the moving code was seen[: {have} of {needed} frames]. "
    "Nothing was changed; scan it again, for longer.",
    Code.PICTURE_UNREADABLE: "This picture cannot be read[: {source}]. "
    "Give a PNG, JPEG, GIF or WebP of at most 64 megapixels, or a video.",
    Code.CAMERA_MISSING: "No camera was found here. "
    "Connect one, or scan a picture, a folder or the clipboard.",
    Code.CAMERA_TAKEN: "The camera[ {source}] gives no picture: another program may be using it. "
    "Close that, or scan a picture instead.",
    Code.CAMERA_NOT_INSTALLED: "Cameras and videos need a library more: pip install 'digital-tenge[camera]'. "
    "Pictures, folders and the clipboard work without it.",
    Code.CLIPBOARD_MISSING: "The clipboard cannot be read here. "
    "Install wl-clipboard or xclip, or save the picture to a file.",
    # --- cards and their readers
    Code.CARD_MISSING: "There is no card on the reader[ {reader}]. Hold the card to it, then try again.",
    Code.CARD_GONE: "The card was taken away too early. Hold it to the reader again until it says done.",
    Code.CARD_OUTCOME_UNKNOWN: "The card did not answer to the end. "
    "Hold the same card to the reader again: it knows what was done, and nothing is paid twice.",
    Code.CARD_WRONG: "The card answers what no such card answers. Nothing was accepted; take another card.",
    Code.CARD_NOT_PURSE: "This card is no purse of Digital Tenge. Take another card.",
    Code.CARD_BLANK: "This card is blank: it is nobody's yet, so it can neither pay nor be paid. "
    "Make it yours with `tenge wallet create --card`, or take another card.",
    Code.CARD_NOT_BLANK: "This card is somebody's already, so it was left as it is. Take a blank one: "
    "`tenge card new`.",
    Code.CARD_OTHER_BANK: "This card was made for another bank, so nothing was sent.[ Its bank: {bank}] "
    "Go to that bank, or take a blank card.",
    Code.CARD_FULL: "The card is full, so nothing was signed. Put it on your own reader and sync.",
    Code.CARD_BLOCKED: "The card's PIN is blocked after too many wrong tries. "
    "Unblock it with the PUK: `tenge wallet card unblock`.",
    Code.CARD_PIN_NEEDED: "The card wants its PIN for this. Nothing was paid; give the PIN and hold the card "
    "to the reader again.",
    Code.CARD_SWAPPED: "This is another card than the one that began. "
    "Nothing was done with it; hold the first one to the reader again.",
    Code.CARD_SAME: "Both are the same card. Say with `--from` which one pays, "
    "and with `--to` which one is paid.",
    Code.EARLIER_FINISHED: "A payment of another amount was torn before and is finished now[: "
    "{amount_tiyn}]. Nothing else was paid; if the new amount is wanted too, begin again.",
    Code.CARD_ELSEWHERE: "This card lies in a virtual reader[: {reader}]. Give that reader instead of the "
    "file; a wallet is told of it by TENGE_CARD for once, or by `tenge wallet card at` for good.",
    Code.CARD_TAMPERED: "This card image is an old copy, or it was changed: nothing is signed "
    "with it[: {file}]. "
    "Use the newest one; if that is gone, report the card lost to your bank.",
    Code.PUK_WRONG: "The PUK is wrong, and the try is counted.[ Tries left: {left}] "
    "After the tenth wrong one the card signs nothing, ever.",
    Code.PUK_BLOCKED: "The PUK was wrong ten times: this card signs nothing, ever. "
    "Report it lost to your bank; what is on it comes back to you later.",
    Code.SESSION_WRONG: "This is no recorded session of a card[: {file}]. "
    "TENGE_CARD_SESSION=FILE before a command writes one.",
    Code.READER_MISSING: "There is no card reader here[ by the name {reader}]. "
    "Plug one in; `tenge card readers` shows those there are.",
    Code.READER_GONE: "The card reader was unplugged[: {reader}]. "
    "Plug it in, then hold the same card to it again.",
    Code.READER_TAKEN: "Another program is using this reader or this card[: {reader}]. "
    "Close that, then try again.",
    Code.READER_FULL: "A card lies on this reader already[: {reader}]. Take it away with "
    "`tenge card remove`, or choose another reader.",
    Code.PCSC_NOT_INSTALLED: "Card readers need a library more: pip install 'digital-tenge[pcsc]'. "
    "A card in a file works without it.",
    Code.PCSC_SILENT: "The smart card service of this computer does not answer. "
    "Start pcscd, or use `tenge card up`; a card in a file works without it.",
    Code.TAP_ONE_SIDED: "Both devices want to pay, or both want to be paid. "
    "Choose the other on one of them, then hold them together again.",
    **PAYMENT_CARDS,
    # --- the till
    Code.CASHIER_MISSING: "Nobody is signed on at this till. Sign on first.",
    Code.CASHIER_WRONG: "This cashier or this code is not known here. Try again.",
    Code.TRANSFER_NO_ACCOUNT: "This till has no Digital Tenge account to send money back from. "
    "Give it back in cash, or open an account with `tenge pos open-account`.",
    Code.SHIFT_CLOSED: "No shift is open. Open one first.",
    Code.SHIFT_OPEN: "A shift is open already. Close it with a Z report first.",
    Code.SALE_NONE: "There is no open sale. Put something into the basket first.",
    Code.SALE_EMPTY: "The basket has nothing here. Put something in first.",
    Code.SALE_BUSY: "This cannot be done with the sale as it stands now[ ({phase})]. "
    "Finish it, or take back the way to pay.",
    Code.CASH_SHORT: "The cash is not enough[: {given_tiyn} of {due_tiyn}]. Ask for the rest.",
    Code.TENDER_UNKNOWN: "This till cannot be paid in this way. Choose another.",
    Code.RECEIPT_UNKNOWN: "There is no receipt of this number at this till.",
    Code.RECEIPT_OLD: "This receipt cannot be taken back so[: it is of shift {shift}, which is over; "
    "give a refund][: its card batch {batch} is closed; give a refund][: {cancelled_by} has cancelled it "
    "already][: all of it went back already, by {gone_by}][: it gives money back itself, for "
    "{gives_back_for}][: it corrects {corrects}; name that one][: {back_tiyn} of it went back already, by "
    "{by}; the other {left_tiyn}: `tenge pos refund {receipt}`][: something of {elsewhere} was given back "
    "elsewhere; ask the bank].",
    Code.REFUND_TOO_MUCH: "More would go back than was paid[: {left_tiyn} are left]. Give back less.",
    # --- the platform and its participants
    Code.FONT_MISSING: "A receipt cannot be drawn: no font with Kazakh letters is installed. "
    "Install one, such as fonts-dejavu-core; the receipt as text works without.",
    Code.PRINTER_MISSING: "Receipts for a printer need a library more: pip install 'digital-tenge[printer]'. "
    "The receipt on the screen, as text and as PNG works without.",
    Code.PRINTER_UNREACHABLE: "The printer takes nothing[ at {place}]. Is it switched on? "
    "The receipt is kept and can be printed again.",
    Code.PRINTER_UNNAMED: "No printer is named here. "
    "Set TENGE_PRINTER to its device file, such as /dev/usb/lp0.",
    Code.PLATFORM_UNREACHABLE: "The bank cannot be reached. "
    "Offline payments go on working; try again when you are connected.",
    Code.PEER_UNREACHABLE: "The other device went away. "
    "Nothing is lost: run the same command again to finish.",
    Code.PORT_UNUSABLE: "This port of this computer cannot be had[: {port}]: something answers there "
    "already, or there is none of this number. Nothing was started; choose another with --port.",
    Code.SENDER_UNKNOWN: "The sender of this order is not known here. Enrol with the bank first.",
    Code.NOT_PERMITTED: "You may not do this. Ask your own bank.",
    Code.NOT_SUPPORTED: "This participant does not offer this. Ask your own bank what it offers.",
    Code.PARTICIPANT_BLOCKED: "This participant is blocked on the platform. Ask the National Bank.",
    Code.KYC_MISSING: "The bank has not identified this client yet. Bring a document to the bank.",
    Code.IIN_WRONG: "This individual number (IIN) cannot be right. Check the twelve digits.",
    Code.BIN_WRONG: "This business number (BIN) cannot be right. Check the twelve digits.",
    Code.PHONE_WRONG: "This is not a Kazakhstan mobile number. Write it like +7 701 234 56 78.",
    Code.ACTIVATION_WRONG: "The activation code is wrong or used up. Ask the bank for a new one.",
    Code.ACCOUNT_EXISTS: "There is a Digital Tenge account already: one per client and bank. Use that one.",
    Code.ACCOUNT_UNKNOWN: "There is no such account. "
    "Check the number, or open one with `tenge wallet open-account`.",
    Code.ACCOUNT_NOT_EMPTY: "There is still money in this account, or it is owed some[: {left_tiyn}]. "
    "An account is closed when nothing is in it.",
    Code.CLIENT_UNKNOWN: "The bank does not know this client. Check the number, or become a client first.",
    Code.PAYEE_UNKNOWN: "Nobody with this phone or number takes Digital Tenge. Check it with the payee.",
    Code.FUNDS_INSUFFICIENT: "There is not enough money on the account[: {have_tiyn} of {need_tiyn}]. "
    "Nothing was moved.",
    Code.FUNDS_ENCUMBERED: "Part of this money is held for a payment that is not finished[: {held_tiyn}]. "
    "Wait, or use less.",
    Code.CLIENT_SIGNATURE_MISSING: "The client's signature is missing, so the order is refused.",
    Code.BANK_SIGNATURE_MISSING: "The bank's signature is missing, so the order is refused.",
    Code.SUMS_DIFFER: "What goes in and what comes out of this transaction differ, so it is refused.",
    Code.ORDER_UNKNOWN: "There is no such order here. Check its number.",
    Code.NOT_APPROVED: "The National Bank has not approved this yet. Wait for the approval.",
    Code.DEVICE_UNKNOWN: "The bank does not know this device. Enrol it with an activation code.",
    Code.DEVICE_LOST: "This device was reported lost. "
    "Ask the bank for a new one; what was on it comes back later.",
    Code.CLAIM_EXPIRED: "The time to claim this money is over. It goes back to its last recorded owner.",
    Code.CLAIM_WAITS: "This money cannot be credited yet: what an earlier holder owes for it, or the credit "
    "itself, is on its way. It is not lost; sync later.",
    Code.CLAIM_OWN_FORK: "This money was signed away twice by your own device, so nobody pays it out to you.",
    Code.CLAIM_IN_REVIEW: "An earlier holder signed this money away twice, and so much is asked for it "
    "that a person at the National Bank looks first[: {review_tiyn} waits, {credited_tiyn} is credited]. "
    "It is not lost; sync later.",
    Code.CLAIM_DENIED: "The National Bank looked at this claim and does not cover it. "
    "Ask your bank for the reason.",
    Code.CLAIM_ORPHAN: "The National Bank does not know the root of this money yet, so it waits and counts "
    "for nothing until then. Keep it and sync later.",
    Code.ORPHANS_FULL: "Too many claims of this device wait for roots nobody knows, so this one is not kept. "
    "Ask your bank, and send it again later.",
    Code.COLOUR_KEPT: "This money keeps its purpose, and no account can take it: it waits at the National "
    "Bank. Load it again with the same purpose.",
    Code.CASE_REFERENCE_MISSING: "A pseudonym is opened only for a numbered case or a proof of fraud. "
    "Give one of them.",
}
"""Each code's sentence."""

STATUS_ENGLISH: Final[Mapping[str, str]] = {
    "created": "created, not sent yet",
    "waiting": "waiting",
    "requested": "asked for, not paid yet",
    "asked": "asked of you",
    "offered": "offered, nothing signed yet",
    "signing": "agreed to, being signed",
    "refunded": "given back to the payer",
    "cancelled": "given up",
    "sent": "sent, receipt not back yet",
    "handed-over": "handed over, the payee is asked",
    "received": "received, spendable now",
    "partial": "only part of it has come",
    "paid": "paid, receipt held",
    "returned": "returned to its sender",
    "taken-back": "taken back",
    "refused": "refused",
    "declined": "the payer said no",
    "claimed": "handed to the bank",
    "recorded": "seen by the platform",
    "already": "settled before",
    "settled": "settled",
    "approved": "approved",
    "rejected": "rejected",
    "expired": "expired",
    "lost": "reported lost",
    "failed": "failed, nothing moved",
}
"""A word for each status of a payment, a request or an upload."""


def sentence(refusal: Refusal | TenderError, language: str = "") -> str:
    """The sentence for a refusal or an error in the language in use (or this one), its facts filled in.

    Never raises, never shows an empty hole.
    """
    told = refusal.refusal if isinstance(refusal, TenderError) else refusal
    return filled(_template(told, language), {name: fact_text(name, value) for name, value in told.facts})


def _template(told: Refusal, language: str) -> str:
    english = ENGLISH.get(told.code, told.code.value)
    return translated(f"code.{told.code.value}", english, language)


def explain(refusal: Refusal | TenderError, language: str = "") -> str:
    """The sentence with its code, and the field and facts it did not use: what a support desk asks for."""
    told = refusal.refusal if isinstance(refusal, TenderError) else refusal
    used = facts_of(_template(told, language))
    rest = [told.code.value]
    if told.field:
        rest.append(f"at {told.field}")
    rest += [
        f"{name.removesuffix('_tiyn').removesuffix('_s').replace('_', ' ')} {fact_text(name, value)}"
        for name, value in told.facts
        if name not in used
    ]
    return f"{sentence(told, language)} ({', '.join(rest)})"


def status(name: str, language: str = "") -> str:
    """The word for a status; an unknown one is shown as it is."""
    english = STATUS_ENGLISH.get(name)
    return translated(f"status.{name}", english, language) if english else name.replace("-", " ")


def as_json(refusal: Refusal | TenderError) -> dict[str, object]:
    """The refusal for programs: ``{"code", "field", "facts", "sentence"}``."""
    told = refusal.refusal if isinstance(refusal, TenderError) else refusal
    return {
        "code": told.code.value,
        "field": told.field,
        "facts": dict(told.facts),
        "sentence": sentence(told),
    }
