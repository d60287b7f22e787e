"""Pages: one shell, texts escaped, nothing fetched from elsewhere. Shared by the wallet's sheet and shops."""

from collections.abc import Mapping
from html import escape
from typing import Final

from faces.amounts import fact_text
from faces.language import TAGS, current, filled, labels, translated

ALONE: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
    "form-action 'none'; base-uri 'none'"
)
"""What a page of ours may load: its own files and nothing else. A policy begins with it."""


def text(tag: str, key: str, /, **facts: str | int) -> str:
    """A label in this language, its facts filled in."""
    template = translated(key, labels().get(key, key), tag)
    return filled(template, {name: fact_text(name, value) for name, value in facts.items()})


def said(tag: str, key: str, /, **facts: str | int) -> str:
    """The same, safe to stand in a page."""
    return escape(text(tag, key, **facts))


def tongue(asked: str, accepted: str) -> str:
    """The language of a page: the one asked for, else the first of ours the browser accepts, else ours."""
    if asked in TAGS:
        return asked
    for one in accepted.lower().split(","):
        tag = one.strip()[:2]
        if tag in TAGS:
            return tag
    return current()


def document(tag: str, title: str, body: str, *, style: str, script: str, data: Mapping[str, str]) -> str:
    """A whole page: ``body`` is escaped already, ``title`` and ``data`` (for the script) are not."""
    told = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    return (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><link rel="stylesheet" href="{style}">'
        f'<script src="{script}" defer></script></head><body{told}>{body}</body></html>'
    )


def tongues(tag: str) -> str:
    """Links to the same page in the other languages."""
    own = {one: labels()[f"language.{one}"] for one in TAGS}
    links = (
        f'<b lang="{one}">{name}</b>' if one == tag else f'<a lang="{one}" href="?lang={one}">{name}</a>'
        for one, name in own.items()
    )
    return f'<nav class="tongues">{" ".join(links)}</nav>'
