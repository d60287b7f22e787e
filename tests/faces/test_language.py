"""The language in use: how it is chosen, and that sentences, labels, help and mistakes speak it."""

import re

import pytest
from typer.testing import CliRunner

from faces import language
from faces.amounts import amount_text
from faces.language import chosen_over, filled, label, preferred
from faces.phrases import phrase
from faces.words import sentence, status
from tender.errors import Code, Refusal
from town.cli import main
from wallet.cli import app

ASKED = [
    ({}, "en"),
    ({"LANG": "C"}, "en"),
    ({"LANG": "ru_RU.UTF-8"}, "ru"),
    ({"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "kk_KZ.UTF-8"}, "kk"),
    ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
    ({"LANG": "kk_KZ", "LC_ALL": ""}, "kk"),
    ({"LC_ALL": "ru_RU.UTF-8", "TENGE_LANG": "kk"}, "kk"),
    ({"LANG": "de_DE.UTF-8"}, "en"),
    ({"TENGE_LANG": "xx"}, "en"),
]


@pytest.mark.parametrize(("environment", "spoken"), ASKED, ids=[str(asked[0]) for asked in ASKED])
def test_the_environment_chooses(environment: dict[str, str], spoken: str) -> None:
    assert preferred(environment) == spoken


@pytest.mark.parametrize(("told", "spoken"), [("kk", "kk"), ("", "ru"), ("xx", "ru")])
def test_what_the_environment_says_goes_before_what_was_kept(told: str, spoken: str) -> None:
    assert chosen_over("ru", {"TENGE_LANG": told}) == spoken


def test_a_language_nobody_speaks_here_is_english() -> None:
    language.use("xx")
    assert language.current() == "en"


SHORT = Refusal(Code.NOT_ENOUGH_MONEY, "amount", (("have_tiyn", 30_000), ("need_tiyn", 1_250_050)))
SPOKEN = [
    (
        "ru",
        "На этом устройстве не хватает денег: есть 300,00 ₸, нужно 12 500,50 ₸. ",
        "На руках: 12 345,67 ₸",
        "ждёт",
        "Да",
    ),
    (
        "kk",
        "Бұл құрылғыда ақша жетпейді: бары 300,00 ₸, керегі 12 500,50 ₸. ",
        "Қолда: 12 345,67 ₸",
        "күтуде",
        "Иә",
    ),
]


@pytest.mark.parametrize(("tag", "refused", "balance", "waiting", "yes"), SPOKEN, ids=["ru", "kk"])
def test_one_choice_speaks_everywhere(tag: str, refused: str, balance: str, waiting: str, yes: str) -> None:
    def plain(text: str) -> str:
        return text.replace("\u202f", " ").replace("\u00a0", " ")

    language.use(tag)
    assert plain(sentence(SHORT)).startswith(refused)
    assert plain(phrase("balance", spendable_tiyn=1_234_567)) == balance
    assert status("waiting") == waiting
    assert label("answer.yes") == yes
    assert plain(sentence(SHORT, "en")).startswith("There is not enough money"), (
        "one text in another language"
    )


def test_amounts_are_written_alike_in_every_language() -> None:
    shown = set()
    for tag in language.TAGS:
        language.use(tag)
        shown.add(amount_text(1_234_567))
    assert shown == {"12\u202f345,67\u00a0₸"}


FILLED = [
    ("Payments: {count}", {"count": "3"}, "Payments: 3"),
    ("Paid[ to {party}].", {"party": "Dana"}, "Paid to Dana."),
    ("Paid[ to {party}].", {}, "Paid."),
    ("Paid[ to {party}].", {"party": ""}, "Paid."),
    ("Paid to {party}.", {}, "Paid to …."),
    ("Install tenge[camera][ on {at}].", {}, "Install tenge[camera]."),
    ("{party}", {"party": "{count} [x]"}, "{count} [x]"),
]


@pytest.mark.parametrize(("template", "facts", "shown"), FILLED)
def test_a_template_never_shows_a_hole(template: str, facts: dict[str, str], shown: str) -> None:
    assert filled(template, facts) == shown


def test_a_key_nobody_wrote_shows_as_itself() -> None:
    assert label("no.such-key") == "no.such-key"


COMMANDS = [[], ["pay"], ["balance"], ["deposit"], ["contacts"], ["hand-over"]]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words) or "wallet")
@pytest.mark.parametrize("tag", ["ru", "kk"])
def test_help_is_spoken(tag: str, words: list[str]) -> None:
    told = {}
    for spoken in ("en", tag):
        language.use(spoken)
        ran = CliRunner().invoke(app, [*words, "--help"], prog_name="tenge wallet")
        assert ran.exit_code == 0
        told[spoken] = ran.output
    flags = re.compile(r"^ +(-.*?)(?:  |$)", re.MULTILINE)
    assert flags.findall(told["en"]) == flags.findall(told[tag]), "what is typed stays"
    first = told["en"].split("\n\n")[1].split(".")[0].strip()
    assert first not in told[tag]
    assert re.search("[а-яә]{4}", told[tag].split("\n\n")[1]), "what it does is said in words of the language"
    assert "Usage" not in told[tag]


MISTAKES = [
    (["pay", "--foo"], "Нет такого параметра: --foo"),
    (["nothing"], "Нет такой команды: 'nothing'."),
    (["load"], "Не указан аргумент 'amount'."),
    (["balance", "--wallet"], "Параметру '--wallet' нужно значение."),
    (["balance", "one", "two"], "Лишние аргументы"),
]


def test_a_wrong_line_says_how_it_is_written() -> None:
    language.use("ru")
    ran = CliRunner().invoke(app, ["load"], prog_name="tenge wallet")
    assert ran.output.startswith("Вызов: tenge wallet load [ПАРАМЕТРЫ]")
    assert "Справка: 'tenge wallet load --help'." in ran.output


@pytest.mark.parametrize(("words", "told"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_a_wrong_line_is_explained_and_ends_with_2(words: list[str], told: str) -> None:
    language.use("ru")
    ran = CliRunner().invoke(app, words, prog_name="tenge wallet")
    assert ran.exit_code == 2
    assert told in ran.output
    assert "Error" not in ran.output


def test_the_list_of_commands_is_spoken(capsys: pytest.CaptureFixture[str]) -> None:
    language.use("kk")
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert "цифрлық теңге" in told
    assert "your money" not in told
