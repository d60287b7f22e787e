"""The wallet's door for shops in the browser of the same computer (docs/protocol/checkout.md)."""
