"""A hardware security module in software: issuer keys, PIN zones, check values, by ``psec`` and ``pyemv``.

It answers :class:`card_switch.ports.Hsm`. Keys are made when first needed and lie sealed in a folder
(``hardware/hsm_keys.py``); nothing it prints, raises or returns shows one, nor a PIN.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from hmac import compare_digest
from typing import Final

from hardware.hsm_certificates import Certificates, KeyMaker, fresh_key
from hardware.hsm_cryptograms import LENGTHS, VERSIONS, CardKeySet, MasterKeys
from hardware.hsm_keys import KeyFolder
from hardware.message_mac import message_mac_fits
from hardware.triple_des import psec
from tender.account.participants import number_text
from tender.card.certificates import CaKey
from tender.card.issuer_data import IssuerData
from tender.card.pan import Pan, Track2
from tender.card.personalisation import CardFace, CardKeys, Personalisation, Profile, personalised
from tender.card.tags import Tag
from tender.card.values import Aip
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

PVV_KEY_INDEX: Final = "1"
CHIP_SERVICE_CODE: Final = "999"
"""Of which a chip's check value (iCVV) is made, so that what is read from it makes no stripe."""
_CARDS_KEPT: Final = 4096
_CHALLENGE_DRAWN, _CHALLENGE_DIGITS = 16, 16
_TERMINAL: Final = "terminal/"
_TERMINAL_MAC: Final = "terminal-mac/"
_CRYPTOGRAM_BYTES: Final = 8


class SoftHsm:
    """One module; hosts of one switch share it, for every key has its owner's name in its label."""

    def __init__(self, keys: KeyFolder, make_key: KeyMaker = fresh_key) -> None:
        self._keys = keys
        self._certificates = Certificates(keys, make_key)
        # What is one card's for as long as it lives costs more to work out than to use.
        self._card = lru_cache(maxsize=_CARDS_KEPT)(self._derive)
        self._value = lru_cache(maxsize=_CARDS_KEPT)(self._computed)

    def __repr__(self) -> str:
        return "SoftHsm(…)"

    # --- keys from outside

    def load(self, label: str, key: bytes) -> None:
        """Put a key there before it is first used, as at a key ceremony: ``issuer/601/ac``, ``smi``, ``smc``,
        ``cvk``, ``pvk``, or ``zone/…``. A label that is taken keeps its key."""
        self._keys.keep(label, key)

    # --- PINs

    def terminal_key(self, zone: str) -> bytes:
        """As :meth:`card_switch.ports.Hsm.terminal_key`."""
        if not zone.startswith(_TERMINAL):
            raise LocalProtocolError(Code.FIELD_WRONG, "zone")
        return self._zone_key(zone)

    def terminal_mac_key(self, zone: str) -> bytes:
        """As :meth:`card_switch.ports.Hsm.terminal_mac_key`."""
        if not zone.startswith(_TERMINAL_MAC):
            raise LocalProtocolError(Code.FIELD_WRONG, "zone")
        acquirer = zone.removeprefix(_TERMINAL_MAC).partition("/")[0]
        return self._keys.derived_key(f"acquirer/{acquirer}/terminals-mac", zone)

    def terminal_challenge(self) -> str:
        """As :meth:`card_switch.ports.Hsm.terminal_challenge`."""
        return f"{int.from_bytes(self._keys.drawn(_CHALLENGE_DRAWN), 'big') % 10**_CHALLENGE_DIGITS:016}"

    def terminal_mac_fits(self, zone: str, data: bytes, mac: bytes) -> bool:
        """As :meth:`card_switch.ports.Hsm.terminal_mac_fits`."""
        return message_mac_fits(self.terminal_mac_key(zone), data, mac)

    def translate_pin(self, pin_block: bytes, pan: Pan, from_zone: str, to_zone: str) -> bytes | None:
        """As :meth:`card_switch.core.keys.PinKeys.translate_pin`."""
        pin = self._pin(from_zone, pin_block, pan)
        if pin is None:
            return None
        clear = psec.pinblock.encode_pinblock_iso_0(pin, pan.digits)
        return bytes(psec.des.encrypt_tdes_ecb(self._zone_key(to_zone), clear))

    def pin_fits(self, issuer: int, zone: str, pin_block: bytes, pan: Pan, pvv: str) -> bool | None:
        """As :meth:`card_switch.core.keys.CardKeys.pin_fits`."""
        pin = self._pin(zone, pin_block, pan)
        if pin is None:
            return None
        # A PVV is made of four digits: a longer PIN that begins with the right ones is another PIN.
        return len(pin) == 4 and compare_digest(self.pin_verification_value(issuer, pan, pin), pvv)

    def pin_verification_value(self, issuer: int, pan: Pan, pin: str) -> str:
        """As :meth:`card_switch.ports.Hsm.pin_verification_value`."""
        if not (len(pin) == 4 and pin.isascii() and pin.isdecimal()):
            raise LocalProtocolError(Code.FIELD_WRONG, "pin")
        key = self._issuer_key(issuer, "pvk")
        return str(psec.pin.generate_visa_pvv(key, PVV_KEY_INDEX, pin, pan.digits))

    def _pin(self, zone: str, pin_block: bytes, pan: Pan) -> str | None:
        if len(pin_block) != 8:
            return None
        clear = psec.des.decrypt_tdes_ecb(self._zone_key(zone), pin_block)
        try:
            return str(psec.pinblock.decode_pinblock_iso_0(clear, pan.digits))
        except ValueError:  # its words quote what was deciphered: they go no further
            return None

    def _zone_key(self, zone: str) -> bytes:
        if zone.startswith(_TERMINAL):
            acquirer = zone.removeprefix(_TERMINAL).partition("/")[0]
            return self._keys.derived_key(f"acquirer/{acquirer}/terminals", zone)
        return self._keys.des_key(f"zone/{zone}")

    # --- check values

    def cvv_fits(self, issuer: int, pan: Pan, expiry: str, service_code: str, cvv: str) -> bool:
        """As :meth:`card_switch.core.keys.CardKeys.cvv_fits`."""
        right = self.verification_value(issuer, pan, expiry, service_code)
        return compare_digest(right.encode(), cvv.encode())

    def verification_value(self, issuer: int, pan: Pan, expiry: str, service_code: str) -> str:
        """As :meth:`card_switch.ports.Hsm.verification_value`."""
        return self._value(issuer, pan, expiry, service_code)

    def _computed(self, issuer: int, pan: Pan, expiry: str, service_code: str) -> str:
        key = self._issuer_key(issuer, "cvk")
        return str(psec.cvv.generate_cvv(key, pan.digits, expiry, service_code))

    # --- the chip

    def cryptogram_fits(self, issuer: int, pan: Pan, sequence: int, chip: Mapping[int, bytes]) -> bool:
        """As :meth:`card_switch.core.keys.CardKeys.cryptogram_fits`."""
        data = _readable(pan, chip)
        return data is not None and self._card(issuer, pan, sequence, data.version).fits(chip, data)

    def issuer_authentication(
        self,
        issuer: int,
        pan: Pan,
        sequence: int,
        chip: Mapping[int, bytes],
        response_code: str,
        approved: bool,
    ) -> bytes:
        """As :meth:`card_switch.core.keys.CardKeys.issuer_authentication`."""
        card = self._checked(issuer, pan, sequence, chip)
        return card.authentication(chip, response_code, approved)

    def script_commands(
        self, issuer: int, pan: Pan, sequence: int, chip: Mapping[int, bytes], instructions: Sequence[str]
    ) -> tuple[bytes, ...]:
        """As :meth:`card_switch.core.keys.CardKeys.script_commands`."""
        return self._checked(issuer, pan, sequence, chip).scripts(chip, instructions)

    def _checked(self, issuer: int, pan: Pan, sequence: int, chip: Mapping[int, bytes]) -> CardKeySet:
        """The keys of a card whose cryptogram was found right a moment ago."""
        data = _readable(pan, chip)
        if data is None:
            raise LocalProtocolError(Code.FIELD_WRONG, "chip")
        return self._card(issuer, pan, sequence, data.version)

    def _derive(self, issuer: int, pan: Pan, sequence: int, version: int) -> CardKeySet:
        assert pan.scheme is not None
        return CardKeySet(self._master_keys(issuer), pan, sequence, VERSIONS[pan.scheme, version])

    def _master_keys(self, issuer: int) -> MasterKeys:
        return MasterKeys(*(self._issuer_key(issuer, use) for use in ("ac", "smi", "smc")))

    # --- making cards

    def ca_keys(self) -> tuple[CaKey, ...]:
        """As :meth:`card_switch.ports.Hsm.ca_keys`."""
        return self._certificates.authorities()

    def stripe(self, issuer: int, pan: Pan, expiry: str, service_code: str, pin: str) -> Track2:
        """As :meth:`card_switch.ports.Hsm.stripe`."""
        pvv = self.pin_verification_value(issuer, pan, pin)
        cvv = self.verification_value(issuer, pan, expiry, service_code)
        return Track2(pan, expiry, service_code, f"{PVV_KEY_INDEX}{pvv}{cvv}")

    def personalise(
        self,
        issuer: int,
        profile: Profile,
        pan: Pan,
        sequence: int,
        name: str,
        begins: date,
        ends_month: int,
        pin: str,
    ) -> Personalisation:
        """As :meth:`card_switch.ports.Hsm.personalise`."""
        if pan.scheme is None or (pan.scheme, profile.cryptogram_version) not in VERSIONS:
            raise LocalProtocolError(Code.FIELD_WRONG, "profile")
        expiry = f"{ends_month % 10_000:04}"
        pvv = self.pin_verification_value(issuer, pan, pin)
        icvv = self.verification_value(issuer, pan, expiry, CHIP_SERVICE_CODE)
        face = CardFace(pan.digits, sequence, name, begins, ends_month, f"{PVV_KEY_INDEX}{pvv}{icvv}")
        own = self._card(issuer, pan, sequence, profile.cryptogram_version).own_keys()
        signs = bool(profile.interchange & (Aip.DDA | Aip.CDA))
        has_pin_key = any(Tag.PIN_KEY_CERTIFICATE in plan.tags for plan in profile.records)
        keys = CardKeys(
            *own,
            self._certificates.card_key() if signs else None,
            self._certificates.card_key() if has_pin_key else None,
        )
        signer = self._certificates.issuer(issuer, pan.scheme)
        return personalised(profile, face, keys, signer, pin=pin)

    def _issuer_key(self, issuer: int, use: str) -> bytes:
        return self._keys.des_key(f"issuer/{number_text(issuer)}/{use}")


def _readable(pan: Pan, chip: Mapping[int, bytes]) -> IssuerData | None:
    """The issuer application data of a version that this scheme has, when everything a cryptogram covers is
    there in its one length."""
    if len(chip.get(Tag.CRYPTOGRAM, b"")) != _CRYPTOGRAM_BYTES:
        return None
    if any(len(chip.get(tag, b"")) != length for tag, length in LENGTHS.items()):
        return None
    try:
        data = IssuerData.read(chip.get(Tag.ISSUER_DATA, b""))
    except RemoteProtocolError:
        return None
    return data if (pan.scheme, data.version) in VERSIONS else None
