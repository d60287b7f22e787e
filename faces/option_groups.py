"""Options that many commands share, as one parameter: a dataclass whose fields are the options.

The command gets the dataclass; the person who types sees the single options, where the parameter stands.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any


def spread(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with every parameter whose type is a dataclass replaced by that class's fields."""
    groups = {
        name: kind
        for name, kind in command.__annotations__.items()
        if isinstance(kind, type) and is_dataclass(kind)
    }
    if not groups:
        return command
    options: list[Parameter] = []
    for one in signature(command).parameters.values():
        if one.name in groups:
            options += (
                Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=field.type)
                for field in fields(groups[one.name])
            )
        else:
            options.append(one.replace(kind=Parameter.KEYWORD_ONLY))

    @wraps(command)
    def gathered(**given: Any) -> Any:
        for name, kind in groups.items():
            given[name] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
        return command(**given)

    vars(gathered)["__signature__"] = Signature(options)
    gathered.__annotations__ = {one.name: one.annotation for one in options}
    return gathered
