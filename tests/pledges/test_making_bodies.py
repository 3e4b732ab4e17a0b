"""Organisations and authorities pledge by forms and rules of their own, and wait for staff."""

import pytest
from django.core import mail

from blueheart.names import NameRefusedError, check, check_body
from blueheart.post.jobs import send_due
from pledges.models import Pledge, PledgingBody
from tests.pledges.conftest import typed
from tests.pledges.factories import HeartFactory

pytestmark = pytest.mark.django_db
ORGANISATION, AUTHORITY = "/en/pledge/?as=organisation", "/en/pledge/?as=authority"


@pytest.fixture
def body_pledges(client, wording):
    """An organisation or authority sends its form; changes are what is typed differently."""

    def body_pledges(at=ORGANISATION, **changes):
        fields = {
            "is_16_or_older": None,
            "way": "building",
            "public_name": "Sea Rescue 24 & Friends",
            "form": "association",
            "people": "120",
            "link": "https://example.org/",
            "contact_name": "Olu Adeyemi",
            "contact_role": "Director",
            "may_speak": "on",
            "email": "office@example.org",
        }
        return client.post(at, typed(wording, **fields | changes))

    return body_pledges


def test_organisation_is_kept_with_what_it_says_and_waits_for_staff(body_pledges, wording):
    assert body_pledges().status_code == 302

    pledge = Pledge.objects.select_related("body").get()
    body = pledge.body
    assert (pledge.kind, pledge.verification, pledge.status) == ("organisation", "waiting", "pending")
    assert (pledge.public_name, pledge.is_16_or_older) == ("Sea Rescue 24 & Friends", False)
    assert (body.form, body.people, body.link) == ("association", 120, "https://example.org/")
    assert (body.contact_name, body.contact_role, body.refused_for) == ("Olu Adeyemi", "Director", "")
    assert list(pledge.precepts.all()) == [wording]


def test_authority_is_kept_as_what_it_is(body_pledges):
    assert body_pledges(AUTHORITY, form="city", public_name="City of Lisbon").status_code == 302

    pledge = Pledge.objects.select_related("body").get()
    assert (pledge.kind, pledge.verification, pledge.body.form) == ("authority", "waiting", "city")


def test_organisation_may_leave_out_people_and_website_an_authority_not_its_website(body_pledges):
    assert body_pledges(people="", link="").status_code == 302
    assert PledgingBody.objects.get().people is None

    answer = body_pledges(AUTHORITY, form="region", people="", link="", public_name="Region of Lisbon")
    assert list(answer.context["form"].errors) == ["link"]


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        (ORGANISATION, {"form": "city"}),
        (AUTHORITY, {"form": "company"}),
        (ORGANISATION, {"form": "x"}),
        (ORGANISATION, {"way": "profile-picture"}),
        (ORGANISATION, {"public_name": ""}),
        (ORGANISATION, {"public_name": "=HYPERLINK(1)"}),
        (ORGANISATION, {"public_name": "visit evil.com"}),
        (ORGANISATION, {"public_name": "x" * 101}),
        (ORGANISATION, {"people": "0"}),
        (ORGANISATION, {"people": "-5"}),
        (ORGANISATION, {"people": "9" * 12}),
        (ORGANISATION, {"people": "many"}),
        (ORGANISATION, {"link": "javascript:alert(1)"}),
        (ORGANISATION, {"link": "ftp://example.org"}),
        (ORGANISATION, {"contact_name": ""}),
        (ORGANISATION, {"contact_name": "@SUM(1)"}),
        (ORGANISATION, {"contact_role": "www.example.org"}),
        (ORGANISATION, {"may_speak": None}),
    ],
)
def test_what_breaks_the_rules_of_its_kind_is_refused(body_pledges, at, wrong):
    answer = body_pledges(at, **{"form": "city"} | wrong if at == AUTHORITY else wrong)

    assert (answer.status_code, list(answer.context["form"].errors)) == (200, list(wrong))
    assert not Pledge.objects.exists()


def test_website_without_its_scheme_is_taken(body_pledges):
    body_pledges(link="example.org/about")

    assert PledgingBody.objects.get().link == "https://example.org/about"


def test_repeat_while_waiting_replaces_what_the_body_says(body_pledges, sam_pledges):
    body_pledges()
    body_pledges(contact_role="Chair", people="", form="union")
    body = PledgingBody.objects.get()
    assert (body.contact_role, body.people, body.form) == ("Chair", None, "union")

    sam_pledges(public_name="Sea Rescue", email="sam@example.org")
    body_pledges(public_name="Sea Rescue", email="sam@example.org")
    assert Pledge.objects.get(public_name="Sea Rescue").kind == "organisation"
    sam_pledges(public_name="Sea Rescue", email="sam@example.org")
    assert Pledge.objects.get(public_name="Sea Rescue").kind == "person"
    assert PledgingBody.objects.count() == 1


def test_confirmed_person_is_not_made_an_organisation_by_a_later_form(body_pledges):
    heart = HeartFactory(email="office@example.org", public_name="Sea Rescue")

    assert body_pledges(public_name="Sea Rescue").status_code == 302

    heart.refresh_from_db()
    assert (heart.kind, heart.verification, heart.public_name) == ("person", "not-needed", "Sea Rescue")
    assert not PledgingBody.objects.exists()


def test_kind_that_nobody_offers_is_a_person_s_form(client, wording):
    assert client.get("/en/pledge/?as=robot").context["kind"] == "person"


def test_each_kind_has_its_own_form(client, wording):
    for at, fields in ((ORGANISATION, {"may_speak", "contact_name", "form"}), (AUTHORITY, {"link", "people", "form"})):
        page = client.get(at)
        assert fields <= set(page.context["form"].fields)
        assert "is_16_or_older" not in page.context["form"].fields


def test_other_kind_takes_along_what_was_typed(client, wording):
    fields = typed(wording, step="all", go="kind", email="sam at home", public_name="Sam")
    answer = client.post(ORGANISATION, fields)

    page = answer.content.decode()
    assert (answer.status_code, answer.context["kind"]) == (200, "organisation")
    assert 'value="sam at home"' in page
    assert 'value="Sam"' in page
    assert "error-summary" not in page


@pytest.mark.parametrize(
    "name",
    [
        "Sea Rescue 24 & Friends",
        "3M",
        "«Роза»",
        "“La Strada” e.V.",
        "Ärzte + Pflege",
        "中国红十字会",
        "جمعية 27",
        "¡Basta! Perú",
    ],
)
def test_name_that_bodies_bear_stands(name):
    assert check_body(name) == name


@pytest.mark.parametrize(
    "name", ["=SUM", "+49 help", "-x", "@home", "www.x", "a.example4.com", "Сafe", "12345", "", "a\u200b<b>"]
)
def test_name_of_a_body_that_could_mislead_is_refused(name):
    with pytest.raises(NameRefusedError):
        check_body(name)


@pytest.mark.parametrize("name", ["=Sam", "+Sam", "-Sam", "@Sam", "＝Sam", "＠Sam"])
def test_name_of_a_person_never_begins_as_a_formula(name):
    with pytest.raises(NameRefusedError):
        check(name)


def test_household_of_two_names_is_full_and_its_owner_is_told_once_a_day(sam_pledges, client, time_machine):
    time_machine.move_to("2026-11-22T08:00:00Z", tick=False)
    for name in ("Sam", "Dora"):
        sam_pledges(public_name=name)
        time_machine.shift(11 * 60)
    for name in ("Olu", "Ana", "Olu"):
        assert sam_pledges(public_name=name).status_code == 302
        time_machine.shift(11 * 60)
    send_due()

    assert sorted(Pledge.objects.values_list("public_name", flat=True)) == ["Dora", "Sam"]
    told = [letter for letter in mail.outbox if letter.subject == "One more name than this address has room for"]
    assert [letter.to for letter in told] == [["sam@example.org"]]
    assert "2 pledges" in told[0].body


def test_household_setting_counts_each_campaign_alone(sam_pledges, settings):
    settings.HOUSEHOLD_NAMES = 1
    sam_pledges(public_name="Sam")
    sam_pledges(public_name="Dora")

    assert [pledge.public_name for pledge in Pledge.objects.all()] == ["Sam"]


def test_same_name_pledges_anew_after_it_was_withdrawn(sam_pledges):
    old = HeartFactory(email="sam@example.org", status="withdrawn", standing="good")
    sam_pledges()

    new = Pledge.objects.exclude(pk=old.pk).get()
    assert (new.public_name, new.status) == ("Sam", "pending")
    old.refresh_from_db()
    assert old.status == "withdrawn"
