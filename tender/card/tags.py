"""The data objects of EMV by tag: what each is called, how it is written, how long it may be, who says it.

Source: EMV 4.3 Book 3, Annex A (data elements dictionary), and Book 1, Annex B, for what a selection gives.
:class:`Tag` names them, :data:`ABOUT` describes them; a tag that stands in neither is unknown, which is no
fault: it is kept, and shown by its number.

=======  ===================================================================================
format   how the value is written
=======  ===================================================================================
a, an    letters; letters and digits; ISO 8859-1
ans      the same with signs
b        bits or bytes
cn       digits, two to a byte, filled up with F on the right
n        digits, two to a byte, filled up with 0 on the left
var      as something else says
=======  ===================================================================================
"""

from enum import Enum, IntEnum, unique
from typing import Final, NamedTuple

from tender.errors import Code, RemoteProtocolError

LONGEST: Final = 255
"""Bytes of a value where the dictionary names no most: what a short answer holds."""


@unique
class Format(Enum):
    """How a value is written (EMV Book 3, 4.3)."""

    A = "a"
    AN = "an"
    ANS = "ans"
    B = "b"
    CN = "cn"
    N = "n"
    VAR = "var"


@unique
class Source(Enum):
    """Who says a value (EMV Book 3, Annex A, "source")."""

    CARD = "card"
    TERMINAL = "terminal"
    ISSUER = "issuer"


@unique
class Tag(IntEnum):
    """The tags by name; as a number it is what stands in the bytes."""

    # --- selection
    AID_CARD = 0x4F
    LABEL = 0x50
    TRACK2 = 0x57
    PAN = 0x5A
    APPLICATION_TEMPLATE = 0x61
    FCI = 0x6F
    RECORD = 0x70
    SCRIPT_BEFORE = 0x71
    SCRIPT_AFTER = 0x72
    DIRECTORY_DISCRETIONARY = 0x73
    ANSWER_PACKED = 0x77
    ANSWER_PLAIN = 0x80
    # --- the transaction
    AMOUNT_BINARY = 0x81
    AIP = 0x82
    DF_NAME = 0x84
    SCRIPT_COMMAND = 0x86
    PRIORITY = 0x87
    SFI = 0x88
    RESPONSE_CODE = 0x8A
    CDOL1 = 0x8C
    CDOL2 = 0x8D
    CVM_LIST = 0x8E
    CA_KEY_INDEX = 0x8F
    ISSUER_CERTIFICATE = 0x90
    ISSUER_AUTHENTICATION = 0x91
    ISSUER_KEY_REMAINDER = 0x92
    STATIC_SIGNATURE = 0x93
    AFL = 0x94
    TVR = 0x95
    TDOL = 0x97
    TC_HASH = 0x98
    PIN_DATA = 0x99
    DATE = 0x9A
    TSI = 0x9B
    TRANSACTION_TYPE = 0x9C
    DDF_NAME = 0x9D
    FCI_PROPRIETARY = 0xA5
    HOLDER_NAME = 0x5F20
    EXPIRY = 0x5F24
    EFFECTIVE = 0x5F25
    ISSUER_COUNTRY = 0x5F28
    CURRENCY = 0x5F2A
    LANGUAGES = 0x5F2D
    SERVICE_CODE = 0x5F30
    PAN_SEQUENCE = 0x5F34
    CURRENCY_EXPONENT = 0x5F36
    ISSUER_URL = 0x5F50
    IBAN = 0x5F53
    BIC = 0x5F54
    ISSUER_COUNTRY_2 = 0x5F55
    ISSUER_COUNTRY_3 = 0x5F56
    ACQUIRER = 0x9F01
    AMOUNT = 0x9F02
    AMOUNT_OTHER = 0x9F03
    AMOUNT_OTHER_BINARY = 0x9F04
    APPLICATION_DISCRETIONARY = 0x9F05
    AID_TERMINAL = 0x9F06
    USAGE_CONTROL = 0x9F07
    VERSION_CARD = 0x9F08
    VERSION_TERMINAL = 0x9F09
    HOLDER_NAME_MORE = 0x9F0B
    IAC_DEFAULT = 0x9F0D
    IAC_DENIAL = 0x9F0E
    IAC_ONLINE = 0x9F0F
    ISSUER_DATA = 0x9F10
    CODE_TABLE = 0x9F11
    PREFERRED_NAME = 0x9F12
    LAST_ONLINE_ATC = 0x9F13
    OFFLINE_LOWER = 0x9F14
    CATEGORY = 0x9F15
    MERCHANT = 0x9F16
    PIN_TRIES = 0x9F17
    SCRIPT_ID = 0x9F18
    TERMINAL_COUNTRY = 0x9F1A
    FLOOR_LIMIT = 0x9F1B
    TERMINAL_ID = 0x9F1C
    RISK_DATA = 0x9F1D
    DEVICE_SERIAL = 0x9F1E
    TRACK1_DISCRETIONARY = 0x9F1F
    TRACK2_DISCRETIONARY = 0x9F20
    TIME = 0x9F21
    CA_KEY_INDEX_TERMINAL = 0x9F22
    OFFLINE_UPPER = 0x9F23
    CRYPTOGRAM = 0x9F26
    CRYPTOGRAM_INFORMATION = 0x9F27
    PIN_KEY_CERTIFICATE = 0x9F2D
    PIN_KEY_EXPONENT = 0x9F2E
    PIN_KEY_REMAINDER = 0x9F2F
    ISSUER_KEY_EXPONENT = 0x9F32
    CAPABILITIES = 0x9F33
    CVM_RESULTS = 0x9F34
    TERMINAL_TYPE = 0x9F35
    ATC = 0x9F36
    UNPREDICTABLE = 0x9F37
    PDOL = 0x9F38
    ENTRY_MODE = 0x9F39
    AMOUNT_REFERENCE = 0x9F3A
    REFERENCE_CURRENCY = 0x9F3B
    TRANSACTION_REFERENCE_CURRENCY = 0x9F3C
    CAPABILITIES_MORE = 0x9F40
    SEQUENCE = 0x9F41
    APPLICATION_CURRENCY = 0x9F42
    APPLICATION_CURRENCY_EXPONENT = 0x9F44
    DATA_CODE = 0x9F45
    ICC_CERTIFICATE = 0x9F46
    ICC_KEY_EXPONENT = 0x9F47
    ICC_KEY_REMAINDER = 0x9F48
    DDOL = 0x9F49
    STATIC_TAGS = 0x9F4A
    DYNAMIC_SIGNATURE = 0x9F4B
    ICC_DYNAMIC_NUMBER = 0x9F4C
    LOG_ENTRY = 0x9F4D
    MERCHANT_NAME = 0x9F4E
    LOG_FORMAT = 0x9F4F
    TRANSACTION_CATEGORY = 0x9F53
    SCRIPT_RESULTS = 0x9F5B
    FCI_DISCRETIONARY = 0xBF0C


class About(NamedTuple):
    """What the dictionary says of one data object."""

    tag: Tag
    format: Format
    least: int
    most: int
    """Bytes of the value, from least to most."""
    source: Source
    words: str
    """What it is called, for people."""

    def fits(self, count: int) -> bool:
        """Whether a value of so many bytes can be one."""
        return self.least <= count <= self.most


_ROWS: Final = """
4F    b    5  16  card      Application identifier
50    ans  1  16  card      Application label
57    b    1  19  card      Track 2 equivalent data
5A    cn   1  10  card      Card number
61    b    0  252 card      Application template
6F    var  0  252 card      File control information
70    var  0  252 card      Record template
71    b    0  -   issuer    Issuer script before the second cryptogram
72    b    0  -   issuer    Issuer script after the second cryptogram
73    var  0  252 card      Directory discretionary template
77    var  0  -   card      Response template, packed
80    var  0  -   card      Response template, plain
81    b    4  4   terminal  Amount, binary
82    b    2  2   card      Application interchange profile
84    b    5  16  card      Dedicated file name
86    b    5  261 issuer    Issuer script command
87    b    1  1   card      Application priority indicator
88    b    1  1   card      Short file identifier
8A    an   2  2   terminal  Authorisation response code
8C    b    0  252 card      Card risk management list 1
8D    b    0  252 card      Card risk management list 2
8E    b    10 252 card      Cardholder verification list
8F    b    1  1   card      Certification authority key index
90    b    1  248 card      Issuer public key certificate
91    b    8  16  issuer    Issuer authentication data
92    b    0  -   card      Issuer public key remainder
93    b    1  248 card      Signed static application data
94    var  4  252 card      Application file locator
95    b    5  5   terminal  Terminal verification results
97    b    0  252 card      Transaction certificate data list
98    b    20 20  terminal  Transaction certificate hash
99    b    0  -   terminal  Transaction PIN data
9A    n    3  3   terminal  Transaction date
9B    b    2  2   terminal  Transaction status information
9C    n    1  1   terminal  Transaction type
9D    b    5  16  card      Directory definition file name
A5    var  0  -   card      File control information, proprietary
5F20  ans  2  26  card      Cardholder name
5F24  n    3  3   card      Application expiration date
5F25  n    3  3   card      Application effective date
5F28  n    2  2   card      Issuer country
5F2A  n    2  2   terminal  Transaction currency
5F2D  an   2  8   card      Languages
5F30  n    2  2   card      Service code
5F34  n    1  1   card      Card sequence number
5F36  n    1  1   terminal  Transaction currency exponent
5F50  ans  0  -   card      Issuer address
5F53  var  0  34  card      International bank account number
5F54  var  8  11  card      Bank identifier code
5F55  a    2  2   card      Issuer country, two letters
5F56  a    3  3   card      Issuer country, three letters
9F01  n    6  6   terminal  Acquirer identifier
9F02  n    6  6   terminal  Amount, authorised
9F03  n    6  6   terminal  Amount, other
9F04  b    4  4   terminal  Amount, other, binary
9F05  b    1  32  card      Application discretionary data
9F06  b    5  16  terminal  Application identifier, terminal
9F07  b    2  2   card      Application usage control
9F08  b    2  2   card      Application version, card
9F09  b    2  2   terminal  Application version, terminal
9F0B  ans  27 45  card      Cardholder name, extended
9F0D  b    5  5   card      Issuer action code, default
9F0E  b    5  5   card      Issuer action code, denial
9F0F  b    5  5   card      Issuer action code, online
9F10  b    0  32  card      Issuer application data
9F11  n    1  1   card      Issuer code table
9F12  ans  1  16  card      Application preferred name
9F13  b    2  2   card      Last online transaction counter
9F14  b    1  1   card      Lower consecutive offline limit
9F15  n    2  2   terminal  Merchant category
9F16  ans  15 15  terminal  Merchant identifier
9F17  b    1  1   card      PIN tries left
9F18  b    4  4   issuer    Issuer script identifier
9F1A  n    2  2   terminal  Terminal country
9F1B  b    4  4   terminal  Floor limit
9F1C  an   8  8   terminal  Terminal identification
9F1D  b    1  8   terminal  Terminal risk management data
9F1E  an   8  8   terminal  Device serial number
9F1F  ans  0  -   card      Track 1 discretionary data
9F20  cn   0  -   card      Track 2 discretionary data
9F21  n    3  3   terminal  Transaction time
9F22  b    1  1   terminal  Certification authority key index, terminal
9F23  b    1  1   card      Upper consecutive offline limit
9F26  b    8  8   card      Application cryptogram
9F27  b    1  1   card      Cryptogram information data
9F2D  b    1  248 card      PIN key certificate
9F2E  b    1  3   card      PIN key exponent
9F2F  b    0  -   card      PIN key remainder
9F32  b    1  3   card      Issuer public key exponent
9F33  b    3  3   terminal  Terminal capabilities
9F34  b    3  3   terminal  Cardholder verification results
9F35  n    1  1   terminal  Terminal type
9F36  b    2  2   card      Application transaction counter
9F37  b    4  4   terminal  Unpredictable number
9F38  b    0  252 card      Processing options list
9F39  n    1  1   terminal  Entry mode
9F3A  b    4  4   terminal  Amount, reference currency
9F3B  n    2  8   card      Application reference currency
9F3C  n    2  2   terminal  Transaction reference currency
9F40  b    5  5   terminal  Additional terminal capabilities
9F41  n    2  4   terminal  Transaction sequence counter
9F42  n    2  2   card      Application currency
9F44  n    1  1   card      Application currency exponent
9F45  b    2  2   card      Data authentication code
9F46  b    1  248 card      Card public key certificate
9F47  b    1  3   card      Card public key exponent
9F48  b    0  -   card      Card public key remainder
9F49  b    0  252 card      Dynamic data list
9F4A  b    0  -   card      Static data authentication tags
9F4B  b    1  248 card      Signed dynamic application data
9F4C  b    2  8   card      Card dynamic number
9F4D  b    2  2   card      Log entry
9F4E  ans  0  -   terminal  Merchant name and location
9F4F  b    0  -   card      Log format
9F53  an   1  1   terminal  Transaction category
9F5B  b    0  -   terminal  Issuer script results
BF0C  var  0  222 card      File control information, issuer discretionary
"""


def _about(row: str) -> About:
    tag, form, least, most, source, words = row.split(maxsplit=5)
    longest = LONGEST if most == "-" else int(most)
    return About(Tag(int(tag, 16)), Format(form), int(least), longest, Source(source), words)


ABOUT: Final[dict[int, About]] = {about.tag: about for about in map(_about, _ROWS.strip().splitlines())}
"""The dictionary. A cryptogram's issuer data is up to 32 bytes; certificates up to 248, the longest key."""


def name_of(tag: int) -> str:
    """What a tag is called, for people; an unknown one by its number."""
    about = ABOUT.get(tag)
    return about.words if about else f"{tag:02X}"


def check(tag: int, value: bytes, field: str = "tlv") -> None:
    """Whether this can be a value of that tag: its length, and digits where digits must stand.

    ``RemoteProtocolError`` at ``field.TAG``, ``field-wrong``. An unknown tag may have any value.
    """
    about = ABOUT.get(tag)
    if about is None or (about.fits(len(value)) and _is_written(about.format, value)):
        return
    raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.{tag:02X}")


def _is_written(form: Format, value: bytes) -> bool:
    if form is Format.N:
        return value.hex().isdecimal() or not value
    if form is Format.CN:
        digits = value.hex().rstrip("f")
        return digits.isdecimal() or not value
    return True
