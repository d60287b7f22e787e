"""``python -m wallet``: the wallet alone, without the rest of the town."""

from wallet.cli.start import app

if __name__ == "__main__":
    app(prog_name="python -m wallet")
