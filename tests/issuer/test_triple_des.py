"""Triple DES reaches both libraries by the door that stays open; another way is noticed."""

import subprocess
import sys

import pytest

from hardware.triple_des import DOORS, triple_des


def test_both_libraries_still_take_the_cipher_where_we_put_it() -> None:
    for module in DOORS:
        assert module._algorithms.TripleDES is triple_des


def test_no_key_length_warns() -> None:
    program = (
        "from hardware.triple_des import psec\n"
        "for size in (8, 16, 24):\n"
        "    psec.des.encrypt_tdes_ecb(bytes(range(size)), bytes(8))\n"
        "psec.mac.generate_retail_mac(bytes(8), bytes(8), b'text', 1)\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("size", [8, 16, 24])
def test_a_short_key_is_the_same_cipher_written_out(size: int) -> None:
    # FIPS 46-3 DES, and two-key triple DES with equal halves, are single DES of that half.
    from hardware.triple_des import psec

    key = bytes.fromhex("0123456789ABCDEF") * (size // 8)
    assert psec.des.encrypt_tdes_ecb(key, b"Now is t").hex().upper() == "3FA40E8A984D4815"
