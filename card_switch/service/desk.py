"""What people and programs ask of a running switch: by name, with an answer now or after a turn or two.

Each part of the switch that has something to offer brings a table of its questions (``issuing.py``,
``closing.py``); the desk only finds the right one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tender.errors import Code, Refusal

Told = Mapping[str, Any]
Answer = Told | Refusal
Later = Callable[[], Answer | None]
"""Asked after every turn until it has an answer: for what a bank has to say first."""
Question = Callable[[Told, int], Answer | Later]
"""What was given with it, the time in milliseconds → the answer, or where to ask for it later."""


class SwitchDesk:
    """Questions by name."""

    def __init__(self, *tables: Mapping[str, Question]) -> None:
        self._questions = {name: question for table in tables for name, question in table.items()}

    def ask(self, name: str, given: Told, now_ms: int) -> Answer | Later:
        """The answer; ``message-unknown`` for a question that nobody here knows, ``field-wrong`` at what is
        missing in it."""
        question = self._questions.get(name)
        if question is None:
            return Refusal(Code.MESSAGE_UNKNOWN, "do")
        try:
            return question(given, now_ms)
        except KeyError as error:
            return Refusal(Code.FIELD_WRONG, str(error.args[0]))
