"""``tenge wallet``: your money on this device. Every command says what it did and what to do next.

Rules of this interface: what must be passed on (a request, a payment, a receipt) goes to ``--out`` or, as
text, to standard output; sentences beside it go to standard error. ``--json`` prints one object. Nothing is
signed before it was shown; nothing that was signed is ever signed again.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallet.cli.every import app

__all__ = ["app"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """``app``, with all that hangs on it, when somebody wants a command: the screen wants none."""
        if name != "app":
            raise AttributeError(name)
        from wallet.cli.every import app

        return app
