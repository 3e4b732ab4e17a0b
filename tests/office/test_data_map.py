"""The data map says of every field whether it is about a person, and what it says is what export and erasure do."""

import csv
import datetime as dt
import io
import json

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import DatabaseError, connection, models, transaction
from django.urls import reverse

from donations.models import (
    BankLine,
    BankMatch,
    BankStatement,
    GiftReport,
    LegalEntity,
    Receipt,
    Refund,
    RefundRequest,
    Tribute,
)
from office.data_map import DECLARED, declaration_of, is_undeclared, models_of_ours, personal_fields, personal_models
from office.data_map.kinds import Nobody, Personal, Whose
from office.privacy import subjects
from office.privacy.retention import RULES
from pledges.models import Fulfilment, HeartPhoto, HeartReport, HeldPhoto, InvalidationCase
from tests.donations.factories import (
    bank_account,
    contributor,
    donation,
    donor,
    monthly_gift,
    organisation,
    staff_member,
)
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import BodyFactory, GroupFactory, HeartFactory

PAGE = reverse("admin:data_map")
SAM = "zsam@example.org"
OUTSIDERS = {Whose.DONOR, Whose.SUPPORTER, Whose.KEEPER, Whose.CONTACT, Whose.NAMED, Whose.VISITOR}


# By these the rest is found.
AS_THEY_ARE = {"email", "canonical_email", "keeper_email", "contact_email", "notice_email", "public_name"}
OF_A_CASE = "a mark of pledges by the hundred, not of one of them"
NOT_EXPORTED = {
    "donations.donation.checkout_url": "a link that pays; its page is the donor's already",
    "donations.monthlygift.authenticate_url": "a link that pays; its page is the donor's already",
    "donations.giftreport.words": "somebody else's words, which may say who that is",
    "pledges.heartreport.words": "somebody else's words, which may say who that is",
    "donations.organisation.note": "what staff note about an organisation",
    "pledges.pledge.name_key": "the public name as we compare it",
    "pledges.invalidationcase.title": OF_A_CASE,
    "pledges.invalidationcase.why": OF_A_CASE,
    "pledges.invalidationcase.name": OF_A_CASE,
    "pledges.invalidationcase.network": OF_A_CASE,
    "pledges.invalidationcase.domain": OF_A_CASE,
}
NOT_ERASED = {
    "donations.contributor.name": "promises are in the books under it; staff give it another name",
    "donations.organisation.note": "what staff note about an organisation; they take it out by hand",
    "pledges.invalidationcase.network": OF_A_CASE,
    "pledges.invalidationcase.domain": OF_A_CASE,
}

# Every field


@pytest.mark.parametrize("model", models_of_ours(), ids=lambda model: model._meta.label)
def test_every_field_is_declared_or_cannot_hold_a_person(model):
    undeclared = [field.name for field in model._meta.concrete_fields if is_undeclared(model, field)]

    assert undeclared == [], f"declare in office/data_map whether these of {model._meta.label} are about a person"


def test_nothing_is_declared_that_is_not_there_and_nothing_twice():
    known = {model._meta.label_lower: model for model in models_of_ours()}
    for label, declared in DECLARED.items():
        names = [name for part in declared for name in part.fields.split()]
        assert len(names) == len(set(names)), label
        if label in known:
            assert set(names) <= {field.name for field in known[label]._meta.concrete_fields}, label


class Stranger(models.Model):
    """A model that nobody thought of."""

    name = models.CharField(max_length=40)
    mail = models.EmailField()
    source = models.GenericIPAddressField()
    more = models.JSONField()
    words = models.TextField()
    face = models.FileField()
    kind = models.CharField(max_length=4, choices=[("a", "A")])
    count = models.IntegerField()
    at = models.DateTimeField()
    is_new = models.BooleanField()

    class Meta:
        app_label = "stranger"
        managed = False

    def __str__(self) -> str:
        return self.name


def test_a_field_that_could_hold_a_person_has_to_be_declared():
    undeclared = {field.name for field in Stranger._meta.concrete_fields if is_undeclared(Stranger, field)}

    assert undeclared == {"name", "mail", "source", "more", "words", "face"}


def test_every_personal_field_says_how_long_it_stays():
    rules = {rule.name for rule in RULES}
    for label, declared in DECLARED.items():
        for part in declared:
            if isinstance(part, Personal):
                assert part.rules or part.stays, label
                assert set(part.rules) <= rules, label


def test_translations_and_versions_are_as_the_field_itself():
    versions = {model._meta.object_name: model for model in apps.get_models()}

    assert isinstance(declaration_of(versions["HistoricalFact"], "statement"), Nobody)
    assert isinstance(declaration_of(versions["Picture"], "alt"), Personal)


def test_models_that_hold_people_are_known_and_those_of_content_are_not():
    shown = {model._meta.label for model in personal_models()}

    assert {"donations.Donor", "pledges.Pledge", "pledges.SuspectedPledge", "auth.User", "trail.Entry"} <= shown
    assert not any(label.startswith("campaigns.") for label in shown)
    assert "donations.LedgerTransaction" not in shown


# The page


def staff_with(*codenames):
    user = StaffFactory(username="pia", is_superuser=False)
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return desk_of(user)


@pytest.mark.django_db
def test_the_map_is_read_by_those_who_look_after_data_and_by_nobody_else():
    assert staff_with("view_donor").get(PAGE).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("codename", ["find_person", "view_entry"])
def test_the_map_tells_each_table_with_its_fields(codename, django_assert_max_num_queries):
    desk = staff_with(codename)
    with django_assert_max_num_queries(15):
        page = desk.get(PAGE)

    text = page.content.decode()
    assert '<section class="module" id="donations.donor"' in text
    assert 'href="#donations.donor"' in text
    assert "Privacy officer" in text
    assert "None" not in text
    assert page.context["nobody"]


@pytest.mark.django_db
def test_the_map_is_had_as_a_file_with_a_line_for_each_field():
    answer = staff_with("find_person").get(reverse("admin:data_map_csv"))

    assert 'filename="data-map.csv"' in answer["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    of_donors = {row[1]: row for row in rows if row[0] == "donations.donor"}
    assert set(of_donors) == {"email", "name", "public_id"}
    assert of_donors["email"][3] == "donor"
    assert of_donors["public_id"][4] == "true"
    assert all(row[7] for row in rows)


# What export and erasure do with it


@pytest.fixture
def a_life(db):
    """Somebody who gave in every way and pledged in every way; every text about them is a word of its own."""
    shown = {"public_name_kind": "alias", "public_name": "Zsam", "is_16_or_older": True}
    gift = donation("succeeded", donor=donor(email=SAM), words="Zsam", words_status="waiting", **shown)
    refund = Refund.objects.create(
        donation=gift, amount_minor=1, currency="USD", status="declined", source="staff", next_attempt_at=None,
        requested_by=staff_member(), why="w", reason="r",
    )  # fmt: skip
    statement = BankStatement.objects.create(
        account=bank_account(), file_name="x", digest="d", format="csv", imported_by=staff_member()
    )
    line = BankLine.objects.create(
        statement=statement, booked_on=dt.date(2026, 3, 1), amount_minor=2500, currency="USD", position=1,
        fingerprint="f", status="matched",
    )  # fmt: skip
    BankMatch.objects.create(line=line, donation=gift, amount_minor=2500, matched_by=staff_member())
    over = {"status": "canceled", "stripe_customer_id": "", "next_charge_at": None}
    monthly = monthly_gift(donor=gift.donor, **over, **shown)
    receipt = Receipt.objects.create(
        entity=LegalEntity.objects.create(code="ZZ", name="ZZ"), year=2026, sequence=1, number="ZZ-2026-000001",
        donation=gift, amount_minor=2500, currency="USD", language="en", snapshot={"donor": "Zsam"},
        kept_until=dt.date(2033, 12, 31),
    )  # fmt: skip
    heart = HeartFactory(email=SAM, public_name="Zsam", words="Zsam")
    photo = HeartPhoto.objects.create(pledge=heart, alt="a", status="waiting", width=4, height=4)
    rows = [
        gift.donor, gift, refund, line, monthly, receipt, heart, photo,
        RefundRequest.objects.create(donation=gift, amount_minor=1),
        GiftReport.objects.create(donation=gift, reason="other"),
        Tribute.objects.create(donation=gift, kind="memory", honoured_name="Marta"),
        HeldPhoto.objects.create(photo=photo, webp=b"webp"),
        Fulfilment.objects.create(pledge=heart, answer="done", words="Zsam", words_status="waiting"),
        HeartReport.objects.create(pledge=heart, reason="other"),
        GroupFactory(keeper_email=SAM),
        BodyFactory(pledge__email=SAM),
        contributor(contact_email=SAM),
        organisation(contact_email=SAM),
        InvalidationCase.objects.create(title="t", why="w", name="zsam", status="done", opened_by=staff_member()),
    ]  # fmt: skip
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    return {f"{row._meta.label_lower}.{name}": (row, name, word(row, name)) for row in rows for name in texts_of(row)}


def texts_of(row):
    """The fields of a row that a word can be written into, and that belong to somebody outside."""
    kinds = (models.CharField, models.TextField)
    for name, declared in personal_fields(type(row)):
        field = row._meta.get_field(name)
        if declared.whose in OUTSIDERS and not declared.is_pseudonym and isinstance(field, kinds):
            yield name


def word(row, name):
    """Words with a name in them, written into the field where the database lets us; else what is there."""
    said = f"Zsam {row._meta.model_name} {name}"[: row._meta.get_field(name).max_length]
    try:
        with transaction.atomic():
            if name not in AS_THEY_ARE:
                type(row)._base_manager.filter(pk=row.pk).update(**{name: said})
    except DatabaseError:
        return str(getattr(row, name))
    return str(getattr(row, name)) if name in AS_THEY_ARE else said


def test_every_personal_field_is_exported_or_we_say_why_not(a_life):
    told = json.dumps(subjects.export(SAM))

    assert {field for field, (_row, _name, said) in a_life.items() if said and said not in told} == set(NOT_EXPORTED)


def test_every_personal_field_is_erased_or_we_say_why_not(a_life):
    list(subjects.erase(SAM, why="asked"))

    now = {
        field: type(row)._base_manager.filter(pk=row.pk).values_list(name, flat=True).first()
        for field, (row, name, _said) in a_life.items()
    }
    assert {field for field, said in now.items() if said and "zsam" in said.lower()} == set(NOT_ERASED)
