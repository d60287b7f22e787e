"""The frame around a command's help and its usage errors: what the command library itself says.

The library speaks English only; where another language is in use, its words are found by these templates and
said in that language (``faces/commands.py``).
"""

from collections.abc import Mapping
from typing import Final

FRAME: Final[Mapping[str, str]] = {
    "command.usage": "Usage:",
    "command.options": "Options:",
    "command.arguments": "Arguments:",
    "command.commands": "Commands:",
    "command.examples": "Examples:",
    "command.example": "Example:",
    "command.slot-options": "[OPTIONS]",
    "command.slot-command": "COMMAND [ARGS]...",
    "command.help": "Show this message and exit.",
    "command.default": "[default: {value}]",
    "command.required": "[required]",
    "command.try": "Try '{command}' for help.",
    "command.error": "Error:",
    "command.aborted": "Aborted!",
    "command.no-option": "No such option: {name}",
    "command.possible": "(Possible options: {names})",
    "command.no-command": "No such command '{name}'.",
    "command.did-you-mean": "Did you mean {names}?",
    "command.missing-command": "Missing command.",
    "command.missing-argument": "Missing argument '{name}'.",
    "command.missing-option": "Missing option '{name}'.",
    "command.extra": "Got unexpected extra argument(s) ({names})",
    "command.needs-argument": "Option '{name}' requires an argument.",
    "command.invalid": "Invalid value for {name}:",
    "command.not-a": "Value '{value}' is not a valid {kind}.",
}
"""What the library prints, under keys of ours."""

LINES: Final[Mapping[str, str]] = {
    # --- heads of tables
    "head.payment": "payment",
    "head.when": "when",
    "head.amount": "amount",
    "head.with": "with",
    "head.for": "for",
    "head.status": "status",
    "head.piece": "piece",
    "head.hops-left": "hops left",
    "head.good-until": "good until",
    "head.only-for": "only for",
    "head.state": "state",
    "head.number": "number",
    "head.code": "code",
    "head.where": "where",
    "head.facts": "facts",
    "head.change": "change",
    "head.form": "form",
    "head.what": "what",
    "head.reference": "reference",
    "head.channel": "channel",
    "head.card": "card",
    "head.rrn": "RRN",
    # --- what is open: one line each, right before its colon-less text
    "standing.certain": "certain",
    "standing.waits": "waits",
    "standing.why": "why",
    "standing.do": "do",
    "standing.or": "or",
    # --- whose wallet this is
    "info.wallet": "wallet",
    "info.owner": "owner",
    "info.bank": "bank",
    "info.device": "device",
    "info.account": "account",
    "info.name-shown": "name shown",
    "info.keys-fresh": "keys fresh",
    "info.directory-number": "directory number",
    "info.list-number": "list number",
    "info.list-date": "list date",
    "info.time-floor": "time floor",
    "info.root-key": "root key",
    "info.synced-at": "synced at",
    "info.paid-since-sync-tiyn": "paid since sync tiyn",
    "info.counter": "counter",
    "info.behind": "behind",
    # --- questions
    "prompt.code": "Activation code",
    "prompt.new-pin": "New PIN",
    "prompt.new-pin-first": "New PIN (at least 4 digits)",
    "prompt.puk": "PUK",
    "prompt.till-pin": "PIN of this till",
    "prompt.card-pin": "PIN of the card, typed by its holder",
    "prompt.yes-or-no": "yes or no?",
    "prompt.again": "Once more",
    # --- the town
    "town.no-command": "there is no command '{name}'. `tenge --help` lists them.",
    "town.no-part": "There is no part {name}. There are: {known}.",
    "town.no-story": "There is no story '{name}'. There are: {known}.",
    "town.down": "The town is down.",
    "town.none-up": "No town was up.",
    "town.broke-off": "The story broke off: {why}",
    "town.no-root": "Say whom you trust: --root with the root key or a file of it "
    "(`tenge platform root` prints it).",
    # --- a command that was written wrongly
    "usage.no-bank": "There is no bank {bank}. There are: {known}.",
    "usage.card-bank": "--card wants --bank, the number of the bank it belongs to. There are: {known}.",
    "usage.rule": "--rule takes hexadecimal digits.",
    "usage.amount-or-all": "Give an amount or --all.",
    "usage.root": "--root takes 64 hexadecimal digits, or a file with them.",
    "usage.channel": "--channel is one of: {channels}.",
    "usage.code-or-scan": "Give the code's text or --scan.",
    "usage.request": "Give either the request, --scan, --socket or --tap.",
    "usage.tap-amount": "A purse card asks for what is typed: --tap READER --amount 500, without --as-card.",
    "usage.tap": "--as-card goes with --tap, and neither with an outlet for the message.",
    "usage.message": "Give the message that came, or an amount with --socket.",
    "usage.receipt": "Give either the receipt, a payment's number or --scan.",
    "usage.message-or-scan": "Give either the message or --scan.",
    "usage.till-name": "A till's name has 1 to 60 printable characters and no '/'.",
    "usage.browser-extra": "This needs one more library: pip install 'digital-tenge[browser]'.",
    "usage.stdin-taken": "Standard input carries the message: say --yes, or give a file.",
    "usage.wallet-name": "A wallet's name has 1 to 60 printable characters and no '/'; "
    "a gateway's address at most 200.",
}
"""What commands say beside the sentences of ``words.py`` and ``phrases.py``."""
