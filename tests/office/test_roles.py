"""The table of rights: every permission has its role, the groups are what it says, and nothing else is touched."""

from io import StringIO

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.management import _get_all_permissions
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from blueheart.trail.models import Entry
from office import making_roles, roles
from office.making_roles import UnknownPermissionError, after_migrate, make_roles, our_apps, permissions_of
from tests.office.factories import StaffFactory

OF_DJANGO = {"auth.user", "auth.group", "otp_totp.totpdevice"}
WRITES = ("add", "change", "delete")


def every_permission() -> set[str]:
    models = [model for label in our_apps() for model in apps.get_app_config(label).get_models()]
    return {
        f"{model._meta.app_label}.{codename}"
        for model in models
        for codename, _words in _get_all_permissions(model._meta)
        if not model._meta.model_name.startswith("historical")
    }


def nobodys() -> set[str]:
    labels = [label.split(".") for label in roles.NOBODY_WRITES]
    return {f"{app}.{act}_{model}" for app, model in labels for act in WRITES} | set(roles.NOBODY_MAY)


def test_every_permission_of_ours_belongs_to_a_role_or_expressly_to_nobody():
    every = every_permission()
    held = {name for role in roles.ROLES for name in permissions_of(role, every)}

    assert every - held - nobodys() == set()


def test_what_is_nobodys_exists_and_is_in_no_role():
    held = {name for role in roles.ROLES for name in role.permissions}

    assert nobodys() - every_permission() == set()
    assert held & nobodys() <= {"donations.add_transferreference", "post.change_message"}


@pytest.mark.parametrize("role", roles.ROLES, ids=lambda role: role.name)
def test_rights_of_a_role_stand_once(role):
    assert len(role.permissions) == len(set(role.permissions))


def test_migrated_database_has_the_eight_roles_as_the_table_says(db):
    every = [f"{app}.{name}" for _pk, app, name in making_roles._all_permissions()]
    for role in roles.ROLES:
        held = Group.objects.get(name=role.name).permissions.values_list("content_type__app_label", "codename")
        assert {".".join(each) for each in held} == permissions_of(role, every)
    assert Group.objects.count() == len(roles.ROLES)


def test_making_roles_again_changes_nothing_and_tells_nothing(db, django_assert_max_num_queries):
    StaffFactory()

    with django_assert_max_num_queries(22):
        changes = make_roles()

    assert [bool(change) for change in changes] == [False] * len(roles.ROLES)
    assert not Entry.objects.exists()


def test_right_that_is_not_in_the_table_is_taken_and_a_missing_one_given_in_the_trail(db):
    StaffFactory()
    moderator = Group.objects.get(name="Moderator")
    refund = Permission.objects.get(codename="refund_donation")
    moderator.permissions.add(refund)
    moderator.permissions.remove(Permission.objects.get(codename="moderate_pledge"))

    make_roles()

    entry = Entry.objects.get()
    assert (entry.action, entry.actor, entry.target_id) == ("role.made", None, str(moderator.pk))
    assert entry.detail == {"given": ["pledges.moderate_pledge"], "taken": ["donations.refund_donation"]}
    assert refund not in moderator.permissions.all()


def test_groups_of_other_names_are_left_alone(db):
    own = Group.objects.create(name="Visitors of the sandbox")
    own.permissions.add(Permission.objects.get(codename="view_fact"))

    make_roles()

    assert own.permissions.count() == 1


def test_wrong_codename_fails_loudly(db, monkeypatch):
    wrong = roles.Role("Editor", "", "", ("campaigns.chnage_fact",))
    monkeypatch.setattr(making_roles, "ROLES", (wrong,))

    with pytest.raises(UnknownPermissionError, match="chnage_fact"):
        make_roles()
    with pytest.raises(CommandError, match="chnage_fact"):
        call_command("make_roles")


def test_command_says_what_it_changed(db):
    Group.objects.get(name="Translator").permissions.clear()

    first, second = StringIO(), StringIO()
    call_command("make_roles", stdout=first)
    call_command("make_roles", stdout=second)

    assert "Translator\n  + campaigns.translate_content\n" in first.getvalue()
    assert second.getvalue() == "Every role is as the table says.\n"


def test_roles_come_after_migrate_even_where_permissions_are_missing(db):
    Group.objects.all().delete()
    Permission.objects.filter(codename="moderate_pledge").delete()

    after_migrate(plan=[])

    assert Group.objects.get(name="Moderator").permissions.filter(codename="moderate_pledge").exists()


def test_undoing_migrations_makes_no_roles(db):
    Group.objects.all().delete()

    after_migrate(plan=[(None, True)])

    assert not Group.objects.exists()


def test_finance_asks_and_the_approver_approves():
    approving = {"donations.approve_refund", "donations.sign_closing", "donations.sign_grant"}
    asking = {"donations.refund_donation", "donations.prepare_closing", "donations.propose_grant"}

    assert approving <= set(roles.FINANCE_APPROVER.permissions)
    assert asking <= set(roles.FINANCE.permissions)
    for role in roles.ROLES:
        assert not (approving & set(role.permissions) and asking & set(role.permissions))
    assert "donations.change_givingcurrency" not in roles.FINANCE.permissions  # it says from where on two are needed


def test_auditor_only_reads_and_administrator_has_no_money():
    every = every_permission()

    assert {name.split(".")[1].split("_")[0] for name in permissions_of(roles.AUDITOR, every)} == {"find", "view"}
    assert not [name for name in roles.ADMINISTRATOR.permissions if name.startswith("donations.")]


def test_money_and_events_are_view_only_for_superusers_too(db, rf):
    """Of every list of the money app, but for the settings that steer it: those are written by forms."""
    written_by_forms = {"bankaccount", "contributor", "feerate", "givingcurrency", "legalentity", "organisation"}
    request = rf.get("/")
    request.user = StaffFactory(is_superuser=True)
    found = set()
    for model, desk in admin.site._registry.items():
        if model._meta.app_label != "donations" or model._meta.model_name in written_by_forms:
            continue
        found.add(model._meta.model_name)
        assert not desk.has_add_permission(request), model
        assert not desk.has_change_permission(request), model
        assert not desk.has_delete_permission(request), model
        assert desk.has_view_permission(request), model
    assert {"donation", "stripeevent", "ledgertransaction", "refund"} <= found
