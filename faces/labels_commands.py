"""The frame around a command's help and its usage errors: what the command library itself says.

The library speaks English only; where another language is in use, its words are found by these templates and
said in that language (``faces/commands.py``).
"""

from collections.abc import Mapping
from typing import Final

FRAME: Final[Mapping[str, str]] = {
    "command.usage": "Usage:",
    "command.options": "Options:",
    "command.arguments": "Arguments:",
    "command.commands": "Commands:",
    "command.examples": "Examples:",
    "command.example": "Example:",
    "command.slot-options": "[OPTIONS]",
    "command.slot-command": "COMMAND [ARGS]...",
    "command.help": "Show this message and exit.",
    "command.default": "[default: {value}]",
    "command.required": "[required]",
    "command.try": "Try '{command}' for help.",
    "command.error": "Error:",
    "command.aborted": "Aborted!",
    "command.no-option": "No such option: {name}",
    "command.possible": "(Possible options: {names})",
    "command.no-command": "No such command '{name}'.",
    "command.did-you-mean": "Did you mean {names}?",
    "command.missing-command": "Missing command.",
    "command.missing-argument": "Missing argument '{name}'.",
    "command.missing-option": "Missing option '{name}'.",
    "command.extra": "Got unexpected extra argument(s) ({names})",
    "command.needs-argument": "Option '{name}' requires an argument.",
    "command.invalid": "Invalid value for {name}:",
    "command.not-a": "Value '{value}' is not a valid {kind}.",
}
"""What the library prints, under keys of ours."""
