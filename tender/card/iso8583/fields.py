"""The data elements of ISO 8583:1987, one line each: number, format, what it is.

Formats: ``n`` digits, ``an`` and ``ans`` text, ``x+n`` a letter and digits, ``z`` track data, ``b`` bytes;
``12`` is that long, ``..12`` at most. A length counts digits, characters or bytes. A dialect says what it has
otherwise."""

from typing import Final, NamedTuple

BITMAPS: Final = (1, 65)
LAST: Final = 128


class Format(NamedTuple):
    """What may stand in one data element: kind (``n`` ``text`` ``z`` ``b``), longest length, whether it
    varies."""

    kind: str
    length_most: int
    varies: bool


def read_format(text: str) -> Format:
    """``n..19`` → ``Format("n", 19, True)``."""
    kind = text.rstrip("0123456789.")
    length = text[len(kind) :]
    return Format(
        kind if kind in ("n", "z", "b") else "text", int(length.lstrip(".")), length.startswith("..")
    )


def _table(text: str) -> dict[int, tuple[str, str]]:
    rows = (line.split(maxsplit=2) for line in text.strip().splitlines())
    return {int(number): (form, name) for number, form, name in rows}


FIELDS: Final = _table("""
2   n..19    card number
3   n6       processing code
4   n12      amount of the transaction
5   n12      amount of settlement
6   n12      amount billed to the cardholder
7   n10      transmitted at
8   n8       fee billed to the cardholder
9   n8       settlement rate
10  n8       billing rate
11  n6       trace number
12  n6       local time
13  n4       local date
14  n4       card expiry
15  n4       settlement date
16  n4       conversion date
17  n4       capture date
18  n4       merchant category
19  n3       acquirer's country
20  n3       card's country
21  n3       forwarder's country
22  n3       entry mode
23  n3       card sequence number
24  n3       function code
25  n2       condition at the terminal
26  n2       longest PIN
27  n1       length of the approval code
28  x+n9     transaction fee
29  x+n9     settlement fee
30  x+n9     transaction processing fee
31  x+n9     settlement processing fee
32  n..11    acquirer
33  n..11    forwarder
34  ans..28  extended card number
35  z..37    track 2
37  an12     retrieval reference
38  an6      approval code
39  an2      response code
40  an3      service restriction
41  ans8     terminal
42  ans15    merchant
43  ans40    merchant's name and place
44  ans..25  additional response data
45  ans..76  track 1
46  ans..999 fees
47  ans..999 national data
48  ans..999 private data
49  n3       currency of the transaction
50  n3       currency of settlement
51  n3       currency of billing
52  b8       PIN block
53  n16      security control
54  an..120  additional amounts
55  b..999   chip data
56  ans..999 private data
57  ans..999 private data
58  ans..999 private data
59  ans..999 private data
60  ans..999 advice reason
61  ans..999 data of the terminal
62  ans..999 private data
63  ans..999 network data
64  b8       authentication code
66  n1       settlement code
67  n2       extended payment
68  n3       receiver's country
69  n3       settling country
70  n3       network management code
71  n4       message number
72  n4       last message number
73  n6       action date
74  n10      credits, number
75  n10      credits reversed, number
76  n10      debits, number
77  n10      debits reversed, number
78  n10      transfers, number
79  n10      transfers reversed, number
80  n10      inquiries, number
81  n10      authorisations, number
82  n12      credits, processing fee
83  n12      credits, transaction fee
84  n12      debits, processing fee
85  n12      debits, transaction fee
86  n16      credits, amount
87  n16      credits reversed, amount
88  n16      debits, amount
89  n16      debits reversed, amount
90  n42      original message
91  an1      file update code
92  an2      file security code
93  an5      response indicator
94  an7      service indicator
95  an42     replacement amounts
96  an8      security code of the message
97  x+n17    net settlement
98  ans25    payee
99  n..11    settling institution
100 n..11    receiver
101 ans..17  file name
102 ans..28  account from
103 ans..28  account to
104 ans..100 transaction description
105 ans..999 reserved
106 ans..999 reserved
107 ans..999 reserved
108 ans..999 reserved
109 ans..999 reserved
110 ans..999 reserved
111 ans..999 reserved
112 ans..999 national data
113 ans..999 national data
114 ans..999 national data
115 ans..999 national data
116 ans..999 national data
117 ans..999 national data
118 ans..999 national data
119 ans..999 national data
120 ans..999 record data
121 ans..999 authorising agent
122 ans..999 private data
123 ans..999 private data
124 ans..999 private data
125 ans..999 private data
126 ans..999 private data
127 ans..999 private data
128 b8       authentication code
""")
"""Number → format, name."""

SECRET: Final = frozenset((34, 35, 45, 48, 52, 96, 126))
"""Never shown whole: tracks, the PIN block, and what carries the printed code (48 and 126). The card number
(2) shows its ends; of bytes only their count shows, for chip data holds the number too."""


def path(number: int) -> str:
    """Where an error lies: ``iso8583.de004``."""
    return f"iso8583.de{number:03}"
