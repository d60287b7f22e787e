"""What each screen behind the home screen looks like: title, body, keys at the foot, Escape goes back."""

from typing import ClassVar

from faces.screens.page import Key, KeyedScreen
from wallet.tui.app import WalletScreen

__all__ = ["Key", "Page"]


class Page(KeyedScreen, WalletScreen):
    """A keyed screen of the wallet; ``back`` stands last at the foot."""

    back: ClassVar[tuple[Key, ...]] = (("escape", "app.back", "key.back"),)

    def foot(self) -> tuple[Key, ...]:
        """Its own keys, then the way back."""
        return (*self.keys, *self.back)
