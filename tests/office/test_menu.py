"""The menu of lists beside every page of the office: kept for all who may do the same, and as Django would write it."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from office.home import menu
from tests.office.factories import StaffFactory, desk_of

GIFTS = "/staff/donations/donation/"
MENU = re.compile(r'<nav class="sticky" id="nav-sidebar".*?</nav>', re.DOTALL)


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(menu, "_known", {})


def asked_by(person, path="/staff/"):
    request = RequestFactory().get(path)
    request.user = person
    return request


def of_role(name):
    person = StaffFactory(username=name, is_superuser=False)
    person.groups.set([Group.objects.get(name=name)])
    return person


@pytest.mark.parametrize("path", ["/staff/", GIFTS, f"{GIFTS}7/change/", "/staff/campaigns/fact/add/"])
def test_the_menu_is_the_one_that_django_writes(db, path):
    request = asked_by(StaffFactory(is_superuser=True), path)
    lists = admin.site.get_app_list(request)

    djangos = render_to_string("admin/nav_sidebar.html", {"available_apps": lists}, request)

    assert lists.menu_at(path).split() == djangos.split()
    assert djangos.count("current-model") == (path != "/staff/")


def test_the_menu_stands_beside_a_page(db):
    page = desk_of(StaffFactory(is_superuser=True)).get(GIFTS).content.decode()

    assert f'<a href="{GIFTS}" aria-current="page">' in MENU.search(page)[0]


def test_who_may_do_the_same_read_the_same_and_others_their_own(db):
    finance, again, editor = of_role("Finance"), of_role("Finance approver"), of_role("Editor")
    again.groups.set(finance.groups.all())

    assert admin.site.get_app_list(asked_by(finance)) is admin.site.get_app_list(asked_by(again))
    names = {
        entry["object_name"] for section in admin.site.get_app_list(asked_by(editor)) for entry in section["models"]
    }
    assert ("Fact" in names, "Donation" in names) == (True, False)


def test_each_language_has_its_own(db):
    ada = StaffFactory(is_superuser=True)
    with translation.override("fr"):
        french = admin.site.get_app_list(asked_by(ada)).menu

    assert french != admin.site.get_app_list(asked_by(ada)).menu
    assert "Ajouter" in french


def test_what_is_kept_is_bounded(db, monkeypatch):
    monkeypatch.setattr(menu, "MOST", 2)
    for language in ("en", "fr", "ar"):
        with translation.override(language):
            admin.site.get_app_list(asked_by(StaffFactory(is_superuser=True)))

    assert len(menu._known) <= 2
