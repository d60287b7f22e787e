"""``python -m platform_stub``: the platform's commands without the rest of the house."""

from platform_stub.cli import app

app(prog_name="python -m platform_stub")
