"""Seven languages, and the names of 249 countries in each."""

import re

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from blueheart.languages import LANGUAGES, babel_locale, countries, country_name, is_rtl
from blueheart.un_names import UN_NAMES

CODES = [code for code, _name in LANGUAGES]


@pytest.mark.parametrize("language", CODES)
def test_every_iso_country_has_a_name_of_its_own(language):
    names = dict(countries(language))

    assert len(names) == len(countries(language)) == 249
    assert len(set(names.values())) == 249
    assert all(name.strip() and name != code for code, name in names.items())


@pytest.mark.parametrize("code", ["XK", "EU", "UN", "ZZ", "EA", "IC"])
def test_what_is_no_country_is_not_listed(code):
    assert code not in dict(countries("en"))


@pytest.mark.parametrize(
    ("language", "palestine", "viet_nam"),
    [
        ("en", "State of Palestine", "Viet Nam"),
        ("ar", "دولة فلسطين", "فييت نام"),
        ("zh-hans", "巴勒斯坦国", "越南"),
        ("fr", "État de Palestine", "Viet Nam"),
        ("ru", "Государство Палестина", "Вьетнам"),
        ("es", "Estado de Palestina", "Viet Nam"),
        ("pt", "Estado da Palestina", "Vietnã"),
    ],
)
def test_names_are_those_that_the_united_nations_use(language, palestine, viet_nam):
    assert (country_name("PS", language), country_name("VN", language)) == (palestine, viet_nam)


@pytest.mark.parametrize("language", CODES)
def test_names_of_the_united_nations_are_of_countries_and_written_in_the_language(language):
    script = {"ar": "[\u0600-\u06ff]", "zh-hans": "[\u4e00-\u9fff]", "ru": "[\u0400-\u04ff]"}.get(language, "[A-Za-z]")

    assert UN_NAMES[language].keys() <= dict(countries(language)).keys()
    assert [name for name in UN_NAMES[language].values() if not re.search(script, name)] == []
    assert [code for code in UN_NAMES["en"] if not country_name(code, language)] == []


def test_unknown_country_is_shown_by_its_code():
    assert country_name("QQ", "fr") == "QQ"


def test_accents_do_not_send_a_name_behind_the_z():
    names = [name for _code, name in countries("fr")]

    assert names.index("Égypte") < names.index("Fidji")


def test_arabic_alone_runs_from_right_to_left():
    assert [code for code in CODES if is_rtl(code)] == ["ar"]


@pytest.mark.parametrize("language", CODES)
def test_language_has_a_locale_for_numbers_and_dates(language):
    assert babel_locale(language).language == language.split("-")[0]


def test_settings_offer_exactly_these_languages():
    assert list(settings.LANGUAGES) == LANGUAGES


def alternates(rf, path: str, language: str) -> dict[str, str]:
    with translation.override(language):
        template = Template(
            "{% load languages %}{% language_alternates as all %}"
            "{% for one in all %}{{ one.code }}={{ one.url }} {% endfor %}"
        )
        return dict(part.split("=", 1) for part in template.render(Context({"request": rf.get(path)})).split())


def test_switcher_keeps_the_page_in_every_language(rf):
    assert alternates(rf, "/fr/", "fr") == {code: f"/{code}/" for code in CODES}


def test_switcher_of_a_page_without_language_leads_to_the_homes(rf):
    assert alternates(rf, "/_mail/", "en") == {code: f"/{code}/" for code in CODES}
