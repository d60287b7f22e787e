"""What each screen behind the home screen looks like: title, body, keys at the foot, Escape goes back."""

from typing import ClassVar

from faces.language import label
from faces.screens.page import Key, KeyedScreen
from wallet.tui.app import WalletScreen

__all__ = ["Key", "Page"]


class Page(KeyedScreen, WalletScreen):
    """A keyed screen of the wallet; ``back`` stands last at the foot."""

    back: ClassVar[tuple[Key, ...]] = (("escape", "app.back", "key.back"),)

    def __init__(self) -> None:
        super().__init__()
        for key, action, words in self.back:
            self._bindings.bind(key, action, label(words), show=True)
