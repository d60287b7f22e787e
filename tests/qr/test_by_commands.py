"""Payments by the command line whose messages pass as pictures of codes and in no other way."""

import io
import json
import random
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from faces.qr_drawing import modules, png, text_modules
from faces.qr_reel import payload_png
from hardware.qr_camera import open_source
from tender.qr.frames import Collector, split
from tests.mint import NOW
from tests.qr.pixels import codes_in, letters_to_picture
from tests.qr.street import Screens
from tests.wallet.test_commands import Desk
from tests.wallet.test_two_processes import end, start
from tests.wallet.village import Village
from town.cast import AIGUL, DANA, MERCHANT
from town.processes import no_network_prefix

DAY = 86_400


@pytest.mark.row("DT-O-01")
@pytest.mark.row("DT-O-02")
def test_two_processes_without_a_network_pay_through_pictures_alone(village: Village) -> None:
    for person, money in ((AIGUL, 100_000), (DANA, 0)):
        village.wallet(person, money).close()
    village.platform.close()  # whatever happens now, no bank takes part in it
    sent_before = len(village.line.sent)
    glass = {name: village.folder / "screen of" / name for name in ("aigul", "dana")}
    for one in glass.values():
        one.mkdir(parents=True)

    # The payer looks at the payee's screen before there is anything on it.
    pays = ("pay", "--scan", str(glass["dana"]), "--yes", "--png", str(glass["aigul"] / "payment.png"))
    payer = alone(village, "aigul", *pays)
    end(alone(village, "dana", "request", "500", "--png", str(glass["dana"] / "request.png")))
    payee = alone(
        village, "dana", "receive", "--scan", str(glass["aigul"]), "--png", str(glass["dana"] / "receipt.png")
    )
    assert end(payer)["status"] == "sent"
    assert end(payee)["status"] == "received"
    receipt = alone(village, "aigul", "receipt", "--scan", str(glass["dana"] / "receipt.png"))
    assert end(receipt)["status"] == "paid"

    assert end(alone(village, "dana", "balance"))["spendable_tiyn"] == 50_000
    assert end(alone(village, "aigul", "balance"))["spendable_tiyn"] == 50_000
    assert len(village.line.sent) == sent_before


def alone(village: Village, name: str, *words: str) -> "subprocess.Popen[str]":
    """A wallet command as a process that has no network at all."""
    return start(village, *words, "-w", name, "--json", prefix=no_network_prefix())


@pytest.mark.row("DT-O-05")
def test_what_came_by_a_code_is_paid_on_by_a_code(desk: Desk, screens: Screens) -> None:
    desk.moves_in(AIGUL, "500")
    desk.moves_in(DANA)
    desk.moves_in(MERCHANT)
    desk.village.line.away = True
    screens.pays("aigul", "dana", "500")
    assert desk.spendable("dana") == 50_000
    screens.pays("dana", MERCHANT.name, "300")
    assert desk.spendable(MERCHANT.name) == 30_000
    assert desk.spendable("dana") == 20_000


@pytest.mark.row("DT-Q-12")
def test_a_week_without_a_connection_pays_and_is_paid_by_codes_and_reconciles_later(
    desk: Desk, screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.moves_in(AIGUL, "1000")
    desk.moves_in(DANA, "1000")
    desk.village.line.away = True
    for days, payer, payee in ((3, "dana", "aigul"), (7, "aigul", "dana")):
        monkeypatch.setenv("TENGE_AT", str(NOW + days * DAY))
        screens.pays(payer, payee, "120,50")
    assert (desk.spendable("aigul"), desk.spendable("dana")) == (100_000, 100_000)
    desk.village.line.away = False
    desk.village.clock.set(NOW + 7 * DAY)
    for who in ("dana", "aigul"):
        desk.does("deposit", "--all", "-w", who)
        told = desk.told("balance", "-w", who)
        assert (told["spendable_tiyn"], told["account_tiyn"]) == (0, 100_000)


# --- what a scanner is shown


def refused(desk: Desk, *words: str) -> dict[str, Any]:
    """What a program is told by a command that refused."""
    ended = desk.types(*words, "--json")
    assert ended.exit_code in (1, 3), ended.output
    told = json.loads(ended.stdout)
    assert isinstance(told, dict)
    return told


def moving_png(payload: bytes, frame_bytes: int, numbers: range) -> bytes:
    """Some frames of a payload as an animated picture."""
    frames = split(payload, frame_bytes)
    return png([modules(frames.frame(number), version=10, mask=1) for number in numbers])


@pytest.fixture
def asked(desk: Desk) -> bytes:
    """Dana's request of 500, as bytes; Aigul could pay it."""
    desk.moves_in(AIGUL, "2000")
    desk.moves_in(DANA)
    given = desk.village.folder / "request.tenge"
    desk.does("request", "500", "--out", str(given), "-w", "dana")
    return given.read_bytes()


def test_a_torn_animation_says_how_much_is_missing_and_pays_nothing(
    desk: Desk, asked: bytes, tmp_path: Path
) -> None:
    needed = split(asked, 60).needed
    picture = tmp_path / "torn.png"
    picture.write_bytes(moving_png(asked, 60, range(1, needed)))
    told = refused(desk, "pay", "--scan", str(picture), "--yes", "-w", "aigul")
    assert (told["code"], told["facts"]) == ("qr-unfinished", {"have": needed - 1, "needed": needed})
    picture.write_bytes(moving_png(asked, 60, range(200, 200 + needed)))
    assert desk.told("pay", "--scan", str(picture), "--yes", "-w", "aigul")["status"] == "sent"


def test_frames_of_two_requests_mixed_pay_one_of_them_and_only_once(
    desk: Desk, asked: bytes, tmp_path: Path
) -> None:
    other = tmp_path / "other.tenge"
    desk.does("request", "700", "--out", str(other), "-w", "dana")
    first, second = split(asked, 120), split(other.read_bytes(), 120)
    mixed = [one.frame(number) for number in range(12) for one in (first, second)]
    random.Random(5).shuffle(mixed)
    picture = tmp_path / "mixed.png"
    picture.write_bytes(png([modules(frame, version=7, mask=1) for frame in mixed]))
    desk.does("pay", "--scan", str(picture), "--yes", "--png", str(tmp_path / "paid.png"), "-w", "aigul")
    desk.does("receive", "--scan", str(tmp_path / "paid.png"), "-w", "dana")
    assert desk.spendable("dana") in (50_000, 70_000)
    assert desk.spendable("dana") + desk.spendable("aigul") == 200_000


def test_a_foreign_code_is_named_and_its_content_is_not_repeated(desk: Desk, tmp_path: Path) -> None:
    desk.moves_in(AIGUL)
    picture = tmp_path / "foreign.png"
    for text, words in (
        ("https://pay.kaspi.kz/pay/abc123", "Kaspi"),
        ("WIFI:S:cafe;T:WPA;P:secret;;", "Wi-Fi"),
        ("Қайырлы күн", "plain text"),
    ):
        picture.write_bytes(png([text_modules(text)]))
        told = refused(desk, "pay", "--scan", str(picture), "--yes", "-w", "aigul")
        assert told["code"] == "code-foreign"
        assert words in told["sentence"]
        assert "secret" not in told["sentence"]


def test_frames_that_lie_are_passed_over_and_the_true_ones_are_paid(
    desk: Desk, asked: bytes, tmp_path: Path
) -> None:
    frames = split(asked, 120)
    lies = [
        frames.frame(0)[:-1],
        frames.frame(1)[:16],
        frames.frame(2)[:5] + b"\xff\xff\xff" + frames.frame(2)[8:],
        frames.frame(3)[:2] + b"\x09" + frames.frame(3)[3:],
        bytes(60),
    ]
    shown = [*lies, *(frames.frame(number) for number in range(30, 30 + frames.needed))]
    picture = tmp_path / "lies.png"
    picture.write_bytes(png([modules(frame, version=8, mask=1) for frame in shown]))
    assert desk.told("pay", "--scan", str(picture), "--yes", "-w", "aigul")["status"] == "sent"


def test_a_picture_without_a_code_says_so(desk: Desk, tmp_path: Path) -> None:
    desk.moves_in(AIGUL)
    for name, content, code in (
        ("blank.png", png_of(Image.new("L", (300, 300), 255)), "qr-not-found"),
        ("text.png", b"not a picture", "picture-unreadable"),
        ("bomb.png", bytes_of_a_bomb(), "picture-unreadable"),
        ("gone.png", b"", "file-unreadable"),
    ):
        picture = tmp_path / name
        if content:
            picture.write_bytes(content)
        assert refused(desk, "pay", "--scan", str(picture), "--yes", "-w", "aigul")["code"] == code


def png_of(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def bytes_of_a_bomb() -> bytes:
    """A PNG of a few hundred bytes that claims nine thousand million pixels."""
    raw = bytearray(png_of(Image.new("1", (16, 16))))
    raw[16:24] = (95_000).to_bytes(4, "big") * 2
    raw[29:33] = zlib.crc32(bytes(raw[12:29])).to_bytes(4, "big")
    return bytes(raw)


def test_a_code_in_a_pipe_is_drawn_in_plain_letters_and_can_be_read(desk: Desk, asked: bytes) -> None:
    drawn = desk.does("request", "500", "--qr", "-w", "dana")
    assert set(drawn) == {"#", " ", "\n"}
    (code,) = codes_in(letters_to_picture(drawn))
    assert Collector().receive_data(code).payload is not None


def test_a_payment_too_long_for_one_code_is_saved_as_a_moving_picture(tmp_path: Path) -> None:
    payload = random.Random(3).randbytes(7_000)
    picture = tmp_path / "long.png"
    picture.write_bytes(payload_png(payload))
    with Image.open(picture) as shown:
        assert getattr(shown, "n_frames", 1) > 1
    collector = Collector()
    found = [collector.receive_data(code).payload for code in open_source(str(picture)).codes(lambda: False)]
    assert payload in found
