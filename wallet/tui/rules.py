"""The safety rules, shown once when a wallet is first opened, and again whenever somebody asks (DT-Z-12)."""

from typing import Final

from faces.language import label
from faces.screens.notice import Notice

RULES: Final = ("rules.pin", "rules.look", "rules.code", "rules.lost", "rules.backup", "rules.offline")


def rules() -> Notice:
    """The rules, to be read and closed."""
    return Notice(
        label("rules.title"),
        "\n\n".join(f"{place}. {label(key)}" for place, key in enumerate(RULES, 1)),
        close=label("rules.understood"),
    )
