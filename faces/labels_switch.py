"""What `tenge switch` says. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

SWITCH: Final[Mapping[str, str]] = {
    "switch.up": "The card switch runs. Terminals of {bank} come to {where}.",
    "switch.up-already": "The card switch runs already, as it was started; to start it otherwise, first "
    "`tenge switch down`.",
    "switch.down": "The card switch is down; its rows stay, and the next start goes on from them.",
    "switch.none-up": "No card switch runs here.",
    "switch.no-town": "No town is up, so no bank would answer. First: `tenge up`",
    "switch.not-started": "The switch did not start. What it said stands in {file}. If another version wrote "
    "its rows: `tenge down`, then `tenge up --fresh` begins a new town.",
    "switch.status-host": "Host",
    "switch.status-links": "Links",
    "switch.status-stands": "Approved, not taken back",
    "switch.status-questions": "Questions",
    "switch.status-owed": "Reversals owed",
    "switch.status-links-all": "{up} of {count} up",
    "switch.status-terminals": "terminals: {count}",
    "switch.status-node": "bank's node",
    "switch.status-node-up": "there",
    "switch.status-node-away": "not there",
    "switch.status-waiting": "{count} without an answer",
    "switch.link-down": "Not up: {host} to {link}, {state}",
    "switch.watching": "Every message from now on; end with Ctrl-C.",
    "switch.no-such-bank": "There is no bank {bank}. There are: {banks}.",
    "switch.port-wrong": "{word} is no `BANK=PORT`. The banks are: {banks}; a port is a number up to 65535.",
    "switch.outside-wrong": "{word} is no link and port, such as `visa:issuer/601=listen:9001` or "
    "`acquirer-601:visa=connect:9002`.",
    "switch.not-hex": "Line {line} of {file} is no message in hexadecimal. Nothing was sent.",
    "switch.terminal": "Terminal {terminal}; its settings and keys are in {file}. "
    "Next: `tenge pos card set --from {file}`",
    "switch.bank-waited-for": "A bank has not answered yet; it is waited for, up to a minute …",
    "switch.day-unheard": "Not every bank has answered. The day is closed, and they are asked until they do; "
    "`tenge switch day` shows it then.",
    "switch.day-bank": "{bank}: its cards spent {issued_tiyn}. Operations: {count}",
    "switch.day-pays": "{bank} pays {other} {amount_tiyn}.",
    "switch.day-is-paid": "{bank} is paid {amount_tiyn} by {other}.",
    "switch.day-merchant": "{bank} credits merchant {merchant}: {amount_tiyn}",
    "switch.day-machines": "{bank}'s own cash machines gave out {amount_tiyn}.",
    "switch.day-decided": "{bank} bears {amount_tiyn} of {operation}, on {account}: {reason} ({officer})",
    "switch.day-refused": "{bank} booked nothing of it: {code}",
    "switch.day-differs": "Differs at {bank}: {what} is {switch_tiyn} here and {bank_tiyn} there.",
    "switch.day-till": "Differs at till {terminal}: {till_tiyn} there and {switch_tiyn} here.",
    "switch.day-batch-open": "The batch of terminal {terminal} is still open: `tenge pos card close`",
    "switch.day-hosts": "Differs between hosts: {what} is {acquirer_tiyn} at the acquirer, "
    "{network_tiyn} at the network, {issuer_tiyn} at the issuer.",
    "switch.day-agrees": "Day {day}, closed {date}: till, switch and bank agree.",
    "switch.day-does-not": "Day {day}, closed {date}: the lines above differ.",
    "switch.what-link": "line {link}: {state}",
    "switch.what-barred": "a reversal of this came first, so it is refused: {key}",
    "switch.what-repeated": "asked again, same answer: {key}",
    "switch.what-duplicate-differs": "asked again with other content, refused: {key}",
    "switch.what-late": "an answer that nobody waits for any more, from {link}: {code}",
    "switch.what-unknown-original": "a reversal of what is not known here; remembered: {key}",
    "switch.what-time-out": "no answer from {link}: {key}",
    "switch.what-declined": "declined with {code}, {why}: {key}",
    "switch.what-name-taken": "another question of the same life-cycle number, refused: {name}",
    "switch.what-unreadable": "not understood, from {link}: {field}",
    "switch.what-unread": "no message of this dialect, from {link}: {field}, {code}",
    "switch.what-unframed": "nothing more can be read from {link}, which is closed: {field}",
    "switch.what-unsayable": "a message that {link} cannot carry: {field}",
    "switch.what-nobody-there": "nobody is there to hear it: {link}",
    "switch.what-day-refused": "bank {bank} booked nothing of the day: {code}",
    "switch.no-messages": "There is no message in {file}, so nothing was sent.",
    "switch.answered": "{title}: {words}",
    "switch.no-answer": "No answer within {seconds} s.",
}
"""Under keys of ours."""
