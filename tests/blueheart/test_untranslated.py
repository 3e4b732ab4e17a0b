"""Addresses without words in them are learnt once for all languages."""

import pytest
from django.http import HttpResponse
from django.urls import include, path, reverse
from django.urls.resolvers import RegexPattern, URLResolver
from django.utils import translation

from blueheart.untranslated import untranslated


def heart(request, number):
    return HttpResponse(number)


@pytest.fixture
def site_map():
    hearts = path("of/", include(([path("<int:number>/", heart, name="one")], "hearts")))
    return URLResolver(RegexPattern(r"^/"), [untranslated(path("hearts/", include([hearts])))])


def test_an_address_is_the_same_in_every_language(site_map):
    for language in ("en", "ar", "fr"):
        with translation.override(language):
            prefix, hearts = site_map.namespace_dict["hearts"]
            assert prefix + hearts.reverse("one", number=7) == "hearts/of/7/"


def test_it_is_learnt_once(site_map):
    (part,) = site_map.url_patterns
    known = []
    for language in ("en", "ar", "fr"):
        with translation.override(language):
            known.append(part.namespace_dict)

    assert all(one is known[0] for one in known)


class OthersAdd(dict):
    """What a thread sees that walks through it while another one learns a language."""

    def __iter__(self):
        raise RuntimeError("dictionary changed size during iteration")


def test_visitors_of_a_new_process_learn_it_at_once_in_their_languages(site_map):
    (part,) = site_map.url_patterns
    part._reverse_dict = OthersAdd()

    for language in ("en", "ar", "fr"):
        with translation.override(language):
            assert part.reverse_dict is part._reverse_dict["en"]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_site_s_own_addresses_keep_their_language(language):
    with translation.override(language):
        assert reverse("campaigns:about") == f"/{language}/about/"
        assert reverse("admin:index") == "/staff/"
