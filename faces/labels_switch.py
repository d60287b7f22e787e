"""What `tenge switch` says. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

SWITCH: Final[Mapping[str, str]] = {
    "switch.up": "The card switch runs. Terminals of {bank} come to {where}.",
    "switch.up-already": "The card switch runs already.",
    "switch.down": "The card switch is down; its rows stay, and the next start goes on from them.",
    "switch.none-up": "No card switch runs here.",
    "switch.no-town": "No town is up, so no bank would answer. First: `tenge up`",
    "switch.not-started": "The switch did not start. What it said stands in {file}.",
    "switch.links-up": "Links that are up: {count}",
    "switch.link-down": "Not up: {host} to {link}, {state}",
    "switch.bank-up": "The node of {bank} is there. Orders without an answer: {count}",
    "switch.bank-away": "The node of {bank} is not there. Orders without an answer: {count}",
    "switch.stands": "{host}: {stands_tiyn} approved and not taken back. Questions: {count}",
    "switch.owed": "{host}: reversals that nobody has acknowledged yet: {count}",
    "switch.watching": "Every message from now on; end with Ctrl-C.",
    "switch.terminal": "Terminal {terminal}; its settings and keys are in {file}. "
    "Next: `tenge pos card set --from {file}`",
    "switch.day-bank": "{bank}: its cards spent {issued_tiyn}. Operations: {count}",
    "switch.day-pays": "{bank} pays {other} {amount_tiyn}.",
    "switch.day-is-paid": "{bank} is paid {amount_tiyn} by {other}.",
    "switch.day-merchant": "Merchant {merchant}: {amount_tiyn}",
    "switch.day-machines": "the bank's own cash machines",
    "switch.day-refused": "{bank} booked nothing of it: {code}",
    "switch.day-differs": "Differs at {bank}: {what} is {switch_tiyn} here and {bank_tiyn} there.",
    "switch.day-till": "Differs at till {terminal}: {till_tiyn} there and {switch_tiyn} here.",
    "switch.day-hosts": "Differs between hosts: {what} is {acquirer_tiyn} at the acquirer, "
    "{network_tiyn} at the network, {issuer_tiyn} at the issuer.",
    "switch.day-agrees": "Day {day}: till, switch and bank agree.",
    "switch.day-does-not": "Day {day}: the lines above differ.",
    "switch.what-link": "line {link}: {state}",
    "switch.what-barred": "a reversal of this came first, so it is refused: {key}",
    "switch.what-repeated": "asked again, same answer: {key}",
    "switch.what-duplicate-differs": "asked again with other content, refused: {key}",
    "switch.what-late": "an answer that nobody waits for any more, from {link}: {code}",
    "switch.what-unknown-original": "a reversal of what is not known here; remembered: {key}",
    "switch.what-time-out": "no answer from {link}: {key}",
    "switch.what-declined": "declined with {code}, {why}: {key}",
    "switch.what-unreadable": "not understood, from {link}: {field}",
    "switch.what-unread": "no message of this dialect, from {link}: {field}, {code}",
    "switch.what-unframed": "nothing more can be read from {link}, which is closed: {field}",
    "switch.what-unsayable": "a message that {link} cannot carry: {field}",
    "switch.what-nobody-there": "nobody is there to hear it: {link}",
    "switch.what-day-refused": "bank {bank} booked nothing of the day: {code}",
    "switch.answered": "{title}: {words}",
    "switch.no-answer": "No answer within {seconds} s.",
}
"""Under keys of ours."""
