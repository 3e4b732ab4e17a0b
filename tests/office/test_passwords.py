"""Which passwords are taken: long ones of any kind, but those that are guessed first."""

import pytest
from django.contrib.auth.password_validation import get_default_password_validators, validate_password
from django.core.exceptions import ValidationError

from office.signing_in.passwords import GuessedPasswordValidator
from tests.office.factories import PASSWORD, StaffFactory, desk_of


def is_taken(password: str) -> bool:
    try:
        validate_password(password)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "password",
    [
        "seven hearts on a wall",
        PASSWORD,
        "84726105938271",  # figures alone: no rule says what a password is made of
        "ленивый кот на окне",
        "correct horse battery staple",
        "x7#" * 3 + "quiet rivers" * 12,
        "   spaces at both ends   ",
    ],
)
def test_long_passwords_of_any_characters_are_taken(password):
    assert is_taken(password)


@pytest.mark.parametrize(
    "password",
    [
        "eleven char",  # one too few
        "qwertyuiop[]",  # stands on the list
        "Qwertyuiop[]",
        "princess1234!",
        "P4ssw0rd2026!!",
        "passwordpassword",
        "abcabcabcabcabc",
        "monkeydragon",
        "Monkey-Dragon-1",
        "000000000000",
    ],
)
def test_passwords_that_are_guessed_are_refused(password):
    assert not is_taken(password)


@pytest.mark.parametrize(
    "password", ["BlueHeart2026!", "blue-heart-blue-heart", "United Nations 1", "B1u3 H34rt 2026", "localhost!!12"]
)
def test_passwords_of_the_words_of_this_place_are_refused(password, settings):
    settings.SITE_URL = "http://localhost:8000"

    assert not is_taken(password)


def test_words_of_this_place_within_a_longer_password_are_no_harm():
    assert is_taken("my blue heart sings at noon")


def test_more_than_three_thousand_common_passwords_of_our_length_are_refused():
    (guessed,) = (each for each in get_default_password_validators() if isinstance(each, GuessedPasswordValidator))
    long_enough = {word for word in guessed.passwords if len(word) >= 12}
    long_enough |= {
        f"{word}{end}" for word in guessed.passwords for end in ("1234", "2026!") if len(word) == 8 and word.isalpha()
    }

    assert len(long_enough) > 3000
    sample = sorted(long_enough)[::200]
    assert [word for word in sample if is_taken(word)] == []


def test_no_character_of_a_long_password_is_ignored(db):
    ada, long = StaffFactory(username="ada"), "quiet rivers run by night " * 8
    desk = desk_of(ada)

    desk.post("/staff/password_change/", {"old_password": PASSWORD, "new_password1": long, "new_password2": long})

    ada.refresh_from_db()
    assert len(long) > 200
    assert ada.check_password(long)
    assert not ada.check_password(long[:-1])
    assert not ada.check_password(long.strip())
    assert not ada.check_password(long.upper())


def test_password_managers_know_the_fields_and_a_script_offers_to_show_them(db, client):
    door = client.get("/staff/login/").content.decode()
    assert 'autocomplete="username"' in door
    assert 'autocomplete="current-password"' in door

    page = desk_of(StaffFactory()).get("/staff/password_change/").content.decode()
    assert page.count('autocomplete="current-password"') == 1
    assert page.count('autocomplete="new-password"') == 2
    assert page.count('data-show="Show"') == 3
    assert "js/office-password.js" in page
    assert "onpaste" not in page
    assert "maxlength" not in page.split('id="id_old_password"')[1].split("submit-row")[0]
