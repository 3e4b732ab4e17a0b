"""The form tells nobody who has pledged: not by its answer, not by what it does. Spellings of one mailbox are one."""

import itertools
import re

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from pledges.models import DomainRule, Pledge
from pledges.services import pledging, quiet
from tests.pledges.conftest import typed
from tests.pledges.factories import HeartFactory, PledgeFactory

pytestmark = pytest.mark.django_db
CASES = {
    "unknown": lambda email: None,
    "pending": lambda email: PledgeFactory(email=email, asked_at=None),
    "asked lately": lambda email: PledgeFactory(email=email, asked_at=timezone.now()),
    "confirmed": lambda email: HeartFactory(email=email),
    "suspected": lambda email: HeartFactory(email=email, standing="suspected"),
    "hidden": lambda email: HeartFactory(email=email, hidden_at=timezone.now(), hidden_reason="abuse"),
    "withdrawn": lambda email: HeartFactory(email=email, status="withdrawn"),
    "household is full": lambda email: [HeartFactory(email=email, public_name=name) for name in ("Dora", "Ana")],
    "left alone": lambda email: quiet.leave_alone(email, "not-me"),
    "of an organisation": lambda email: HeartFactory(email=email, kind="organisation", verification="verified"),
}


def statements(act) -> list[str]:
    """The statements that an act runs, without their values."""
    found = []

    def note(execute, sql, params, many, context):
        found.append(re.sub(r"\s+", " ", re.sub(r'"s\d+_x\d+"', "savepoint", sql)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        act()
    return found


@pytest.mark.parametrize("at", ["/en/pledge/", "/en/pledge/?as=organisation"])
def test_known_and_unknown_addresses_run_the_same_statements_in_the_same_order(client, wording, at):
    fields = {"form_token": "t" * 43, "form": "company", "contact_name": "Olu", "contact_role": "x", "may_speak": "on"}
    if "organisation" in at:
        fields["way"] = "pin"
    ran, answers = {}, set()
    for number, (case, prepare) in enumerate(CASES.items()):
        email = f"somebody{number}@example.org"
        prepare(email)
        post = typed(wording, email=email, **fields | {"form_token": f"{number:0>43}"})

        def send(post=post, number=number):
            answer = client.post(at, post, REMOTE_ADDR=f"198.51.100.{number}")
            answers.add((answer.status_code, answer.url.partition("=")[0], answer.content))

        ran[case] = statements(send)

    assert len(ran["unknown"]) > 10
    assert {case: sql for case, sql in ran.items() if sql != ran["unknown"]} == {}
    assert answers == {(302, "/en/pledge/check-your-mail/?form", b"")}


def test_five_hundred_spellings_are_one_pledge_one_mail_and_one_answer(client, wording):
    DomainRule.objects.create(domain="gmail.com", ignores_dots=True, tag_sign="+")
    DomainRule.objects.create(domain="googlemail.com", same_as="gmail.com")
    locals_ = ["samjones", "sam.jones", "s.a.m.jones", "SamJones", "samjones+heart", "Sam.Jones+1", "ｓａｍｊｏｎｅｓ"]
    domains = ["gmail.com", "GMAIL.com", "googlemail.com", "ｇｍａｉｌ．ｃｏｍ"]
    names = ["Sam Jones", "sam jones", "SAM  JONES", "Ｓａｍ Jones", " Sam\u2009Jones "]
    blanks = ["", " ", "\u3000", "  "]
    spellings = itertools.product(locals_, domains, names, blanks)
    posts = list(spellings)[:500]
    assert len(posts) == 500

    fields = typed(wording)
    answers = {
        (answer.status_code, answer.url, answer.content)
        for local, domain, name, blank in posts
        for spelling in [{"email": f"{blank}{local}@{domain}{blank}", "public_name": name}]
        for answer in [client.post("/en/pledge/", fields | spelling)]
    }
    send_due()

    assert answers == {(302, "/en/pledge/check-your-mail/", b"")}
    assert Pledge.objects.get().canonical_email == "samjones@gmail.com"
    assert [message.kind for message in Message.objects.all()] == ["pledge-confirm"]
    assert len(mail.outbox) == 1


def test_second_name_of_a_household_is_asked_when_the_mailbox_may_get_mail_again(sam_pledges, time_machine):
    time_machine.move_to("2026-11-22T08:00:00Z", tick=False)
    sam_pledges(public_name="Sam")
    sam_pledges(public_name="Dora")
    assert Message.objects.count() == 1
    assert pledging.ask_who_waits() == 0

    time_machine.shift(11 * 60)

    assert pledging.ask_who_waits() == 1
    assert Message.objects.count() == 2
    assert pledging.ask_who_waits() == 0


def test_repeat_of_a_confirmed_pledge_changes_not_one_column_and_no_precept(sam_pledges, wording):
    heart = HeartFactory(email="sam@example.org", country="BR", way="window")
    before = Pledge.objects.filter(pk=heart.pk).values().get(), set(heart.precepts.values_list("pk", flat=True))

    sam_pledges(words="Mallory was here")

    assert (
        Pledge.objects.filter(pk=heart.pk).values().get(),
        set(heart.precepts.values_list("pk", flat=True)),
    ) == before
