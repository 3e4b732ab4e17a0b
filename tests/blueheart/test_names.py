"""The name rule, in the scripts that supporters write in."""

import pytest

from blueheart import names


@pytest.mark.parametrize(
    "name",
    [
        "Sam",
        "Zoë Núñez",
        "’t Hooft",
        "O'Neil & Bob",
        "Dr. Smith",
        "J.R.R. Tolkien",
        "Laia Gal·la",
        "Nguyễn Văn Đức",
        "Анна-Мария",
        "Ελένη",
        "محمد علي",
        "עמנואל ז׳בוטינסקי",
        "प्रिया शर्मा",
        "สมชาย ใจดี",
        "王小明",
        "田中さくら",
        "ジョン・スミス",
        "김민수",
        "Tom王",
        "Smith-Иванов",
        "a" * 40,
    ],
)
def test_name_that_people_bear_stands_as_it_is(name):
    assert names.check(name) == name


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("  Sam \t Jones ", "Sam Jones"), ("Ｓａｍ", "Sam"), ("Ame\u0301lie", "Amélie"), ("Sam\u00a0J", "Sam J")],
)
def test_name_is_shown_in_its_plain_form(typed, shown):
    assert names.check(typed) == shown


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a" * 41, "longer than 40"),
        ("Sam 1", "without digits"),
        ("محمد ٣", "without digits"),
        ("Sam Ⅳth²", "without digits"),
        ("evil.com", "web or mail address"),
        ("Evil.Com", "web or mail address"),
        ("пример.рф", "web or mail address"),
        ("ｅｖｉｌ．ｃｏｍ", "web or mail address"),
        ("see www", "web or mail address"),
        ("sam@home", "web or mail address"),
        ("@sam", "web or mail address"),
        ("=SUM", "letters, spaces"),
        ("+Sam", "letters, spaces"),
        ("－Sam", "start the name with a letter"),
        ("-Sam", "start the name with a letter"),
        ("...", "start the name with a letter"),
        ("<b>Sam", "letters, spaces"),
        ("Sam/Bob", "letters, spaces"),
        ("Sam 💙", "letters, spaces"),
        ("\u202eSam", "letters, spaces"),
        ("Sam\u200b", "letters, spaces"),
        ("\u3164", "start the name with a letter"),
        ("\uffa0 \u115f", "start the name with a letter"),
        ("Z" + "\u0334\u0335\u0336\u0337\u0338", "too many accents"),
        ("S\u0430m", "different alphabets"),
        ("Владимiр", "different alphabets"),
        ("Ωmega", "different alphabets"),
        ("Σαm", "different alphabets"),
        ("ע\u0627", "different alphabets"),
    ],
)
def test_name_that_could_mislead_is_refused_with_its_reason(name, reason):
    with pytest.raises(names.NameRefusedError, match=reason):
        names.check(name)


@pytest.mark.parametrize("name", ["Blah", "the BLAH one", "b l a h", "B.l.a.h", "Ｂｌａｈ", "坏话王", "ein blah-Blatt"])
def test_name_with_a_refused_word_is_refused(name):
    with pytest.raises(names.NameRefusedError, match="cannot show this name"):
        names.check(name, refused={"blah", "坏话"})


@pytest.mark.parametrize("name", ["Blahová", "Oblah", "Sam"])
def test_name_that_only_contains_the_letters_of_a_refused_word_stands(name):
    assert names.check(name, refused={"blah", "坏话"}) == name


@pytest.mark.parametrize("spelling", ["SAM JONES", "sam  jones", " Ｓａｍ Jones", "Sam\u00a0Jones"])
def test_spellings_of_one_name_have_one_key(spelling):
    assert names.key(spelling) == names.key("Sam Jones")


@pytest.mark.parametrize("spelling", ["S\ufe0fam", "Sa\u034fm", "\u3164Sam", "Sam\U000e0100", "S\u115fam"])
def test_name_cannot_hide_letters_that_nobody_sees(spelling):
    """Else Mallory writes a refused word, or signs with Sam's name, and no machine knows it again."""
    assert names.normalise(spelling) == "Sam"
    assert names.key(spelling) == names.key("Sam")
    with pytest.raises(names.NameRefusedError, match="cannot show this name"):
        names.check(spelling, refused={"sam"})


def test_different_names_have_different_keys():
    assert len({names.key(name) for name in ("", "Sam", "Sám", "Sam J", "王")}) == 5
