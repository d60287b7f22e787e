"""The code a merchant shows: EMVCo's merchant-presented QR, static or dynamic, in tenge.

Which network a merchant's number stands under is configuration (:class:`Profile`): Kazakhstan's national
QR has no public format, so none is claimed here (docs/protocol/payment-code.md).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tender.account.identifiers import check_bin
from tender.errors import Code, LocalProtocolError, Refusal, RemoteProtocolError
from tender.money import CURRENCY_KZT, TIYN_PER_TENGE
from tender.qr.code_rules import (
    DYNAMIC,
    STATIC,
    TEMPLATES,
    UNRESERVED,
    check_length,
    check_name,
    check_root,
    read_amount,
    read_templates,
)
from tender.qr.data_objects import parse, parse_sealed, sealed, write, wrong

FORMAT: Final = "000201"
"""What every code of this kind begins with."""

HINT_OFFLINE: Final = "OFFL01"
"""The merchant also takes Digital Tenge from device to device, without a network: version 01 of the hint."""

ASK: Final = "***"
"""Instead of a value: the payer's application asks the payer for it."""

BASIS_POINTS: Final = 10_000
_BANK: Final = re.compile(r"[0-9]{3}", re.ASCII)
_PERCENT: Final = re.compile(r"(?P<whole>[0-9]{2})\.(?P<part>[0-9]{2})", re.ASCII)
_SCHEMES: Final = (
    (("02", "03"), "Visa"),
    (("04", "05"), "Mastercard"),
    (("09", "10"), "Discover"),
    (("11", "12"), "American Express"),
    (("13", "14"), "JCB"),
    (("15", "16"), "UnionPay"),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """Where a network's template keeps what we need: its own name, and names of sub-objects of two digits.

    ``guid`` is at most 32 characters (a reverse domain name, an AID). The merchant's number is a business
    number (BIN), its bank three digits. The VAT flag stands in an unreserved template of the same name
    (DT-VAT-01).
    """

    guid: str
    merchant_id: str = "01"
    hint_id: str = "02"
    bank_id: str = "03"
    vat_id: str = "01"
    template: str = "26"
    vat_template: str = "80"


DIGITAL_TENGE: Final = Profile("kz.example.dt.purse")
"""This simulator's own network."""

BANK_QR: Final = Profile("kz.example.bank.qr")
"""What the simulated banks' ordinary codes carry: merchants that may know nothing of Digital Tenge."""

PROFILES: Final = (DIGITAL_TENGE, BANK_QR)


@dataclass(frozen=True, slots=True)
class LocalNames:
    """The merchant's name (25 characters) and city (15) in another language (ISO 639, two letters)."""

    language: str
    name: str
    city: str = ""


@dataclass(frozen=True, slots=True)
class Fee:
    """A tip or fee: ``prompt`` (the payer decides), ``fixed`` in tiyn, or ``percent`` in basis points."""

    kind: str
    fixed_tiyn: int = 0
    basis_points: int = 0

    def of(self, amount_tiyn: int) -> int:
        """What it adds to an amount, in tiyn: a percentage is rounded half up, a prompt adds nothing."""
        return self.fixed_tiyn + (amount_tiyn * self.basis_points + BASIS_POINTS // 2) // BASIS_POINTS


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """What a merchant's code says. Empty text: the code does not say it; ``***``: ask the payer.

    ``merchant`` is the business number under ``network``, empty when no known network names one; ``network``
    is then a name to show. ``bank`` is the merchant's bank, 0 when the code names none. ``amount_tiyn`` is
    None when the payer is to type it. ``vat`` is kept and shown. ``text`` is the code as it was read.
    """

    merchant_name: str
    city: str
    merchant: str
    network: str = DIGITAL_TENGE.guid
    mcc: int = 5999
    amount_tiyn: int | None = None
    country: str = "KZ"
    dynamic: bool = False
    fee: Fee | None = None
    bill_number: str = ""
    store_label: str = ""
    reference_label: str = ""
    terminal_label: str = ""
    purpose: str = ""
    local: LocalNames | None = None
    bank: int = 0
    hint: str = ""
    vat: str = ""
    text: str = field(default="", repr=False, compare=False)

    @property
    def offline(self) -> bool:
        """Whether the merchant says that it takes Digital Tenge without a network."""
        return self.hint == HINT_OFFLINE

    def name_in(self, language: str) -> str:
        """The merchant's name in this language if the code has it, else in Latin letters."""
        return (
            self.local.name
            if self.local is not None and self.local.language == language
            else self.merchant_name
        )

    def city_in(self, language: str) -> str:
        """The city in this language if the code has it, else in Latin letters."""
        local = self.local
        return local.city or self.city if local is not None and local.language == language else self.city


def said(value: str) -> str:
    """A text of the code; empty where it only asks the payer for one."""
    return "" if value == ASK else value


def payable(code: PaymentCode) -> Refusal | None:
    """Why no bank here can pay this code, if so: no number of a known network, or none that can be right."""
    if not code.merchant:
        return Refusal(Code.CODE_NETWORK, "code.merchant", (("network", code.network),))
    told = check_bin(code.merchant, "code.merchant")
    return told if isinstance(told, Refusal) else None


def is_payment_code(text: str) -> bool:
    """Whether a text claims to be such a code."""
    return text.startswith(FORMAT)


# --- writing


def encode(code: PaymentCode, profile: Profile = DIGITAL_TENGE) -> str:
    """The text of the code, for a QR in byte mode with ECI 26 (UTF-8).

    Raises :class:`LocalProtocolError` with the code and path that a reader would refuse it with: a name that
    is too long or not Latin, an amount of nothing, a merchant's number that cannot be right.
    """
    refused = payable(code)
    if refused is not None:
        raise LocalProtocolError(refused.code, refused.field)
    account = {
        "00": profile.guid,
        profile.merchant_id: code.merchant,
        profile.hint_id: code.hint,
        profile.bank_id: f"{code.bank:03d}" if code.bank else "",
    }
    fee = code.fee or Fee("")
    more = {
        "01": code.bill_number,
        "03": code.store_label,
        "05": code.reference_label,
        "07": code.terminal_label,
        "08": code.purpose,
    }
    local = code.local or LocalNames("", "")
    objects = {
        "00": "01",
        "01": DYNAMIC if code.dynamic else STATIC,
        profile.template: write(account),
        "52": f"{code.mcc:04d}",
        "53": str(CURRENCY_KZT),
        "54": "" if code.amount_tiyn is None else amount_text(code.amount_tiyn),
        "55": _FEE_KINDS.get(fee.kind, ""),
        "56": amount_text(fee.fixed_tiyn) if fee.kind == "fixed" else "",
        "57": _percent_text(fee.basis_points) if fee.kind == "percent" else "",
        "58": code.country,
        "59": code.merchant_name,
        "60": code.city,
        "62": write(more),
        "64": write({"00": local.language.upper(), "01": local.name, "02": local.city}),
        profile.vat_template: write({"00": profile.guid, profile.vat_id: code.vat}) if code.vat else "",
    }
    text = sealed(objects)
    try:
        told = decode(text, (profile,))
    except RemoteProtocolError as error:
        raise LocalProtocolError(error.code, error.field) from error
    if told.merchant != code.merchant:
        raise LocalProtocolError(Code.CODE_WRONG, f"code.{profile.template}")
    return text


SMALL_MOST_BYTES: Final = 154
"""What a version 7 code of level L holds: with a white edge it is 24 rows of half blocks, the smallest
terminal."""
SMALL_NAME_LEAST: Final = 8
"""Letters of a merchant's name that stay however small the room."""


def small_text(code: PaymentCode, profile: Profile = DIGITAL_TENGE) -> str:
    """The text of the code, without as many of its optional parts as keep it from a small screen.

    The bill goes first where a reference says the same, then the name in another script, then the hint of
    offline payments, then letters at the end of a long name, whose owner the number names anyway. The rest of
    what is mandatory, the amount, the bank and the reference always stay.
    """
    brief = replace(code, bill_number="" if code.reference_label else code.bill_number)
    foreign = replace(brief, local=None)
    bare = replace(foreign, hint="")
    least = bare.merchant_name[:SMALL_NAME_LEAST].strip()
    over = len(encode(bare, profile).encode()) - SMALL_MOST_BYTES
    short = bare.merchant_name[: -over if over > 0 else None].strip()
    named = replace(bare, merchant_name=max(short, least, key=len))
    texts = [encode(one, profile) for one in (code, brief, foreign, bare, named)]
    return next((one for one in texts if len(one.encode()) <= SMALL_MOST_BYTES), texts[-1])


def amount_text(amount_tiyn: int) -> str:
    """The amount as the code writes it: ``1250.50``."""
    tenge, tiyn = divmod(amount_tiyn, TIYN_PER_TENGE)
    return f"{tenge}.{tiyn:02d}"


def _percent_text(basis_points: int) -> str:
    return f"{basis_points // 100:02d}.{basis_points % 100:02d}"


# --- reading


def decode(text: str, profiles: Sequence[Profile] = PROFILES, field: str = "code") -> PaymentCode:
    """Read a code; the first profile whose template it has names the merchant.

    Raises :class:`RemoteProtocolError`: ``code-checksum``, ``code-wrong`` with the path of the object at
    fault (``code.62.05``), ``message-too-long``, ``currency-foreign``, ``amount-out-of-range``.
    """
    if not is_payment_code(text):
        raise wrong(f"{field}.00")
    root = parse_sealed(text, field)
    check_root(root, field)
    check_name(root["59"], f"{field}.59")
    if root["53"] != str(CURRENCY_KZT):
        raise wrong(f"{field}.53", Code.CURRENCY_FOREIGN, currency=root["53"])
    account = _account(root, profiles, field)
    more = _additional(root, field)
    return PaymentCode(
        merchant_name=root["59"],
        city=root["60"],
        merchant=account.merchant,
        network=account.network,
        mcc=int(root["52"]),
        amount_tiyn=read_amount(root["54"], f"{field}.54") if "54" in root else None,
        country=root["58"],
        dynamic=root.get("01") == DYNAMIC,
        fee=_fee(root, field),
        bill_number=more.get("01", ""),
        store_label=more.get("03", ""),
        reference_label=more.get("05", ""),
        terminal_label=more.get("07", ""),
        purpose=more.get("08", ""),
        local=_local(root, field),
        bank=account.bank,
        hint=account.hint,
        vat=account.vat,
        text=text,
    )


@dataclass(frozen=True, slots=True)
class _Account:
    """Whom a code names, and under which network."""

    network: str
    merchant: str = ""
    bank: int = 0
    hint: str = ""
    vat: str = ""


def _account(root: Mapping[str, str], profiles: Sequence[Profile], field: str) -> _Account:
    """The account of the first profile that the code knows; without one, the name of some other network."""
    accounts = read_templates(root, TEMPLATES, field)
    unreserved = read_templates(root, UNRESERVED, field)
    for profile in profiles:
        for name, inside in accounts.items():
            if inside["00"] == profile.guid and profile.merchant_id in inside:
                flags = [
                    one.get(profile.vat_id, "") for one in unreserved.values() if one["00"] == profile.guid
                ]
                bank = inside.get(profile.bank_id, "000")
                if not _BANK.fullmatch(bank):
                    raise wrong(f"{field}.{name}.{profile.bank_id}")
                hint = inside.get(profile.hint_id, "")
                return _Account(
                    profile.guid, inside[profile.merchant_id], int(bank), hint, "".join(flags[:1])
                )
    named = [inside["00"] for inside in accounts.values()]
    schemes = [scheme for names, scheme in _SCHEMES if any(name in root for name in names)]
    return _Account((named + schemes + ["?"])[0])


def _additional(root: Mapping[str, str], field: str) -> dict[str, str]:
    """Template 62."""
    path = f"{field}.62"
    inside = parse(root.get("62", ""), path)
    for name in ("01", "02", "03", "04", "05", "06", "07", "08"):
        check_length(inside, name, 25, path)
    asked = inside.get("09", "")
    if len(set(asked)) != len(asked) or not set(asked) <= set("AME"):
        raise wrong(f"{path}.09")
    read_templates(inside, [str(name) for name in range(50, 100)], path)
    return inside


def _local(root: Mapping[str, str], field: str) -> LocalNames | None:
    """Template 64."""
    if "64" not in root:
        return None
    path = f"{field}.64"
    inside = parse(root["64"], path)
    check_length(inside, "01", 25, path, needed=True)
    check_name(inside["01"], f"{path}.01")
    check_length(inside, "02", 15, path)
    if not re.fullmatch("[A-Za-z]{2}", inside.get("00", "")):
        raise wrong(f"{path}.00")
    return LocalNames(inside["00"].lower(), inside["01"], inside.get("02", ""))


_FEE_KINDS: Final = {"prompt": "01", "fixed": "02", "percent": "03"}


def _fee(root: Mapping[str, str], field: str) -> Fee | None:
    """Objects 55 to 57, which must agree."""
    kinds = {value: kind for kind, value in _FEE_KINDS.items()}
    kind = kinds.get(root["55"]) if "55" in root else ""
    if kind is None:
        raise wrong(f"{field}.55")
    for name, wanted in (("56", "fixed"), ("57", "percent")):
        if (name in root) != (kind == wanted):
            raise wrong(f"{field}.{name}")
    if kind == "fixed":
        return Fee(kind, fixed_tiyn=read_amount(root["56"], f"{field}.56"))
    if kind == "percent":
        found = _PERCENT.fullmatch(root["57"])
        points = int(found["whole"] + found["part"]) if found else 0
        if not points:
            raise wrong(f"{field}.57")
        return Fee(kind, basis_points=points)
    return Fee(kind) if kind else None
