"""``python -m pos``: the till alone, without the rest of the town."""

from pos.cli import app

if __name__ == "__main__":
    app(prog_name="python -m pos")
