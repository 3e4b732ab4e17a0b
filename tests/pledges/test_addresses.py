import pytest

from pledges import addresses


@pytest.mark.parametrize(
    "spelling", ["Sam@Example.org", " sam@example.org ", "ｓａｍ＠ｅｘａｍｐｌｅ．ｏｒｇ", "SAM@EXAMPLE.ORG"]
)
def test_spellings_of_one_address_are_one(spelling):
    assert addresses.canonical(spelling) == "sam@example.org"


def test_address_in_a_list_shows_its_first_letter_and_its_domain():
    assert addresses.masked("sam@example.org") == "s…@example.org"
    assert addresses.masked("") == ""
