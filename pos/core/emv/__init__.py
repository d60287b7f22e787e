"""The EMV terminal kernel: one file per step of the talk with a payment card (docs/protocol/emv-kernel.md).

It owns no reader, no keypad, no line and no clock: :func:`~pos.core.emv.purchase.purchase` is a generator; it
says what it wants (:mod:`~pos.core.emv.steps`) and is told what came of it; what it returns is an
:class:`~pos.core.emv.outcome.Outcome`. Whatever a card says is an outcome; only a driver that answers a step
with the wrong reply is an error.

Source: EMV 4.3 Books 1 to 4; each branch names book and section.
"""
