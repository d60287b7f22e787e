"""What the wallet's screens around the payment say: home, history, accounts, settings, first run.

The rules are those of ``labels.py``.
"""

from collections.abc import Mapping
from typing import Final

HOME: Final[Mapping[str, str]] = {
    # --- keys at the foot, one short word each
    "key.pay": "Pay",
    "key.request": "Request",
    "key.scan": "Scan",
    "key.transfer": "Send",
    "key.accounts": "Accounts",
    "key.history": "History",
    "key.sync": "Sync",
    "key.devices": "Devices",
    "key.settings": "Settings",
    "key.quit": "Quit",
    "key.back": "Back",
    "key.search": "Search",
    # --- home
    "home.in-hand": "In hand",
    "home.accounts": "Accounts",
    "home.newest": "Newest payments",
    "home.open": "Not finished: {count}",
    "home.nobody": "Not with a bank yet",
    "home.offline": "Offline since {since}",
    "home.synced": "Synced {at}",
    "home.never-synced": "Not synced yet",
    "home.everything": "for everything",
    "home.other-purposes": "other purposes",
    "home.pending": "Asked for:",
    "home.on-its-way": "On its way:",
    "home.refused": "Not credited:",
    "home.only-deposit": "For a deposit only:",
    "home.behind": "An old copy: sync first",
    "home.noncash": "Ordinary tenge",
    "home.sum": "All Digital Tenge",
    "home.as-of": "as the bank said {at}",
    "home.shut": "{name}: closed",
    "home.since": "since {at}",
    "home.waits": "waits {waits}",
    # --- kinds of movement
    "channel.offline": "somebody",
    "channel.online": "somebody",
    "channel.load": "onto this device",
    "channel.deposit": "to the account",
    "channel.convert": "tenge and Digital Tenge",
    "channel.refund": "given back",
    "channel.restored": "from a backup",
    # --- the door
    "unlock.title": "Wallet {name}",
    "unlock.locked": "Wallet {name} is locked. Nobody was here for a while.",
    "unlock.hint": "Type your PIN and press Enter.",
    "unlock.opening": "Opening …",
    # --- safety rules
    "rules.title": "Before you begin: six rules that keep your money safe",
    "rules.pin": "Your PIN is yours alone. Nobody from a bank will ever ask for it.",
    "rules.look": "Before you say yes, read whom you pay and how much. What is signed cannot be called back.",
    "rules.code": "A code that somebody sends you takes money, it never brings any. "
    "Scan only what you mean to pay.",
    "rules.lost": "If this device is lost, tell your bank at once: its keys are blocked, and what was on it "
    "comes back to you later.",
    "rules.backup": "A backup keeps your history, not your money. Carry on the device "
    "what you would carry in a purse.",
    "rules.offline": "Without a network you can pay and be paid. Sync when you can: "
    "then your bank knows, too.",
    "rules.understood": "I have read this",
}
