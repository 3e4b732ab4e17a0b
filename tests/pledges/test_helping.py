"""Somebody may need help: nothing is published, staff know at once, and the helpline answers."""

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from blueheart.post.jobs import send_due
from blueheart.trail.models import Entry
from campaigns.models import Helpline
from office.home.heaps import HEAPS
from pledges.models import Fulfilment, HeartReport, Pledge, QuietAddress
from pledges.services import quiet
from pledges.services.reporting import report_heart
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import HeartFactory
from tests.pledges.test_photos import held

pytestmark = pytest.mark.django_db


@pytest.fixture
def olu():
    """Olu answers for help; she may do nothing else."""
    olu = StaffFactory(username="olu", is_superuser=False)
    olu.user_permissions.set(Permission.objects.filter(codename="answer_for_help"))
    return olu


@pytest.fixture
def desk(olu):
    return desk_of(olu)


@pytest.fixture
def ada():
    """Ada moderates."""
    ada = StaffFactory(username="ada", is_superuser=False)
    codenames = ["moderate_pledge", "view_pledge", "view_fulfilment"]
    ada.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return desk_of(ada)


def helpline(iso2: str = "PT", **kwargs) -> Helpline:
    return Helpline.objects.create(
        **{
            "slug": f"line-{iso2.lower()}-{Helpline.objects.count()}",
            "iso2": iso2,
            "name": f"Line of {iso2}",
            "phones": "800 202 148",
            "source_url": "https://example.org/",
            "source_kind": "operator",
            "read_on": timezone.now().date(),
            "grade": "A",
            "status": "published",
            **kwargs,
        }
    )


def press(desk, row, page: str, name: str, **fields):
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])
    return desk.post(url, {"act": name, **fields}, follow=True)


def answer_page(desk, heart, name="answer", **fields):
    return press(desk, heart, "help", name, **fields)


def may_need_help(**kwargs) -> Pledge:
    return HeartFactory(hidden_at=timezone.now(), hidden_reason="may-need-help", **kwargs)


def letters_to(address: str) -> list:
    send_due(limit=100)
    return [letter for letter in mail.outbox if letter.to == [address]]


def test_everything_of_the_supporter_is_withdrawn_and_olu_is_told_at_once(ada, olu, client):
    heart = HeartFactory(words="I was one of them.", words_status="approved", featured_at=timezone.now())
    answer = Fulfilment.objects.create(pledge=heart, answer="done", words="He found me.", words_status="approved")
    photo = held(heart)
    press(ada, heart, "moderate", "hide", reason="may-need-help")

    for row in (heart, answer, photo):
        row.refresh_from_db()
    assert (heart.hidden_reason, heart.words_status, heart.featured_at) == ("may-need-help", "refused", None)
    assert (answer.words_status, photo.status, photo.refused_for) == ("refused", "refused", "may-need-help")
    assert client.get(heart.get_absolute_url()).status_code == 404
    (alert,) = letters_to(olu.email)
    assert alert.subject == "A supporter may need help"
    assert "I was one" not in alert.body + alert.alternatives[0].content
    assert heart.email not in alert.body


@pytest.mark.parametrize("where", ["words of a pledge", "words of an answer", "photo", "report"])
def test_each_page_of_moderation_can_say_so(ada, olu, where):
    heart = HeartFactory(words="Help.")
    row, page, name = {
        "words of a pledge": lambda: (heart, "moderate", "help"),
        "words of an answer": lambda: (
            Fulfilment.objects.create(pledge=heart, answer="done", words="x", words_status="waiting"), "read", "help",
        ),
        "photo": lambda: (held(heart), "look", "refuse"),
        "report": lambda: (HeartReport.objects.create(pledge=heart, reason="other"), "decide", "help"),
    }[where]()  # fmt: skip
    press(ada, row, page, name, reason="may-need-help" if name == "refuse" else "")

    heart.refresh_from_db()
    assert heart.hidden_reason == "may-need-help"
    assert len(letters_to(olu.email)) == 1


def test_nothing_shows_it_again(ada):
    heart = may_need_help(words="Help.", words_status="refused")
    answer = Fulfilment.objects.create(pledge=heart, answer="done", words="x", words_status="refused")
    for name in ("approve", "again", "unhide"):
        press(ada, heart, "moderate", name)
    for name in ("approve", "again"):
        press(ada, answer, "read", name)

    heart.refresh_from_db()
    answer.refresh_from_db()
    assert (heart.hidden_reason, heart.words_status, answer.words_status) == ("may-need-help", "refused", "refused")


def test_report_of_a_visitor_tells_olu_once_a_day_and_hides_nothing(olu):
    heart = HeartFactory()
    for _time in range(3):
        report_heart(pledge=heart, reason="may-need-help", words="She writes of a man.")
    report_heart(pledge=heart, reason="other", words="")

    (alert,) = letters_to(olu.email)
    assert alert.subject == "A visitor says that somebody may need help"
    assert "She writes" not in alert.body
    heart.refresh_from_db()
    assert heart.hidden_at is None


def test_olu_opens_what_her_mail_leads_to_and_decides_on_the_report(desk, olu):
    report = report_heart(pledge=HeartFactory(), reason="may-need-help", words="")
    page = desk.get(reverse("admin:pledges_heartreport_change", args=[report.pk]))
    press(desk, report, "decide", "settle")
    press(desk, report, "decide", "help")

    report.refresh_from_db()
    report.pledge.refresh_from_db()
    assert page.status_code == 200
    assert (report.pledge.hidden_reason, report.settled_at is not None) == ("may-need-help", True)


def test_answer_has_the_helplines_of_the_country_in_the_language_and_names_nothing(desk):
    helpline("PT", name="Linha", hours_en="Day and night", hours_pt="Dia e noite")
    helpline("EU", name="Europe", phones="116 000")
    helpline("ES", name="Spain")
    helpline("PT", name="Draft", status="draft")
    heart = may_need_help(country="PT", language="pt", email="sam@example.org", public_name="Sam", words="Help me.")
    answer_page(desk, heart)

    (letter,) = letters_to("sam@example.org")
    both = letter.body + letter.alternatives[0].content
    assert all(said in both for said in ("Linha", "800 202 148", "Dia e noite", "Europe", "/pt/help/"))
    assert not any(said in both for said in ("Spain", "Draft", "Help me.", "Sam"))
    lines = letter.body.splitlines()
    assert not any(word in f"{letter.subject} {lines[0]} {lines[2]}".lower() for word in ("traf", "help", "heart"))
    heart.refresh_from_db()
    assert heart.help_answered_at is not None
    assert Entry.objects.filter(action="pledge.help-answered", target_id=str(heart.pk)).count() == 1


def test_country_without_a_checked_helpline_gets_the_page_of_all(desk):
    heart = may_need_help(country="TV", email="sam@example.org")
    answer_page(desk, heart)

    (letter,) = letters_to("sam@example.org")
    assert "/en/help/" in letter.body


def test_nobody_is_answered_twice(desk):
    heart = may_need_help(email="sam@example.org")
    answer_page(desk, heart)
    page = answer_page(desk, heart)

    assert "Nobody waits for an answer here." in page.content.decode()
    assert len(letters_to("sam@example.org")) == 1


def test_who_is_left_alone_is_closed_without_a_mail_and_with_a_reason(desk):
    heart = may_need_help(email="sam@example.org")
    quiet.leave_alone("sam@example.org", QuietAddress.Reason.NOT_ME)

    assert "no address that we may write to" in answer_page(desk, heart).content.decode()
    assert "Write why no mail is sent." in answer_page(desk, heart, "close", why=" ").content.decode()
    answer_page(desk, heart, "close", why="the address is not theirs")
    heart.refresh_from_db()
    assert heart.help_answered_at is not None
    assert Entry.objects.get(action="pledge.help-closed").why == "the address is not theirs"
    assert letters_to("sam@example.org") == []


def test_ada_who_moderates_cannot_answer(ada):
    heart = may_need_help()

    assert answer_page(ada, heart).status_code == 403


def test_heap_stands_first_and_leads_to_them_alone(desk):
    waits, answered = may_need_help(), may_need_help(help_answered_at=timezone.now())
    heap = HEAPS[0]

    assert list(heap.rows()) == [waits]
    listed = desk.get(reverse("admin:pledges_pledge_changelist") + f"?{heap.query}").context["cl"].result_list
    assert list(listed) == [waits]
    assert answered not in listed
