"""Every role at every address of the office: what opens and what is refused is what the committed table says.

The table changes with `python -m tests.office.rights`; its diff is the list of rights that somebody got or lost.
"""

import os

import pytest
from django.contrib import admin
from django.db import transaction
from django.utils import translation

from office.roles import ROLES
from tests.office import rights
from tests.office.rights import ROLELESS

WRITES_TABLE = "WRITE_RIGHTS" in os.environ
# Lists of what no test can make a row of within a transaction; their pages about one row are measured without one.
WITHOUT_EXAMPLE: frozenset[str] = frozenset()
# What everybody behind the door may open: the way in and out, the home, their own account, what scripts ask.
EVERYBODYS = {
    "", "login/", "login/code/", "login/enrol/", "login/kept/", "login/leave/", "login/recovery/", "login/time-left/",
    "login/again/",
    "logout/", "my-account/", "password_change/", "password_change/done/", "recovery-codes/", "jsi18n/", "language/",
    "notices/",  # their own digest
    "preview/",  # of what they typed themselves
}  # fmt: skip
SENT_ON = ("/<path:object_id>/", "site_settings/sitesetting/<path:object_id>/history/")
# The pledges that this list shows wait in the list of all pledges as well: working on them is the moderators'.
ONLY_MODERATORS = {"pledges/suspectedpledge/", "pledges/suspectedpledge/<path:object_id>/change/"}
KEPT_ANYWAY = {"trail_entry"}  # that somebody looked


@pytest.fixture(scope="module")
def doors(_migrated_db, django_db_blocker):
    """All addresses with their example rows, made once and rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        yield rights.doors(rights.example_rows())
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def measured(doors):
    """What each role met, measured when it is first asked for."""
    known: dict[str, dict] = {}

    def measured(role: str) -> dict[str, tuple[str, list[str]]]:
        if role not in known:
            known[role] = rights.outcomes(role, doors)
        return known[role]

    return measured


@pytest.fixture(scope="module")
def table(doors, measured):
    if WRITES_TABLE:
        rights.write_table(doors, measured)
    return rights.read_table()


def test_every_address_stands_in_the_table_and_no_other(doors, table):
    assert {door.route for door in doors} ^ set(table) == set()


def test_every_address_has_an_example(doors):
    assert [door.route for door in doors if not door.is_complete and _model_of(door) not in WITHOUT_EXAMPLE] == []


def test_only_what_is_named_lacks_an_example(doors):
    lacking = {_model_of(door) for door in doors if not door.is_complete}

    assert lacking - {None} == WITHOUT_EXAMPLE


def _model_of(door) -> str | None:
    labels = {model._meta.label_lower: model for model in admin.site._registry}
    label = ".".join(door.route.split("/")[:2])
    return label if label in labels else None


@pytest.mark.parametrize("role", [*(role.name for role in ROLES), ROLELESS])
def test_each_address_answers_a_role_as_the_table_says(role, table, measured):
    found = {address: letters for address, (letters, _written) in measured(role).items()}

    assert {address: (letters, table[address][role]) for address, letters in found.items()
            if address in table and letters != table[address][role]} == {}  # fmt: skip


def test_who_has_no_role_opens_nothing_but_the_home_and_their_own_account(table):
    """Some addresses send on to a page before they ask for any right: that page then refuses."""
    opened = {address for address, line in table.items() if set(line[ROLELESS]) & set("os")}

    assert {address for address in opened if not address.endswith(SENT_ON)} <= EVERYBODYS


def test_auditor_opens_every_list_and_every_page_about_a_row(table):
    refused = [
        address for address, line in table.items()
        if line["Auditor"][0] != "o" and (_is_list(address) or address.endswith("/change/"))
    ]  # fmt: skip

    assert set(refused) <= ONLY_MODERATORS


def test_no_address_breaks(table):
    """Whatever is sent, the answer is a page or a refusal."""
    assert [address for address, line in table.items() if "x" in "".join(line.values())] == []


def _is_list(address: str) -> bool:
    model = address.rstrip("/").replace("/", ".")
    return model in {each._meta.label_lower for each in admin.site._registry}


def test_nothing_that_an_auditor_opens_or_sends_changes_anything(measured):
    wrote = {address: set(written) - KEPT_ANYWAY for address, (_letters, written) in measured("Auditor").items()}

    assert {address: tables for address, tables in wrote.items() if tables and address not in EVERYBODYS} == {}


@pytest.mark.parametrize(
    ("address", "roles"),
    [
        ("donations/refund/<int:pk>/decide/", {"Finance approver"}),
        ("donations/closing/<int:pk>/sign/", {"Finance approver"}),
        ("donations/grant/<int:pk>/sign/", {"Finance approver"}),
        ("donations/refund/ask/<int:donation_pk>/", {"Finance"}),
        ("donations/closing/prepare/", {"Finance"}),
        ("donations/grant/propose/<int:organisation_pk>/", {"Finance"}),
        ("auth/user/add/", {"Administrator"}),
        ("auth/user/<int:pk>/password/", {"Administrator"}),
        ("auth/user/<int:pk>/confirm/", {"Administrator"}),
        ("auth/user/<int:pk>/end-sessions/", {"Administrator"}),
        ("pledges/pledge/<int:pk>/moderate/", {"Moderator"}),
    ],
)
def test_the_acts_that_matter_most_have_their_roles(address, roles, table):
    line = table[address]

    assert {role for role, letters in line.items() if set(letters) & set("os")} == roles


def test_nobody_adds_changes_or_deletes_money_by_a_form(table):
    by_form = ("/add/", "/delete/")
    settings = {"bankaccount", "contributor", "feerate", "givingcurrency", "legalentity", "organisation"}
    opened = {
        address for address, line in table.items()
        if address.startswith("donations/") and address.endswith(by_form) and address.split("/")[1] not in settings
        for letters in line.values() if set(letters) & set("os")
    }  # fmt: skip

    assert opened == set()
