"""A merchant's code on the wallet's screen: scanned from its picture, agreed to once, paid (DT-C-07)."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from faces.language import use
from faces.qr_drawing import png, text_modules
from hardware.qr_camera import open_source
from tender.account.client_messages import TO_DT
from tender.account.participants import name_of
from tender.qr.payment_code import BANK_QR, Fee, PaymentCode, Profile, encode
from tests.codes.test_paying_a_code import ORDINARY, PRINTED, SALE_TIYN
from tests.wallet.village import Village, good
from tests.wallet_screens.street import SMALL, VillageDoors, playing, pressed, settled, shown, typed
from town.cast import AIGUL, MERCHANT
from wallet.tui.app import WalletApp
from wallet.tui.doors import Choices
from wallet.tui.merchant import PayMerchant
from wallet.tui.scan import Scan

NATIONAL = Profile("kz.example.national", merchant_id="07", bank_id="08")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The language is the whole process's."""
    use("en")
    yield
    use("en")


def doors(village: Village, code: PaymentCode, profile: Profile = BANK_QR) -> VillageDoors:
    """Aigul's, with 10 000.00 on her account; where she scanned last there lies this code's picture."""
    aigul = village.wallet(AIGUL)
    good(aigul.bank.convert(TO_DT, 1_000_000))
    aigul.close()
    village.client(MERCHANT)
    picture = village.folder / "code.png"
    picture.write_bytes(png([text_modules(encode(code, profile))]))
    chosen = Choices(rules_seen=True, idle_s=0, source=str(picture))
    return VillageDoors(village, AIGUL.name, chosen=chosen, sources={str(picture): open_source(str(picture))})


def account_tiyn(app: WalletApp) -> int:
    return good(app.wallet.bank.statement(1)).balances.dt_tiyn


def test_an_ordinary_code_is_read_agreed_to_and_paid(village: Village) -> None:
    async def play() -> None:
        async with playing(doors(village, replace(ORDINARY, vat="Y"))) as (app, pilot):
            app.push_screen(Scan())
            await settled(app, pilot)
            before = shown(app)
            for part in ("MERCHANT M", "ALMATY", MERCHANT.number, "3\u202f779,00", "VAT flag: Yes", "R-17"):
                assert part in before, before
            assert account_tiyn(app) == 1_000_000, "nothing before the yes"
            await pressed(app, pilot, "y")
            assert "turned into ordinary tenge" in " ".join(shown(app).split())
            assert account_tiyn(app) == 1_000_000 - SALE_TIYN

    asyncio.run(play())


def test_a_code_of_a_configured_network_in_kazakh(village: Village) -> None:
    async def play() -> None:
        use("kk")
        async with playing(doors(village, ORDINARY, NATIONAL), SMALL) as (app, pilot):
            file = village.folder / "home" / "networks.toml"
            file.write_text('[[network]]\nguid = "kz.example.national"\nmerchant_id = "07"\nbank_id = "08"\n')
            app.push_screen(Scan())
            await settled(app, pilot)
            for part in ("Дәмхана М", "Алматы", MERCHANT.number):
                assert part in shown(app), shown(app)
            await pressed(app, pilot, "n")
            assert account_tiyn(app) == 1_000_000

    asyncio.run(play())


def test_kaspis_code_is_refused_politely(village: Village, tmp_path: Path) -> None:
    async def play() -> None:
        given = doors(village, ORDINARY)
        Path(given.chosen.source).write_bytes(png([text_modules("https://qr.kaspi.kz/2047731250")]))
        async with playing(given) as (app, pilot):
            app.push_screen(Scan())
            await settled(app, pilot)
            assert "Kaspi" in shown(app)
            assert "2047731250" not in shown(app)

    asyncio.run(play())


def test_a_fee_is_part_of_what_one_agrees_to(village: Village) -> None:
    """Named in the question where the code has the amount, asked about once more where the payer types it."""
    fee = Fee("percent", basis_points=150)

    async def play() -> None:
        async with playing(doors(village, replace(PRINTED, fee=fee))) as (app, pilot):
            app.push_screen(Scan())
            await settled(app, pilot)
            await typed(app, pilot, "1000")
            await pressed(app, pilot, "enter")
            assert "1\u202f015,00" in shown(app), shown(app)
            await pressed(app, pilot, "escape")
            assert account_tiyn(app) == 1_000_000
            app.push_screen(PayMerchant(replace(ORDINARY, fee=fee)))
            await settled(app, pilot)
            assert "Pay 3\u202f835,69" in shown(app), shown(app)

    asyncio.run(play())


def test_above_the_sum_without_pin_the_pin_is_the_yes(village: Village) -> None:
    async def play() -> None:
        async with playing(doors(village, PRINTED)) as (app, pilot):
            least_tiyn = good(await app.outcome(app.wallet.desk.profile)).without_pin_tiyn + 1
            good(await app.outcome(lambda: app.wallet.bank.convert(TO_DT, least_tiyn)))
            before_tiyn = account_tiyn(app)
            app.push_screen(PayMerchant(replace(ORDINARY, amount_tiyn=least_tiyn)))
            await settled(app, pilot)
            for answer in (["escape"], [*"9999", "enter"]):
                await pressed(app, pilot, "y")
                assert "PIN" in shown(app), shown(app)
                await pressed(app, pilot, *answer)
                assert account_tiyn(app) == before_tiyn, answer
            await pressed(app, pilot, "y", *"4071", "enter")
            assert account_tiyn(app) == before_tiyn - least_tiyn

    asyncio.run(play())


def test_a_name_stands_beside_whom_it_belongs_to(village: Village) -> None:
    async def play() -> None:
        async with playing(doors(village, ORDINARY)) as (app, pilot):
            app.push_screen(PayMerchant(replace(ORDINARY, merchant_name="ANOTHER'S NAME")))
            await settled(app, pilot)
            asked = " ".join(shown(app).split())
            assert f"ANOTHER'S NAME, {MERCHANT.number} ({name_of(ORDINARY.bank)})" in asked.replace(
                "│ │ ", ""
            )

    asyncio.run(play())
