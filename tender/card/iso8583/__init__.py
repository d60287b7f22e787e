"""ISO 8583:1987 as two networks and their members speak it (docs/protocol/iso8583.md).

``fields`` is the table of data elements, ``message`` the message itself, ``dialects`` its two ways of being
bytes, ``framing`` how bytes become messages on a wire, ``link`` the conversation of two machines about their
line, ``printing`` a message as people read it."""
