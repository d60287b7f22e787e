"""``tenge pos``: a merchant's till. Every command says what it did; every action of the screen is one.

Rules of this interface: those of ``tenge wallet``. What the customer must be shown (a request, a payment
code, a receipt, money that goes back) goes to ``--out``, ``--qr`` or ``--png`` or, as text, to standard
output; sentences beside it go to standard error. ``--json`` prints one object.
"""

from faces.commands import Spoken
from pos.cli import cash_machine, keeping, paying, reporting, screen, selling, serving, tapping, terminal

app = Spoken(
    name="pos",
    help="A merchant's till: sell, be paid in Digital Tenge or cash, with or without a network.",
)
keeping.add_to(app)
selling.add_to(app)
paying.add_to(app)
tapping.add_to(app)
reporting.add_to(app)
screen.add_to(app)
serving.add_to(app)
terminal.add_to(app)
cash_machine.add_to(app)
