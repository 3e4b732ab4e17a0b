"""What supporters do with their own pledges, behind a mailed link."""

import datetime as dt
import json

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from pledges.models import CountryTally, Fulfilment, MailedLink, Pledge, PledgeTally
from pledges.services import counting, managing
from tests.campaigns.factories import CampaignFactory
from tests.pledges.factories import (
    BodyFactory,
    GlobalCampaignFactory,
    HeartFactory,
    PledgeFactory,
    WordingFactory,
)
from tests.pledges.own_pages import link_for, mailed_manage_link, visit

pytestmark = pytest.mark.django_db

ASK = "/en/pledge/manage/"
HOME = "/en/pledge/manage/home/"
SAM = "sam@example.org"


@pytest.fixture
def sam():
    return HeartFactory(email=SAM, words="Blue is for hope.", words_status="approved")


@pytest.fixture
def pages(client, sam):
    """Sam within a visit."""
    return visit(client, sam)


def page_of(pledge, name):
    return f"/en/pledge/manage/hearts/{pledge.public_id}/{name}/"


def text(response):
    return response.content.decode()


def shown(**changes):
    """What stands in the form of what others see; a field changed to None is left out."""
    fields = {"public_name": "Sam", "words": "Blue is for hope.", "is_on_wall": "on"} | changes
    return {name: value for name, value in fields.items() if value is not None}


def counted():
    counting.close_windows()
    return PledgeTally.objects.total()


# The way in


def test_a_link_is_asked_for_and_opens_by_a_button_once(client, sam, mailoutbox):
    answer = client.post(ASK, {"email": "SAM@Example.org "})
    assert answer["Location"] == "/en/pledge/manage/check-your-mail/"
    link = mailed_manage_link(mailoutbox)
    assert mailoutbox[-1].to == [SAM]

    for _robot in range(3):
        assert SAM in text(client.get(link))
    assert MailedLink.objects.get(purpose="manage").opened_at is None

    opened = client.post(link)
    cookie = opened.cookies["pledge"]
    assert (opened["Location"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (HOME, True, "Lax", 1800)
    assert "Confirmed, counted and shown." in text(client.get(HOME))
    assert client.get(ASK)["Location"] == HOME
    client.cookies.clear()
    assert "This link does not work any more" in text(client.post(link))
    assert client.get(HOME).status_code == 403


def test_the_answer_and_the_statements_are_the_same_for_whoever_has_pledged(client, sam, mailoutbox):
    def ask(email):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = client.post(ASK, {"email": email})
        return answer.status_code, answer["Location"], [query["sql"].split("'")[0] for query in asked.captured_queries]

    known, unknown = ask(SAM), ask("nobody@example.org")

    assert known[:2] == unknown[:2]
    assert [sql.split()[:4] for sql in known[2]] == [sql.split()[:4] for sql in unknown[2]]
    send_due()
    assert [mail.to for mail in mailoutbox] == [[SAM]]
    assert sorted(Message.objects.values_list("status", flat=True)) == ["dropped", "sent"]


def test_links_are_limited_for_an_address_whoever_has_it(client, sam):
    for email in (SAM, "nobody@example.org"):
        assert [client.post(ASK, {"email": email}).status_code for _try in range(2)] == [302, 429]
    assert Message.objects.count() == 2


def test_a_link_for_another_purpose_or_too_old_opens_nothing(client, sam):
    link = link_for(sam)
    MailedLink.objects.update(purpose=MailedLink.Purpose.CONFIRM)
    assert "does not work any more" in text(client.get(link))
    MailedLink.objects.update(purpose=MailedLink.Purpose.MANAGE, expires_at=timezone.now())
    assert "does not work any more" in text(client.post(link))
    assert "does not work any more" in text(client.get("/en/pledge/manage/altered/"))


def test_a_visit_ends_after_half_an_hour_and_by_leaving_and_keeps_what_was_typed(pages, sam):
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=31)):
        over = pages.post(page_of(sam, "shown"), shown(public_name="Typed long"))
    assert over.status_code == 403
    assert 'value="Typed long"' in text(over)

    left = pages.post("/en/pledge/manage/leave/")
    assert "Your pages are closed" in text(left)
    assert MailedLink.objects.count() == 0
    assert pages.get(HOME).status_code == 403


def test_own_pages_are_kept_by_no_cache_and_tell_their_address_to_nobody(pages):
    answer = pages.get(HOME)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_the_list_has_every_pledge_of_the_mailbox_in_plain_words_at_the_same_cost(client, sam):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            page = text(client.get(HOME))
        return page, len(asked)

    visit(client, sam)
    _page, one = cost()
    same = {"email": SAM, "canonical_email": SAM}
    HeartFactory(public_name="Kim", standing="suspected", **same)
    HeartFactory(public_name="Ira", standing="invalid", **same)
    HeartFactory(public_name="Ola", hidden_at=timezone.now(), hidden_reason="own-wish", **same)
    HeartFactory(public_name="Uma", hidden_at=timezone.now(), hidden_reason="abuse", **same)
    HeartFactory(public_name="Eli", status="withdrawn", **same)
    PledgeFactory(public_name="Pia", **same)
    org = {"kind": "organisation", "public_name": "Sea Rescue"}
    BodyFactory(pledge=HeartFactory(**same | org, verification="waiting"))
    BodyFactory(pledge=HeartFactory(**same | org | {"public_name": "Refused Ltd"}, verification="refused"))
    HeartFactory(public_name="Mallory", email="mallory@example.org")

    page, many = cost()

    assert many == one <= 8
    for said in (
        "Confirmed, counted and shown.",
        "Our staff took it out",
        "You keep it from the wall",
        "Our staff keep it from the wall",
        "You took it back on",
        "Not confirmed yet",
        "once our staff have verified it",
        "could not verify it",
    ):
        assert said in page
    assert page.count("Confirmed, counted and shown.") == 2  # the suspected one learns nothing
    assert "Mallory" not in page
    assert "suspect" not in page


def test_nobody_reaches_the_pledge_of_somebody_else(pages):
    other = HeartFactory(email="mallory@example.org", public_name="Mallory")
    for name in ("shown", "promise", "withdraw", "erase"):
        assert pages.get(page_of(other, name)).status_code == 404
        assert pages.post(page_of(other, name), {"is_understood": "on"}).status_code == 404
    other.refresh_from_db()
    assert (other.status, other.public_name) == ("confirmed", "Mallory")


# What others see


def test_a_new_name_is_on_the_wall_at_once_and_new_words_wait(pages, sam):
    answer = pages.post(page_of(sam, "shown"), shown(public_name="Samira", words="Wear it with me."))

    assert answer["Location"] == HOME + "?done=to-read"
    sam.refresh_from_db()
    assert (sam.public_name, sam.name_key, sam.words, sam.words_status) == (
        "Samira",
        "samira",
        "Wear it with me.",
        "waiting",
    )
    wall = text(pages.get("/en/hearts/"))
    assert "Samira" in wall
    assert "Wear it with me." not in wall
    assert Entry.objects.get(action="pledge.shown-changed").detail == {"changed": ["words", "public_name"]}
    assert "once a person has read them" in text(pages.get(answer["Location"]))


def test_unchanged_words_stay_approved_and_the_name_can_go(pages, sam):
    pages.post(page_of(sam, "shown"), shown(public_name=""))
    sam.refresh_from_db()
    assert (sam.public_name, sam.name_key, sam.words_status) == ("", "", "approved")


@pytest.mark.parametrize("name", ["Sam 7", "www.example.org", "=cmd", "x" * 60])
def test_the_name_rule_holds_here_too(pages, sam, name):
    answer = pages.post(page_of(sam, "shown"), shown(public_name=name))
    assert "There is a problem" in text(answer)
    sam.refresh_from_db()
    assert sam.public_name == "Sam"


def test_a_name_or_words_need_16_years_once(client):
    young = HeartFactory(public_name="", is_16_or_older=False, email="young@example.org")
    visit(client, young)
    refused = client.post(page_of(young, "shown"), shown(public_name="Sam", words=""))
    assert "Please tick this box" in text(refused)
    client.post(page_of(young, "shown"), shown(public_name="Sam", words="", is_16_or_older="on"))
    young.refresh_from_db()
    assert (young.public_name, young.is_16_or_older) == ("Sam", True)
    assert "is_16_or_older" not in text(client.get(page_of(young, "shown")))


def test_a_name_that_another_pledge_of_the_mailbox_has_is_refused_kindly(pages, sam):
    HeartFactory(email=SAM, public_name="Kim")
    answer = pages.post(page_of(sam, "shown"), shown(public_name="KIM"))
    assert "Another pledge of yours" in text(answer)
    sam.refresh_from_db()
    assert sam.public_name == "Sam"


def test_a_heart_is_hidden_by_own_wish_and_shown_again_and_counts_all_the_while(pages, sam):
    counting.close_windows()
    pages.post(page_of(sam, "shown"), shown(is_on_wall=None))
    sam.refresh_from_db()
    assert (sam.hidden_reason, sam.is_shown, counted()) == ("own-wish", False, 1)
    assert pages.get(sam.get_absolute_url()).status_code == 404
    pages.post(page_of(sam, "shown"), shown())
    sam.refresh_from_db()
    assert (sam.hidden_reason, sam.is_shown, counted()) == ("", True, 1)


def test_what_staff_have_hidden_stays_hidden_whatever_is_sent(pages, sam):
    Pledge.objects.update(hidden_at=timezone.now(), hidden_reason="name")
    assert "is_on_wall" not in text(pages.get(page_of(sam, "shown")))
    pages.post(page_of(sam, "shown"), shown(public_name="Samira"))
    sam.refresh_from_db()
    assert (sam.public_name, sam.hidden_reason) == ("Samira", "name")


def test_a_featured_heart_that_is_renamed_or_hidden_or_taken_back_is_featured_no_more(pages, sam):
    for change in (shown(public_name="Samira"), shown(public_name="Samira", is_on_wall=None)):
        Pledge.objects.update(featured_at=timezone.now())
        pages.post(page_of(sam, "shown"), change)
        sam.refresh_from_db()
        assert sam.featured_at is None
    Pledge.objects.update(hidden_at=None, hidden_reason="", featured_at=timezone.now())
    pages.post(page_of(sam, "withdraw"))
    sam.refresh_from_db()
    assert sam.featured_at is None


def test_a_renamed_organisation_waits_for_staff_again_uncounted(client):
    body = BodyFactory(pledge__email="olu@example.org")
    pledge = body.pledge
    assert counted() == 1
    visit(client, pledge)
    assert "our staff verify it anew" in text(client.get(page_of(pledge, "shown")))
    said = {"words": "", "form": "association", "people": "120", "link": "https://example.org/",
            "contact_name": "Olu", "contact_role": "Director", "is_on_wall": "on"}  # fmt: skip

    client.post(page_of(pledge, "shown"), said | {"public_name": "Sea Rescue", "contact_name": "Ada"})
    pledge.refresh_from_db()
    assert (pledge.verification, pledge.body.contact_name, counted()) == ("verified", "Ada", 1)

    answer = client.post(page_of(pledge, "shown"), said | {"public_name": "Sea Rescue 24"})
    assert answer["Location"].endswith("?done=to-verify")
    pledge.refresh_from_db()
    assert (pledge.public_name, pledge.verification, counted()) == ("Sea Rescue 24", "waiting", 0)
    for wrong in ({"public_name": ""}, {"public_name": "=Sea"}, {"link": "javascript:x"}, {"contact_name": "=cmd"}):
        assert "error-summary" in text(client.post(page_of(pledge, "shown"), said | {"public_name": "Sea"} | wrong))


# What is promised


def test_kept_precepts_stay_in_their_old_wording_and_new_ones_come_as_they_are_today(pages, sam):
    old = sam.precepts.get()
    WordingFactory(precept=old.precept, version=2, text="I will wear it every day.")
    another = WordingFactory(title="Tell", text="I will tell others.")
    page = text(pages.get(page_of(sam, "promise")))
    assert "I will wear the heart." in page
    assert "I will wear it every day." not in page

    pages.post(page_of(sam, "promise"), {"precepts": [old.pk, another.pk], "way": "window", "country": "PT"})

    sam.refresh_from_db()
    assert set(sam.precepts.all()) == {old, another}
    assert sam.way == "window"
    assert Entry.objects.get(action="pledge.promise-changed").detail == {"changed": ["way", "precepts"]}


def test_a_precept_that_is_offered_no_more_can_be_kept_or_let_go(pages, sam):
    old = sam.precepts.get()
    another = WordingFactory()
    old.precept.offers.all().delete()
    Fulfilment.objects.create(pledge=sam, answer="done").kept.set([old])
    assert "I will wear the heart." in text(pages.get(page_of(sam, "promise")))
    pages.post(page_of(sam, "promise"), {"precepts": [another.pk], "way": "pin", "country": "PT"})
    assert list(sam.precepts.all()) == [another]
    assert sam.fulfilment.kept.count() == 0
    refused = pages.post(page_of(sam, "promise"), {"precepts": [old.pk], "way": "pin", "country": "PT"})
    assert "One of these was reworded meanwhile" in text(refused)


def test_another_country_moves_the_count_with_it(pages, sam):
    counting.close_windows()
    sent = {"precepts": [sam.precepts.get().pk], "way": "pin", "country": "BR"}
    pages.post(page_of(sam, "promise"), sent)
    counting.close_windows()
    assert CountryTally.objects.by_country() == {"BR": 1}


# Taking back and erasing


def test_a_pledge_taken_back_counts_no_more_keeps_its_number_and_can_be_made_anew(pages, sam, mailoutbox):
    assert counted() == 1
    assert "nobody else gets it" in text(pages.get(page_of(sam, "withdraw")))
    assert counted() == 1

    pages.post(page_of(sam, "withdraw"))
    pages.post(page_of(sam, "withdraw"))

    number = sam.number
    sam.refresh_from_db()
    assert (sam.status, sam.number, counted()) == ("withdrawn", number, 0)
    assert sam.public_id not in text(pages.get("/en/hearts/"))
    send_due()
    assert [(mail.subject, mail.to) for mail in mailoutbox] == [("Your pledge is taken back", [SAM])]
    assert Entry.objects.filter(action="pledge.withdrawn").count() == 1
    assert pages.get(page_of(sam, "shown")).status_code == 404
    HeartFactory(email=SAM)
    assert counted() == 1


def test_what_was_never_confirmed_is_not_taken_back():
    with pytest.raises(managing.RefusedError):
        managing.withdraw(PledgeFactory().pk)
    with pytest.raises(managing.RefusedError):
        managing.change_promise(PledgeFactory().pk, precepts=[], way="pin", country="PT")


def test_erasing_one_pledge_leaves_the_other_of_the_household_and_the_visit(pages, sam, mailoutbox):
    kim = HeartFactory(email=SAM, public_name="Kim")
    assert counted() == 2
    assert "tick this box" in text(pages.post(page_of(sam, "erase"), {}))

    answer = pages.post(page_of(sam, "erase"), {"is_understood": "on"})

    assert answer["Location"] == HOME + "?done=erased"
    sam.refresh_from_db()
    assert (sam.public_name, sam.email, sam.canonical_email, sam.words) == ("", "", None, "")
    assert sam.erased_at
    assert counted() == 2
    page = text(pages.get(HOME))
    assert "Kim" in page
    assert "Blue is for hope" not in page
    assert mailoutbox[-1].to == [SAM]
    assert Message.objects.count() == 0

    last = pages.post(page_of(kim, "erase"), {"is_understood": "on"})
    assert "Your data is erased" in text(last)
    assert pages.get(HOME).status_code == 403
    assert counted() == 2


def test_erasing_a_pledge_that_waits_deletes_it(client, wording):
    waiting = PledgeFactory(email=SAM)
    visit(client, waiting)
    assert "Your data is erased" in text(client.post(page_of(waiting, "erase"), {"is_understood": "on"}))
    assert Pledge.objects.count() == 0


def test_all_of_a_mailbox_is_erased_in_one_go(pages, sam, mailoutbox):
    HeartFactory(email=SAM, public_name="Kim", campaign=CampaignFactory())
    assert "Kim" in text(pages.get("/en/pledge/manage/data/erase/"))
    answer = pages.post("/en/pledge/manage/data/erase/", {"is_understood": "on"})
    assert "Your data is erased" in text(answer)
    assert Pledge.objects.filter(erased_at=None).count() == 0
    assert mailoutbox[-1].subject == "We have forgotten you, as you asked"


def test_my_data_come_as_one_file_without_what_is_suspected(pages, sam):
    Pledge.objects.update(standing="suspected", suspected_at=timezone.now(), suspected_for="burst")
    assert pages.get("/en/pledge/manage/data/download/").status_code == 302
    answer = pages.post("/en/pledge/manage/data/download/")
    assert answer["Content-Disposition"] == 'attachment; filename="blue-heart-pledges.json"'
    (pledge,) = json.loads(answer.content)["pledges"]
    assert (pledge["public_name"], pledge["email"], pledge["country"]) == ("Sam", SAM, "PT")
    assert pledge["precepts"][0]["text"] == "I will wear the heart."
    assert "suspected" not in text(answer)


@pytest.mark.parametrize("language", ["ar", "es", "fr", "pt", "ru", "zh-hans"])
def test_the_pages_answer_in_every_language(client, sam, language):
    GlobalCampaignFactory()
    visit(client, sam)
    for path in ("home", "data", "data/erase", *(f"hearts/{sam.public_id}/{name}" for name in
                 ("shown", "promise", "withdraw", "erase"))):  # fmt: skip
        assert client.get(f"/{language}/pledge/manage/{path}/").status_code == 200


def test_a_form_sent_only_for_another_language_changes_nothing(pages, sam):
    switch = {"switch_language": "en"}
    typed = shown(public_name="Samira") | switch
    assert 'value="Samira"' in text(pages.post(page_of(sam, "shown").replace("/en/", "/fr/"), typed))
    pages.post(page_of(sam, "withdraw"), switch)
    pages.post(page_of(sam, "erase"), {"is_understood": "on"} | switch)
    pages.post("/en/pledge/manage/data/erase/", {"is_understood": "on"} | switch)
    sam.refresh_from_db()
    assert (sam.public_name, sam.status, sam.erased_at) == ("Sam", "confirmed", None)
