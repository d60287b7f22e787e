"""Every command of ``tenge wallet``, put together; imported when one of them is asked for."""

from faces.commands import Spoken
from wallet.cli import (
    bank,
    bank_cards,
    card,
    care,
    checkout,
    colour,
    merchant,
    money,
    open_things,
    pay_code,
    screen,
)

app = Spoken(
    name="wallet",
    help="Your Digital Tenge on this device: hold it, pay with it, take it, with or without a network.",
)
care.add_to(app)
app.add_typer(card.app)
bank.add_to(app)
bank_cards.add_to(app)
money.add_to(app)
open_things.add_to(app)
colour.add_to(app)
merchant.add_to(app)
pay_code.add_to(app)
checkout.add_to(app)
screen.add_to(app)
