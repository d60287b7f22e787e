"""``python -m card_switch``: the switch's commands without the rest of the house."""

from card_switch.cli import app

if __name__ == "__main__":
    app(prog_name="python -m card_switch")
