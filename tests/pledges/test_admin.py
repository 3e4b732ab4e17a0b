"""Ada moderates: she may hide and never reveal, and the trail keeps what she did."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from blueheart.trail.models import Entry
from pledges.models import Fulfilment, HeartReport, Pledge, PreceptOffer, PreceptWording
from tests.campaigns.factories import CampaignFactory
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import (
    BodyFactory,
    GlobalCampaignFactory,
    HeartFactory,
    OfferFactory,
    PledgeFactory,
    WordingFactory,
)
from tests.pledges.test_photos import held

pytestmark = pytest.mark.django_db
PLEDGES = "admin:pledges_pledge_changelist"


@pytest.fixture
def ada():
    return StaffFactory(username="ada")


@pytest.fixture
def desk(ada):
    return desk_of(ada)


@pytest.fixture
def moderate(desk):
    """Run an action of the list on these hearts."""

    def moderate(action: str, *hearts, reason: str = "", at: str = PLEDGES):
        fields = {"action": action, "_selected_action": [heart.pk for heart in hearts], "reason": reason}
        return desk.post(reverse(at), fields, follow=True)

    return moderate


def trail() -> list[tuple]:
    acts = Entry.objects.acts().filter(target_type__startswith="pledges.")
    return list(acts.order_by("pk").values_list("action", "why"))


def test_list_masks_addresses_and_finds_a_whole_one(desk):
    HeartFactory(email="sam@example.org", public_name="Sam")
    HeartFactory(email="dora@example.org", public_name="Dora")

    page = desk.get(reverse(PLEDGES)).content.decode()
    assert "s…@example.org" in page
    assert "sam@example.org" not in page
    found = desk.get(reverse(PLEDGES), {"q": "SAM@Example.org"})
    assert [pledge.public_name for pledge in found.context["cl"].result_list] == ["Sam"]


@pytest.mark.parametrize("part", ["sam", "s%", "s…@example.org", "am@example.org"])
def test_part_of_what_stands_before_the_sign_finds_nobody(desk, part):
    HeartFactory(email="sam@example.org", public_name="Dora")

    assert list(desk.get(reverse(PLEDGES), {"q": part}).context["cl"].result_list) == []


def test_heart_is_found_by_its_number_and_its_public_id(desk):
    heart = HeartFactory()
    HeartFactory()

    for term in (str(heart.number), heart.public_id.upper()):
        assert list(desk.get(reverse(PLEDGES), {"q": term}).context["cl"].result_list) == [heart]


def test_page_of_a_pledge_shows_no_address_and_cannot_change_it(desk):
    heart = HeartFactory(email="sam@example.org")
    url = reverse("admin:pledges_pledge_change", args=[heart.pk])

    page = desk.get(url)
    assert page.status_code == 200
    assert "sam@example.org" not in page.content.decode()
    assert desk.post(url, {"public_name": "Revealed"}).status_code == 403
    assert desk.post(reverse("admin:pledges_pledge_delete", args=[heart.pk]), {"post": "yes"}).status_code == 403


def test_list_costs_the_same_queries_at_any_size(desk):
    costs = []
    for _round in range(3):
        HeartFactory(words="For her")
        BodyFactory()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            desk.get(reverse(PLEDGES))
        costs.append(len(queries))

    assert costs[0] == costs[2] <= 15


def test_words_are_approved_on_the_page_of_a_heart_and_refused(moderate, desk, client):
    heart = HeartFactory(words="For my sister")
    press(desk, heart, "moderate", "approve")
    assert "For my sister" in client.get(heart.get_absolute_url()).content.decode()

    moderate("refuse_words", heart)
    assert "For my sister" not in client.get(heart.get_absolute_url()).content.decode()
    assert trail() == [("pledge.words-approved", ""), ("pledge.words-refused", "")]


def test_approving_where_there_are_no_words_does_nothing(desk):
    heart = HeartFactory(words="")
    press(desk, heart, "moderate", "approve")

    heart.refresh_from_db()
    assert heart.words_status == "none"


def test_a_list_approves_no_words_for_they_may_be_newer_than_the_list(moderate):
    heart = HeartFactory(words="For my sister")
    moderate("approve_words", heart)

    heart.refresh_from_db()
    assert heart.words_status == "waiting"


def test_heart_is_hidden_with_its_reason_and_shown_again(moderate, client):
    heart = HeartFactory()
    moderate("hide", heart, reason="abuse")
    assert client.get(heart.get_absolute_url()).status_code == 404

    moderate("unhide", heart)
    assert client.get(heart.get_absolute_url()).status_code == 200
    assert trail() == [("pledge.hidden", "abuse"), ("pledge.unhidden", "")]


@pytest.mark.parametrize(("reason", "said"), [("", "Nothing was hidden"), ("because", "No action selected")])
def test_heart_is_not_hidden_without_a_reason(moderate, reason, said):
    heart = HeartFactory()
    answer = moderate("hide", heart, reason=reason)

    heart.refresh_from_db()
    assert (heart.hidden_at, trail()) == (None, [])
    assert said in answer.content.decode()


def test_heart_of_somebody_who_may_need_help_is_never_shown_again(moderate):
    heart = HeartFactory()
    moderate("hide", heart, reason="may-need-help")
    moderate("hide", heart, reason="own-wish")
    moderate("unhide", heart)

    heart.refresh_from_db()
    assert (heart.hidden_reason, heart.hidden_at is not None) == ("may-need-help", True)
    assert trail() == [("pledge.may-need-help", "")]


def test_hidden_heart_stays_counted(moderate):
    heart = HeartFactory()
    moderate("hide", heart, reason="abuse")

    assert list(Pledge.objects.confirmed()) == [heart]


def test_report_is_settled_once(moderate):
    report = HeartReport.objects.create(pledge=HeartFactory(), reason="abuse")
    for _again in range(2):
        moderate("settle", report, at="admin:pledges_heartreport_changelist")

    report.refresh_from_db()
    assert report.settled_at is not None
    assert trail() == [("heart-report.settled", "")]


def test_staff_who_may_only_look_cannot_moderate():
    looker = StaffFactory(is_superuser=False)
    looker.user_permissions.set(Permission.objects.filter(codename__in=["view_pledge", "change_pledge"]))
    heart = HeartFactory()
    desk = desk_of(looker)

    assert desk.get(reverse(PLEDGES)).status_code == 200
    desk.post(reverse(PLEDGES), {"action": "hide", "_selected_action": [heart.pk], "reason": "abuse"})
    heart.refresh_from_db()
    assert heart.hidden_at is None


def test_rewording_a_precept_makes_its_next_version(desk):
    wording = WordingFactory(title="Wear", text="I will wear it.")
    pledge = PledgeFactory(precepts=[wording])
    url = reverse("admin:pledges_preceptwording_change", args=[wording.pk])
    fields = {"title_en": "Wear it", "text_en": "I will wear it every day.", "title_ar": "أن أضع القلب"}
    answer = desk.post(url, fields)

    assert answer.status_code == 302
    new = PreceptWording.objects.get(version=2)
    assert (new.title_en, new.title_ar, new.is_by_staff) == ("Wear it", "أن أضع القلب", True)
    assert [promised.title_en for promised in pledge.precepts.all()] == ["Wear"]
    assert trail() == [("precept.reworded", "")]


def test_saving_a_wording_unchanged_makes_no_version(desk):
    wording = WordingFactory(title="Wear", text="I will wear it.")
    url = reverse("admin:pledges_preceptwording_change", args=[wording.pk])
    desk.post(url, {"title_en": "Wear", "text_en": "I will wear it."})

    assert PreceptWording.objects.count() == 1


@pytest.mark.parametrize(
    "lookup", ["email__startswith", "canonical_email__regex", "email", "links__digest__startswith"]
)
def test_masked_address_cannot_be_guessed_letter_by_letter(desk, lookup):
    HeartFactory(email="sam@example.org")

    answers = [desk.get(reverse(PLEDGES), {lookup: guess}, follow=True) for guess in ("s", "x")]

    assert [answer.status_code for answer in answers] == [400, 400]


def test_search_for_more_digits_than_a_number_has_finds_nothing(desk):
    """Python refuses to read 5,000 digits as a number."""
    HeartFactory()

    assert desk.get(reverse(PLEDGES), {"q": "9" * 5000}).context["cl"].result_count == 0


DESKS = {
    "pledge": lambda: HeartFactory(),
    "heartreport": lambda: HeartReport.objects.create(pledge=HeartFactory(), reason="abuse"),
    "heartphoto": lambda: held(),
    "fulfilment": lambda: Fulfilment.objects.create(pledge=HeartFactory(), answer="done"),
    "preceptoffer": lambda: OfferFactory(precept=WordingFactory().precept, campaign=CampaignFactory()),
    "precept": lambda: WordingFactory().precept,
    "preceptwording": lambda: WordingFactory(),
}


@pytest.mark.parametrize("name", DESKS)
def test_each_list_and_page_opens_and_costs_the_same_at_any_size(desk, name):
    costs = []
    for _round in range(3):
        row = DESKS[name]()
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(reverse(f"admin:pledges_{name}_changelist")).status_code == 200
        costs.append(len(queries))

    assert costs[1] == costs[2] <= 15
    assert desk.get(reverse(f"admin:pledges_{name}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("name", ["heartreport", "heartphoto", "fulfilment"])
def test_no_list_tells_an_address_letter_by_letter(desk, name):
    DESKS[name]()

    answer = desk.get(reverse(f"admin:pledges_{name}_changelist"), {"pledge__email__startswith": "s"}, follow=True)
    assert answer.status_code == 400


def press(desk, row, page: str, name: str, **fields):
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])
    return desk.post(url, {"act": name, **fields}, follow=True)


def test_page_of_moderation_approves_refuses_and_takes_back(desk):
    heart = HeartFactory(words="For her")
    seen = []
    for name in ("approve", "refuse", "again"):
        press(desk, heart, "moderate", name)
        heart.refresh_from_db()
        seen.append(heart.words_status)

    assert seen == ["approved", "refused", "waiting"]
    assert [action for action, _why in trail()] == [f"pledge.words-{status}" for status in seen]


def test_page_of_moderation_hides_for_a_reason_and_shows_again(desk):
    heart = HeartFactory(featured_at=timezone.now())
    assert "Nothing was hidden" in press(desk, heart, "moderate", "hide").content.decode()
    press(desk, heart, "moderate", "hide", reason="abuse")
    heart.refresh_from_db()
    assert (heart.hidden_reason, heart.featured_at) == ("abuse", None)

    press(desk, heart, "moderate", "unhide")
    heart.refresh_from_db()
    assert heart.is_shown


def test_words_of_answers_are_read(desk):
    said = Fulfilment.objects.create(pledge=HeartFactory(), answer="done", words="I did.", words_status="waiting")
    seen = []
    for name in ("approve", "refuse", "again"):
        press(desk, said, "read", name)
        said.refresh_from_db()
        seen.append(said.words_status)
    url = reverse("admin:pledges_fulfilment_changelist")
    desk.post(url, {"action": "refuse_words", "_selected_action": [said.pk]})
    said.refresh_from_db()

    assert (seen, said.words_status) == (["approved", "refused", "waiting"], "refused")


def test_report_is_decided_by_hiding_its_heart(desk):
    report = HeartReport.objects.create(pledge=HeartFactory(), reason="abuse")
    press(desk, report, "decide", "hide", reason="abuse")

    report.refresh_from_db()
    report.pledge.refresh_from_db()
    assert (report.pledge.hidden_reason, report.settled_at is not None) == ("abuse", True)


def test_page_of_a_pledge_shows_the_wording_that_was_signed(desk):
    wording = WordingFactory(title="Wear", text="I will wear it.", title_pt="Usar", text_pt="Vou usar.")
    heart = HeartFactory(precepts=[wording], language="pt")
    WordingFactory(precept=wording.precept, version=2, title_pt="Usar sempre")
    page = desk.get(reverse("admin:pledges_pledge_change", args=[heart.pk])).content.decode()

    assert "Vou usar." in page
    assert "Usar sempre" not in page


def test_global_list_is_copied_to_a_campaign_once(desk):
    GlobalCampaignFactory()
    wordings = WordingFactory.create_batch(2)
    campaign = CampaignFactory()
    url = reverse("admin:pledges_preceptoffer_copy")
    for _time in range(2):
        desk.post(url, {"act": "copy", "campaign": campaign.pk}, follow=True)

    assert PreceptOffer.objects.filter(campaign=campaign).count() == 2
    assert set(PreceptWording.objects.offered(campaign)) == set(wordings)
    assert Entry.objects.filter(action="precepts.copied").count() == 1


def test_order_of_a_campaign_is_edited_in_its_list(desk):
    offer = OfferFactory(precept=WordingFactory(offered=False).precept, campaign=CampaignFactory())
    url = reverse("admin:pledges_preceptoffer_changelist") + f"?campaign__id__exact={offer.campaign_id}"
    fields = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": offer.pk, "form-0-order": 7, "_save": "Save"}
    desk.post(url, fields)

    offer.refresh_from_db()
    assert offer.order == 7
    assert trail() == [("precept-offer.changed", "")]


def test_words_that_were_changed_while_they_were_read_are_not_approved():
    heart = HeartFactory(words="For my daughters.", words_status="waiting")
    desk, url = desk_of(StaffFactory()), reverse("admin:pledges_pledge_moderate", args=[heart.pk])
    (seen,) = re.findall(r'name="seen" value="(\w+)"', desk.get(url).content.decode())
    Pledge.objects.update(words="Buy now!")

    assert "changed while you read it" in desk.post(url, {"act": "approve", "seen": seen}).content.decode()
    assert Pledge.objects.get().words_status == "waiting"
