"""Grants at the desk: a permission for each act, shown once more, written down; lists that ask the same at any size."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blueheart.trail.models import Entry
from donations.models import Grant, GrantPayment, LedgerTransaction, Organisation
from office.home.heaps import HEAPS
from tests.donations.factories import TODAY, grant, organisation
from tests.donations.money_desk import member, refreshed
from tests.donations.test_grants import paid, proposed
from tests.donations.test_grants_page import many
from tests.office.factories import desk_of

pytestmark = pytest.mark.usefixtures("db")
LOOK = ("view_grant", "view_grantpayment", "view_organisation")


def desk(name, *may):
    return desk_of(member(name, *LOOK, *may))


def page_of(name, *args):
    return reverse(f"admin:donations_{name}", args=args)


def form_of(answer):
    """The fields of a page as a browser sends them back, with what is chosen of a list."""
    html = answer.content.decode()
    named = re.findall(r'<input type="(?:hidden|text|date)" name="([a-z_]+)" value="([^"]*)"', html)
    chosen = re.findall(r'<select name="([a-z_]+)".*?<option value="([^"]*)" selected', html, re.S)
    return {name: value for name, value in [*named, *chosen] if name != "csrfmiddlewaretoken"}


def said(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def twice(at, url, act, **typed):
    """Fill the form in, look at what is shown once more, and send that two times."""
    shown = at.post(url, form_of(at.get(url)) | typed | {"act": act})
    sent = form_of(shown) | typed | {"act": act}
    assert sent.get("confirmed") == "yes", said(shown)
    return shown, [at.post(url, sent) for _time in range(2)]


def test_an_organisation_is_recorded_and_hidden_and_the_trail_names_no_person():
    at = desk("olga", "add_organisation", "change_organisation")
    typed = {
        "name": "Safe Harbour", "country": "NP", "is_public": "on", "website": "", "contact_name": "Carla Contact",
        "contact_email": "carla@example.org", "note": "",
    }  # fmt: skip
    at.post(page_of("organisation_add"), typed)
    made = Organisation.objects.get()
    at.post(page_of("organisation_change", made.pk), {**typed, "is_public": "", "contact_name": "Clara Contact"})

    assert (refreshed(made).country, made.is_public, made.contact_name) == ("NP", False, "Clara Contact")
    entries = Entry.objects.acts().filter(action__startswith="organisation.").order_by("pk")
    assert [(entry.action, entry.actor.username) for entry in entries] == [
        ("organisation.created", "olga"), ("organisation.changed", "olga"),
    ]  # fmt: skip
    assert entries[1].detail == {
        "organisation": made.public_id, "fields": ["is_public", "contact_name"], "is_public": False,
    }  # fmt: skip
    assert "Contact" not in str([entry.detail for entry in entries])
    assert at.post(page_of("organisation_delete", made.pk), {"post": "yes"}).status_code == 403


def test_a_grant_is_proposed_once_and_shown_before():
    given = organisation(is_public=False)
    at = desk("olga", "propose_grant")
    assert "Propose a grant…" in said(at.get(page_of("organisation_change", given.pk)))
    url = page_of("grant_propose", given.pk)
    assert "say nothing that leads to it" in said(at.get(url))
    typed = {
        "purpose": "A safe roof", "amount": "1,000.50", "starts_on": "2026-03-01", "ends_on": "2027-02-28",
        "why": "a call for help",
    }  # fmt: skip

    shown, answers = twice(at, url, "propose", **typed)

    for words in ("<bdi>US$1,000.50</bdi>", "A safe roof", "Mexico", "1 March 2026 to 28 February 2027"):
        assert words in said(shown)
    made = Grant.objects.get()
    assert [answer.url for answer in answers] == [page_of("grant_change", made.pk)] * 2
    assert "A safe roof" in said(at.get(answers[0].url))
    assert (made.amount_minor, made.currency, made.country, made.language) == (100050, "USD", "MX", "en")
    assert (made.status, made.proposed_by.username, made.why) == ("proposed", "olga", "a call for help")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"amount": "ten"}, "in figures"),
        ({"amount": "0"}, "smallest gift|more than nothing"),
        ({"ends_on": "2026-01-01"}, "before it begins"),
        ({"country": "ZZ"}, "Select a valid choice"),
    ],
)
def test_a_proposal_that_cannot_be_says_so(typed, says):
    at, url = desk("olga", "propose_grant"), page_of("grant_propose", organisation().pk)
    fields = {"purpose": "A roof", "amount": "10", "starts_on": "2026-03-01", "ends_on": "2026-04-01", "why": ""}

    shown = at.post(url, form_of(at.get(url)) | fields | typed | {"act": "propose", "confirmed": "yes"})

    assert re.search(says, said(shown))
    assert Grant.objects.count() == 0


def test_two_persons_sign_at_the_desk():
    given = proposed()
    first, second = desk("olga", "sign_grant"), desk("bea", "sign_grant")
    url = page_of("grant_sign", given.pk)
    assert "Sign or decline…" in said(first.get(page_of("grant_change", given.pk)))
    for words in ("A safe house and legal help", "US$1,000.00", "Safe Harbour", "pia"):
        assert words in said(second.get(url))

    first.post(url, {"act": "sign", "why": ""})
    assert "now another person has to" in said(first.post(url, {"act": "sign", "why": ""}))
    assert refreshed(given).status == "proposed"
    assert "Please say why." in said(second.post(url, {"act": "decline", "why": ""}))
    second.post(url, {"act": "sign", "why": ""})

    assert (refreshed(given).status, given.second_signed_by.username) == ("approved", "bea")
    assert "decided already" in said(second.post(url, {"act": "decline", "why": "no"}))


def test_a_payment_is_shown_once_more_warns_of_an_empty_bank_and_is_booked_once():
    given = grant()
    at = desk("olga", "pay_grant")
    url = page_of("grant_pay", given.pk)

    shown, answers = twice(at, url, "pay", amount="600", happened_on="2026-02-01", reference="R 7")

    assert "The books hold only <bdi>US$0.00</bdi>" in said(shown).replace("US$0.00 at", "<bdi>US$0.00</bdi> at")
    assert "On this day the grant was not approved yet." in said(shown)
    assert "Stripe" not in said(shown).partition('id="content"')[2]
    payment = GrantPayment.objects.get()
    assert [answer.url for answer in answers] == [page_of("grant_change", given.pk)] * 2
    assert (payment.amount_minor, payment.moved_minor, payment.reference) == (60000, 60000, "R 7")
    assert payment.recorded_by.username == "olga"
    page = said(at.get(page_of("grant_change", given.pk)))
    for words in ("US$600.00", "US$400.00", "Record money that came back…", "Grants: <bdi>US$600.00</bdi>"):
        assert words in page


def test_a_payment_in_another_currency_wants_both_amounts():
    given = grant(currency="KES", amount_minor=13_000_000)
    at = desk("olga", "pay_grant")
    url = page_of("grant_pay", given.pk)
    typed = {"amount": "65,000", "moved_currency": "USD", "happened_on": TODAY.isoformat()}

    refused = at.post(url, form_of(at.get(url)) | typed | {"act": "pay"})
    assert "what our bank moved" in said(refused)
    twice(at, url, "pay", moved="500", **typed)

    payment = GrantPayment.objects.get()
    assert (payment.amount_minor, payment.moved_minor, payment.moved_currency) == (6_500_000, 50000, "USD")
    assert LedgerTransaction.objects.get().entries.count() == 4


def test_money_that_comes_back_and_a_reversal_each_say_why():
    given = grant()
    out = paid(given)
    at = desk("olga", "pay_grant")
    back = page_of("grant_return", given.pk)
    refused = at.post(back, form_of(at.get(back)) | {"amount": "200", "why": "", "act": "return"})
    assert "This field is required." in said(refused)
    twice(at, back, "return", amount="200", why="the house closed")
    came = GrantPayment.objects.get(kind="returned")
    assert "Reverse…" in said(at.get(page_of("grantpayment_change", came.pk)))

    wrong = page_of("grantpayment_reverse", out.pk)
    assert "came back" in said(at.post(wrong, {"act": "reverse", "why": "wrong", "confirmed": "yes"}))
    _shown, answers = twice(at, page_of("grantpayment_reverse", came.pk), "reverse", why="another grant’s")

    assert answers[0].url == page_of("grantpayment_change", came.pk)
    assert "reversed before" in said(answers[1])
    assert refreshed(came).status == "reversed"
    assert LedgerTransaction.objects.count() == 3


def test_a_grant_is_closed_for_a_reason_and_then_not_paid():
    given = grant()
    at = desk("olga", "pay_grant")

    twice(at, page_of("grant_close", given.pk), "close", why="the work is done")

    assert (refreshed(given).status, given.reason) == ("closed", "the work is done")
    page = said(at.get(page_of("grant_change", given.pk)))
    assert "Record a payment…" not in page
    assert "the work is done" in page


@pytest.mark.parametrize(
    ("act", "may"),
    [
        ("grant_propose", ("sign_grant", "pay_grant", "add_grant", "change_grant")),
        ("grant_sign", ("propose_grant", "pay_grant", "change_grant")),
        ("grant_close", ("propose_grant", "sign_grant", "change_grant")),
        ("grant_pay", ("propose_grant", "sign_grant", "change_grant")),
        ("grant_return", ("propose_grant", "sign_grant", "change_grant")),
        ("grantpayment_reverse", ("propose_grant", "sign_grant", "change_grantpayment", "delete_grantpayment")),
    ],
)
def test_each_act_wants_its_own_permission(act, may):
    given = grant()
    subject = {"grant_propose": given.organisation, "grantpayment_reverse": paid(given)}.get(act, given)
    at = desk("mallory", *may)

    for answer in (at.get(page_of(act, subject.pk)), at.post(page_of(act, subject.pk), {"act": "sign"})):
        assert answer.status_code == 403
    for name in ("grant", "grantpayment"):
        assert at.get(page_of(f"{name}_add")).status_code == 403


def test_lists_are_found_by_filter_and_search_and_ask_the_same_at_any_size():
    superuser = member("olga")
    superuser.user_permissions.set(Permission.objects.filter(codename__in=LOOK))
    at = desk_of(superuser)
    many(1)
    lists = [page_of(f"{name}_changelist") for name in ("grant", "grantpayment", "organisation")]
    counts = []
    for url in lists:
        with CaptureQueriesContext(connection) as asked:
            at.get(url)
        counts.append(len(asked))
    many(299, country="KE")
    grant("closed", organisation=organisation("Other House"), purpose="A lawyer")

    for url, count in zip(lists, counts, strict=True):
        with CaptureQueriesContext(connection) as asked:
            at.get(url)
        assert len(asked) == count <= 15
    one = lists[0]
    assert "1 grant" in said(at.get(f"{one}?q=lawyer"))
    assert "1 grant" in said(at.get(f"{one}?q=Other+House"))
    assert "1 grant" in said(at.get(f"{one}?status__exact=closed"))
    assert "299 grants" in said(at.get(f"{one}?country=KE"))


def test_proposals_wait_in_the_office():
    proposed()
    grant(organisation=organisation("Other"))
    [heap] = [heap for heap in HEAPS if heap.model is Grant]

    assert heap.counted().count() == 1
    at = desk("olga")
    assert "1 grant" in said(at.get(f"{page_of('grant_changelist')}?{heap.query}"))
