"""One mailbox has one spelling, however Mallory writes it; what mail cannot reach is refused with a reason."""

from importlib import import_module
from types import SimpleNamespace

import hypothesis
import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from blueheart import mail_addresses, tokens
from blueheart.mail_addresses import MailField
from donations.models import Donor
from donations.services.donors import find_or_make_donor
from pledges.models import Pledge, QuietAddress
from pledges.services import quiet
from pledges.services.pledging import Promise, make_pledge
from tests.donations.factories import donor
from tests.pledges.factories import GlobalCampaignFactory, PledgeFactory, WordingFactory

BUECHER = "sam@xn--bcher-kva.example"
TYPED = hypothesis.settings(max_examples=300, deadline=None, derandomize=True, database=None)


class LetterForm(forms.Form):
    email = MailField()


def typed(email: str) -> LetterForm:
    return LetterForm({"email": email})


@pytest.mark.parametrize(
    "spelling",
    [
        "Sam@Example.org", " sam@example.org ", "ｓａｍ＠ｅｘａｍｐｌｅ．ｏｒｇ", "SAM@EXAMPLE.ORG", "sam@example.org.",
        "sam@example。org", "\u202asam@example.org\u202c", "s\u200bam@exam\u00adple.org", "sam@exa\u2060mple.org\ufeff",
        "s\ufe0fam@example.org", "\u3000sam@example.org\u00a0",
    ],
)  # fmt: skip
def test_spellings_of_one_address_are_one(spelling):
    assert mail_addresses.canonical(spelling) == "sam@example.org"


@pytest.mark.parametrize(
    "spelling",
    [
        "sam@bücher.example", "SAM@BÜCHER.EXAMPLE", "sam@bu\u0308cher.example", "sam@ｂücher．example",
        "sam@XN--BCHER-KVA.example", "sam@bü\u00adcher.example", "sam@bücher。example.", BUECHER,
    ],
)  # fmt: skip
def test_a_domain_in_its_own_alphabet_is_the_one_that_servers_write(spelling):
    assert mail_addresses.canonical(spelling) == BUECHER


def test_two_domains_that_only_look_alike_stay_two():
    assert mail_addresses.canonical("sam@faß.de") == "sam@xn--fa-hia.de"
    assert mail_addresses.canonical("sam@fass.de") == "sam@fass.de"
    assert mail_addresses.canonical("sam@exаmple.org") != "sam@example.org"  # a Cyrillic letter


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Sam.Heart+wall@Example.ORG ", "Sam.Heart+wall@example.org"),
        ("ｓａｍ＠ｅｘａｍｐｌｅ．ｏｒｇ", "sam@example.org"),
        ("sam@BÜCHER.example", BUECHER),
        ("sam@例え.jp", "sam@xn--r8jz45g.jp"),
        ("sam@مثال.إختبار", "sam@xn--mgbh0fb.xn--kgbechtv"),
    ],
)
def test_what_a_form_takes_is_kept_as_mail_servers_write_it(given, kept):
    form = typed(given)

    assert form.is_valid(), form.errors
    assert form.cleaned_data["email"] == kept
    assert mail_addresses.normalise(kept) == kept


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u200d", "\u00ad", "\u202e", "\u2066", "\ufeff", "\u180e", "\u3164", "\ufe0f", "\x00", "\x7f"]
)
@pytest.mark.parametrize("where", [0, 2, 4, 9])
def test_a_sign_that_nobody_sees_is_refused_and_said(unseen, where):
    form = typed("sam@example.org"[:where] + unseen + "sam@example.org"[where:])

    assert form.errors["email"] == [
        "A sign that cannot be seen stands in this address. Please type it, do not paste it."
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        '"sam"@example.org', '"sam smith"@example.org', "sam(heart)@example.org", "sam@example.org (Sam)",
        "Sam <sam@example.org>", "sam@[127.0.0.1]", "sam@[IPv6:::1]", "sam@localhost", "sam@127.0.0.1", "sam@example",
        "sam@@example.org", "sam@a@example.org", "sam.@example.org", ".sam@example.org", "sa..m@example.org", "sam",
        "@example.org", "sam@", "sam@.org", "sam@-x.org", "sam@xn--a.org", "sam@☃.net", "sam@exa_mple.org", "sąm@x.org",
        "s\u0131m@example.org", "sam@example.org\nBcc: dora@example.org", "sam@example.org\r\nSubject: x",
        "sam,dora@example.org", "sam@example.org,dora@example.org", "sam@example.org;dora@example.org",
        "s" * 65 + "@example.org", "sam@" + "x" * 64 + ".org", "sam@" + "x." * 130 + "org", "x" * 100_000,
        "@" * 100_000, "sam@" + "ü." * 50_000,
    ],
)  # fmt: skip
def test_what_no_mail_server_takes_is_refused(wrong):
    form = typed(wrong)

    assert len(form.errors["email"]) == 1
    assert str(form["email"].value()) == wrong


@TYPED
@given(st.text(max_size=60) | st.emails())
def test_no_typed_text_breaks_the_rule_and_what_is_taken_has_one_spelling(text):
    form = typed(text)
    if not form.is_valid():
        return
    kept = form.cleaned_data["email"]

    assert kept.isascii()
    assert kept.isprintable()
    assert " " not in kept
    assert mail_addresses.normalise(kept) == kept
    assert mail_addresses.canonical(kept) == mail_addresses.canonical(text) == kept.lower()
    assert mail_addresses.check(kept) == kept
    assert mail_addresses.check(mail_addresses.readable(kept)) == kept


@TYPED
@given(st.text(max_size=40))
def test_comparing_never_fails_and_has_one_answer(text):
    once = mail_addresses.canonical(text)

    assert mail_addresses.canonical(once) == once
    assert mail_addresses.for_limits(mail_addresses.for_limits(text)) == mail_addresses.for_limits(text)


def test_what_is_counted_for_a_mailbox_has_neither_tag_nor_dots():
    spellings = ["sam@example.org", "s.a.m+1@example.org", "SAM+gift@EXAMPLE.org", "s.am@example.org."]

    assert {mail_addresses.for_limits(spelling) for spelling in spellings} == {"sam@example.org"}
    assert mail_addresses.for_limits("+x@example.org") == "+x@example.org"


def test_people_read_a_domain_in_its_own_alphabet():
    assert mail_addresses.readable(BUECHER) == "sam@bücher.example"
    assert mail_addresses.readable("sam@xn--a.example") == "sam@xn--a.example"
    assert mail_addresses.readable("sam@example.org") == "sam@example.org"


def test_address_in_a_list_shows_its_first_letter_and_its_domain():
    assert mail_addresses.masked("sam@example.org") == "s…@example.org"
    assert mail_addresses.masked("") == ""


# The stories


OF_ONE_MAILBOX = ["sam@bücher.example", "SAM@BÜCHER.EXAMPLE", "sam@XN--bcher-KVA.example.", "ｓａｍ＠ｂücher．example"]


@pytest.mark.django_db
def test_mallory_gets_one_heart_for_one_mailbox_however_its_domain_is_written():
    campaign, wording = GlobalCampaignFactory(), WordingFactory()
    for spelling in OF_ONE_MAILBOX:
        promise = Promise(country="PT", precepts=[wording], way="pin", public_name="Sam", is_16_or_older=True)
        make_pledge(campaign=campaign, email=spelling, promise=promise, language="en")

    assert list(Pledge.objects.values_list("canonical_email", flat=True)) == [BUECHER]


@pytest.mark.django_db
def test_dora_is_one_donor_however_the_domain_of_her_address_is_written():
    donors = {find_or_make_donor(email=spelling, name="", language="en").pk for spelling in OF_ONE_MAILBOX}

    assert len(donors) == 1
    assert Donor.objects.get().email == BUECHER


@pytest.mark.django_db
def test_addresses_of_the_first_release_get_their_one_spelling_and_doubles_stay():
    old, double, new = donor(email="dora@bücher.example"), donor(email="ada@bücher.example"), donor(email="a@b.org")
    there = donor(email="ada@xn--bcher-kva.example")
    heart = PledgeFactory(email=BUECHER)
    Pledge.objects.update(email="sam@bücher.example", canonical_email="sam@bücher.example")
    for app in ("donations", "pledges"):
        step = import_module(f"{app}.migrations.0004_domains_as_mail_servers_write_them")
        step.respell(apps, SimpleNamespace(connection=connection))

    kept = dict(Donor.objects.values_list("pk", "email"))
    assert kept == {
        old.pk: "dora@xn--bcher-kva.example", double.pk: "ada@bücher.example", new.pk: "a@b.org", there.pk: there.email
    }  # fmt: skip
    heart.refresh_from_db()
    assert (heart.email, heart.canonical_email) == (BUECHER, BUECHER)


@pytest.mark.django_db
def test_a_mailbox_left_alone_by_the_first_release_is_left_alone_still():
    digest = tokens.seal(quiet.PURPOSE, "sam@bücher.example", key=settings.SECRET_KEY)
    QuietAddress.objects.create(digest=digest, reason=QuietAddress.Reason.NOT_ME)

    assert not quiet.may_write(BUECHER)
    assert quiet.may_write("dora@xn--bcher-kva.example")
