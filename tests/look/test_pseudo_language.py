"""In a language whose every message stands in brackets, no text of the interface stands outside them."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, islice, product

import pytest
from django.apps import apps
from django.core import mail
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import LocalePrefixPattern
from django.utils import timezone, translation

from blueheart.post import outbox
from blueheart.post.jobs import send_due
from campaigns.search import index_row
from donations.models import (
    BankAccount,
    Donation,
    GivingCurrency,
    MonthlyGift,
    MonthlyGiftChange,
    ReceiptOrder,
    Tribute,
)
from donations.services.monthly_gifts import LETTERS
from donations.services.receipts import bring_up_to_date
from donations.services.tributes import promise_notices
from pledges.models import PreceptWording
from pledges.services import codes, confirming
from tests.campaigns.factories import NewsFactory
from tests.donations.factories import (
    NOW,
    contributor,
    donation,
    donor,
    grant,
    monthly_gift,
    organisation,
    promised_gift,
)
from tests.donations.giving_desk import visit
from tests.look.pseudo_language import Reading, bracket_content, named_patterns, outside, spoken
from tests.pledges.conftest import stamp_from
from tests.pledges.factories import BodyFactory, HeartFactory, PledgeFactory, WordingFactory, tally

MOST_TRIES = 80
# What these show depends on more than their address: they are opened below.
MONTHLY = {f"donations:monthly_gift{part}" for part in ("", "_amount", "_card", "_end", "_pause", "_resume")}
OWN = {
    f"donations:{page}"
    for page in (
        "giving_by_bank", "giving_download", "giving_erase", "giving_gift", "giving_home", "giving_leave",
        "giving_open", "giving_privacy", "giving_refund", "giving_shown", "receipt", "receipt_pdf", "statement",
        "statement_pdf",
    )
}  # fmt: skip
OPENED_BELOW = {"donations:thanks", "pledges:code", "pledges:confirm", *MONTHLY, *OWN}


@pytest.fixture(scope="module")
def portal(content_rows, django_db_blocker) -> Iterator[None]:
    """All content, a heart and gifts, bracketed; loaded once and rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        content_rows.put_back()
        wordings = WordingFactory.create_batch(2, title="⟪Wear⟫", text="⟪I wear it.⟫")
        HeartFactory(public_name="⟪Sam⟫", words="⟪For her⟫", words_status="approved", precepts=wordings)
        tally("PT", 12)
        donation("succeeded", public_name="⟪Dora⟫", is_16_or_older=True)
        promised_gift((100, 100), contributor=contributor("⟪House of help⟫"))
        promised_gift((100, 100), contributor=contributor("⟪Silent⟫", is_public=False))
        grant(organisation=organisation("⟪House⟫"), purpose="⟪A safe roof⟫")
        grant(organisation=organisation("⟪Shelter⟫", is_public=False), purpose="⟪A doctor⟫")
        BankAccount.objects.update(holder="⟪Fund⟫", bank="⟪Bank⟫")
        index_row(NewsFactory(slug="something-happened"))
        bracket_content("campaigns")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def pseudo(portal, monkeypatch) -> Iterator[None]:
    """The portal in the language of brackets; what a test does to it is undone."""
    with spoken(monkeypatch), transaction.atomic(), translation.override("en"):
        yield
        transaction.set_rollback(True)


def addresses() -> list[tuple[str, tuple[str, ...]]]:
    """Every named address that has a language in front, and what it wants to know."""
    (with_language,) = (part for part in get_resolver().url_patterns if isinstance(part.pattern, LocalePrefixPattern))
    return sorted(set(named_patterns(with_language.url_patterns)))


def examples(wanted: tuple[str, ...]) -> Iterator[dict]:
    """Values for what an address wants to know, from rows that are there: `slug`, `year`, `public_id`, …"""
    values: dict[str, list] = {name: [] for name in wanted}
    for name, model in product(wanted, apps.get_models()):
        if name in {field.name for field in model._meta.concrete_fields} and not hasattr(model, "history_object"):
            found = model._base_manager.order_by("-pk").values_list(name, flat=True)[:8]
            values[name] += [value.lower() if isinstance(value, str) else value for value in found]
    return (dict(zip(wanted, choice, strict=True)) for choice in product(*map(dict.fromkeys, values.values())))


def shown(client, name: str, wanted: tuple[str, ...]):
    """The page at an address, with the first values that it takes; None where it shows no page."""
    for kwargs in islice(examples(wanted), MOST_TRIES):
        try:
            answer = client.get(reverse(name, kwargs=kwargs))
        except NoReverseMatch:
            continue
        if answer.status_code == 200:
            return answer
    return None


def assert_in_brackets(pages: dict[str, str]) -> None:
    """Fails with every text that stands outside, and where; one that many pages share is told once."""
    places: dict[str, list[str]] = {}
    for name, html in pages.items():
        for text in dict.fromkeys(Reading(html).outside):
            places.setdefault(text, []).append(name)
    told = [f"“{text}” on {', '.join(names[:3])} ({len(names)} pages)" for text, names in places.items()]
    assert not told, "outside of all brackets:\n" + "\n".join(told)


def test_every_address_of_the_site_map_stands_in_brackets(client, pseudo):
    pages, unseen = {}, []
    for name, wanted in addresses():
        answer = shown(client, name, wanted)
        if answer is None:
            unseen.append(name)
        elif answer["Content-Type"].startswith("text/html"):
            pages[name] = answer.content.decode()

    assert set(unseen) == OPENED_BELOW, "an address that shows nothing: give its test a row to show"
    assert len(pages) > 10
    assert_in_brackets(pages)


@pytest.mark.parametrize(
    "query",
    [
        "search/?q=happened",
        "search/?q=nothing+of+that+name",
        "hearts/?before=1",
        "trust-fund/contributions/?year=1999",
        "receipts/check/?number=1&code=1",
        "receipts/check/?number=&code=",
    ],
)
def test_what_was_looked_for_stands_in_brackets(client, pseudo, query):
    page = client.get(f"/en/{query}").content.decode()

    assert_in_brackets({query: page})


def test_forms_that_find_fault_stand_in_brackets(client, pseudo):
    heart = HeartFactory(public_name="⟪Ana⟫", precepts=PreceptWording.objects.all())
    gift = donation("succeeded", words="⟪For her⟫", words_status="published", is_16_or_older=True)
    sent = {
        "/en/pledge/": {"public_name": "www.example.org", "words": "⟪x⟫", "email": "sam", "country": "XX", "way": "x"},
        "/en/donate/": {"currency": "USD", "preset": "2500", "amount": "a lot", "email": "dora", "public_name": "Do"},
        "/en/donate/?amount=1": {"currency": "JPY", "preset": "other", "amount": "0.001", "email": "", "interval": "x"},
        f"/en/hearts/{heart.public_id}/report/": {"reason": "x", "shown": stamp_from(0)},
        f"/en/trust-fund/donors/{gift.public_id}/report/": {"reason": "x"},
    }

    pages = {path: client.post(path, fields).content.decode() for path, fields in sent.items()}

    assert all("error-summary" in html for html in pages.values())
    assert_in_brackets(pages)


def test_the_way_of_a_pledge_stands_in_brackets(client, pseudo):
    """The letter, its link before and after the button, and the link that works no more."""
    form = client.get("/en/pledge/").content.decode()
    (precept, *_rest) = re.findall(r'name="precepts"[^>]*value="(\d+)"', form)
    fields = {"precepts": precept, "way": "pin", "country": "PT", "email": "sam@example.org", "shown": stamp_from(60)}
    assert client.post("/en/pledge/", fields).status_code == 302
    send_due()
    (letter,) = mail.outbox
    link = re.search(r"/\S+/pledge/confirm/\S+/", letter.body)[0]
    pages = {"letter": letter.alternatives[0].content, "link": client.get(link).content.decode()}
    seen = re.search(r'name="seen" value="(\w+)"', pages["link"])[1]
    pages["heart"] = client.post(link, {"seen": seen}, follow=True).content.decode()
    pages["link again"] = client.get(link).content.decode()
    pages["link expired"] = client.get("/en/pledge/confirm/no-such-link/").content.decode()

    assert_in_brackets(pages)


GIFT = {"form_token": "0" * 32, "shown_currency": "USD", "interval": "once", "currency": "USD", "preset": "2500"}
TOLD = {"tribute_kind": "memory", "honoured_name": "Anna", "notice_email": "otto@example.org"}


def test_the_form_of_a_gift_stands_in_brackets(client, pseudo):
    """Its faults, the sum before and after the fees are added, and the page while no gifts are taken."""
    faults = (
        {"public_name_kind": "alias", "words": "⟪www.example.org⟫"},
        {"public_name_kind": "anonymous", "public_name": "Dora"},
        {"public_name": "Dora", "tribute_kind": "memory", "notice_on": "2001-01-01"},
        {"notice_on": "2999-01-01", "notice_name": "Otto"},
        {"notice_email": "otto@example.org"},
        TOLD | {"honoured_name": ""},
        TOLD | {"notice_email": "", "notice_name": "Otto"},
        {"preset": "other", "amount": "999999", "cover_fees": "on"},
    )
    pages = {str(fault): client.post("/en/donate/", GIFT | fault).content.decode() for fault in faults}
    assert all("error-summary" in html for html in pages.values())
    pages["sum"] = client.post("/en/donate/", GIFT | {"show_currency": "1", "interval": "quarter"}).content.decode()
    pages["look"] = client.post("/en/donate/", GIFT | {"email": "d@example.org", "cover_fees": "on"}).content.decode()
    GivingCurrency.objects.update(is_offered=False)
    pages["closed"] = client.get("/en/donate/").content.decode()

    assert_in_brackets(pages)


@pytest.mark.parametrize("kind", ["memory", "honour"])
@pytest.mark.parametrize("giver", ["", "⟪Dora⟫"])
def test_the_mail_to_somebody_else_stands_in_brackets(client, pseudo, kind, giver):
    Tribute.objects.create(
        donation=donation("succeeded"), kind=kind, honoured_name="⟪Anna⟫", notice_name="⟪Otto⟫", notice_from=giver,
        notice_email="otto@example.org", notice_on="2026-01-01",
    )  # fmt: skip
    promise_notices()
    send_due()

    (letter,) = mail.outbox
    assert_in_brackets({"letter": letter.alternatives[0].content})


def test_the_way_of_a_gift_stands_in_brackets(client, pseudo):
    # What staff recorded has no pay page.
    never = {Donation.Status.NOT_STARTED, Donation.Status.REVERSED}
    states = [status for status in Donation.Status if status not in never]
    gifts = {status: donation(status, statement_text="") for status in states}

    pages = {
        status: client.get(f"/en/donate/thanks/?session={gift.stripe_checkout_session_id}").content.decode()
        for status, gift in gifts.items()
    }

    assert all("status-panel" in html for html in pages.values())
    assert_in_brackets(pages)


FACES = {
    "runs": {},
    "fails": {"failing_invoice_id": "in_1", "failed_tries": 1, "authenticate_url": "http://127.0.0.1/"},
    "fails at last": {"failing_invoice_id": "in_1", "failed_tries": 3, "next_try_at": NOW},
    "rests": {"is_paused": True},
    "rests for a while": {"is_paused": True, "resumes_at": NOW},
    "ends soon": {"ends_at_period_end": True},
    "is not begun": {"status": "incomplete"},
    "has ended": {"status": "canceled"},
}


def test_what_is_given_again_and_again_stands_in_brackets(client, pseudo):
    """Each state of it, its forms and their faults, and the mails about it."""
    pages = {}
    for name, state in FACES.items():
        gift = monthly_gift(receipt_name="⟪Dora⟫", **state)
        for kind in MonthlyGiftChange.Kind:
            amounts = {"old_amount_minor": 1000, "new_amount_minor": 2500} if kind == "amount" else {}
            change = gift.changes.create(kind=kind, by="staff", **amounts)
            for letter in (LETTERS[kind], "monthly-gift-ended"):
                outbox.add(letter, cause=f"{letter}:{change.pk}", subject_id=change.pk, language="en")
        for letter in ("charge-failed", "confirm-charge", "gift-upcoming"):
            cause = f"{letter}:{gift.failing_invoice_id}:{gift.failed_tries}"
            outbox.add(letter, cause=cause, subject_id=gift.pk, language="en")
        visit(client, gift.donor)
        path = f"/en/giving/monthly/{gift.public_id}/"
        for said in ("", "amount", "pause", "resume", "card", "end"):
            pages[f"{name} {said}"] = client.get(f"{path}?done={said}").content.decode()
        for part in ("amount/", "pause/", "end/"):
            for answer in (client.get(path + part), client.post(path + part, {"amount": "x", "feedback": "x"})):
                pages[f"{name} {part} {answer.status_code}"] = answer.content.decode()
    send_due(limit=500)
    pages |= {f"letter {number}": letter.alternatives[0].content for number, letter in enumerate(mail.outbox)}

    assert len(mail.outbox) > 30
    assert_in_brackets(pages)


def test_the_way_to_a_donors_own_pages_stands_in_brackets(client, pseudo):
    """Asking for a link, its letter, the button, links that work no more, a visit that is over, and leaving."""
    donor("d@example.org")
    pages = {"fault": client.post("/en/giving/", {"email": "d"}).content.decode()}
    client.post("/en/giving/", {"email": "d@example.org"})
    send_due()
    (letter,) = mail.outbox
    link = re.search(r"/en/giving/\S+/", letter.body)[0]
    pages |= {"letter": letter.alternatives[0].content, "link": client.get(link).content.decode()}
    pages["over"] = client.post("/en/giving/privacy/", {"a": "⟪b⟫"}).content.decode()
    client.post(link)
    pages["empty"] = client.get("/en/giving/home/").content.decode()
    pages["left"] = client.post("/en/giving/leave/").content.decode()
    pages["again"] = client.get(link).content.decode()
    for _time in range(6):
        pages["too many"] = client.post("/en/giving/", {"email": "d@example.org"}).content.decode()

    assert "error-summary" in pages["too many"]
    assert_in_brackets(pages)


def test_giving_by_bank_transfer_stands_in_brackets(client, pseudo):
    """A fault, the mail with the reference, the reference among a donor's own pages, and asking too often."""
    path, said = "/en/trust-fund/by-bank/", {"email": "d@example.org", "language": "en"}
    dora = donor("d@example.org")
    BankAccount.objects.update(holder="⟪Fund⟫", bank="⟪Bank⟫")
    pages = {"fault": client.post(path, {"email": "d"}).content.decode()}
    client.post(path, said)
    send_due()
    (letter,) = mail.outbox
    pages["letter"] = letter.alternatives[0].content
    visit(client, dora)
    own = "/en/giving/by-bank/"
    pages["with a reference"] = client.get(own).content.decode()
    visit(client, donor("e@example.org"))
    pages["without one"] = client.get(own).content.decode()
    for _time in range(3):
        pages["too many"] = client.post(path, said).content.decode()

    assert "error-summary" in pages["too many"]
    assert_in_brackets(pages)


BECAME = {
    "succeeded": {},
    "processing": {},
    "failed": {},
    "quarantined": {},
    "given back": {"refunds": [("succeeded", 2500)]},
    "partly": {"refunds": [("succeeded", 5), ("failed", 5), ("pending", 5)]},
    "asked": {"disputes": ["needs_response"], "wish": "open"},
    "taken": {"disputes": ["lost"], "wish": "declined"},
}


def test_a_donors_own_pages_stand_in_brackets(client, pseudo, monkeypatch):
    """Gifts in each state, what they show, a wish to have one back, receipts, the download and the end."""
    shown = {"public_name": "⟪Dora⟫", "words": "⟪For her⟫", "is_16_or_older": True, "receipt_name": "⟪Dora⟫"}
    said = cycle(["waiting", "published"])
    gifts = {}
    for number, (name, about) in enumerate(BECAME.items()):
        status = name if name in Donation.Status.values else "succeeded"
        gift = donation(status, public_name_hidden=number % 2 == 0, words_status=next(said), interval="month", **shown)
        for refund_status, amount_minor in about.get("refunds", ()):
            gift.refunds.create(
                amount_minor=amount_minor, currency="USD", status=refund_status, source="stripe",
                stripe_refund_id=f"re_{name}{refund_status}", next_attempt_at=None,
            )  # fmt: skip
        for dispute_status in about.get("disputes", ()):
            gift.disputes.create(
                stripe_dispute_id=f"dp_{name}", amount_minor=5, currency="USD", status=dispute_status,
                status_as_of=NOW, opened_at=NOW,
            )  # fmt: skip
        if wish := about.get("wish"):
            gift.refund_requests.create(amount_minor=5, status=wish, decided_at=None if wish == "open" else NOW)
        gifts[name] = gift
    Tribute.objects.create(donation=gifts["succeeded"], kind="memory", honoured_name="⟪Anna⟫")
    receipt = bring_up_to_date(ReceiptOrder.objects.create(donation=gifts["succeeded"], cause="x"))
    monthly_gift(donor=gifts["succeeded"].donor)
    visit(client, gifts["succeeded"].donor)
    own = {name: f"gifts/{gift.public_id}/" for name, gift in gifts.items()}
    one = own["succeeded"]
    paths = {"home": "home/", "older": f"home/?before={gifts['failed'].public_id}", "oldest": "home/?before=x", **own}
    paths |= {"shown": f"{one}shown/", "saved": f"{one}?done=shown", "refund": f"{one}refund/"}
    paths |= {"asked for": f"{one}?done=refund", "privacy": "privacy/", "erase": "privacy/erase/"}
    paths |= {"receipt": f"receipts/{receipt.number}/", "statement": f"statements/{NOW.year}/"}
    pages = {name: client.get(f"/en/giving/{path}").content.decode() for name, path in paths.items()}
    pages["receipt"] = pages["receipt"].replace(receipt.number, "")
    for part in ("shown/", "refund/"):
        wrong = {"public_name_kind": "alias", "public_name": "", "amount": "x"}
        pages[f"fault {part}"] = client.post(f"/en/giving/{one}{part}", wrong).content.decode()
    pages["too much"] = client.post(f"/en/giving/{one}refund/", {"amount": "9999"}).content.decode()
    pages["erase fault"] = client.post("/en/giving/privacy/erase/").content.decode()
    with zipfile.ZipFile(io.BytesIO(client.post("/en/giving/privacy/download/").content)) as files:
        pages["download"] = without_data(files.read("data.html").decode())
    pages["held"] = client.post("/en/giving/privacy/erase/", {"is_understood": "on"}).content.decode()
    monkeypatch.setattr("donations.services.privacy._end_at_stripe", lambda donor, by: None)
    MonthlyGift.objects.all().update(status="canceled")
    pages["erased"] = client.post("/en/giving/privacy/erase/", {"is_understood": "on"}).content.decode()
    pages["farewell"] = mail.outbox[-1].alternatives[0].content

    assert_in_brackets(pages)


def without_data(html: str) -> str:
    """The page of the download without what the rows say. Their labels remain, which end at the first comma."""
    return re.sub(r"⟦([^⟧<]*)</dt>", r"⟦\1⟧</dt>", re.sub(r"<dd>.*?</dd>", "", html, flags=re.S))


def test_pages_of_errors_stand_in_brackets(client, rf, pseudo):
    without_token = Client(enforce_csrf_checks=True)
    pages = {"404": client.get("/en/nowhere/"), "403_csrf": without_token.post("/en/pledge/")}
    pages = {name: answer.content.decode() for name, answer in pages.items()}
    pages |= {template: render_to_string(template) for template in ("400.html", "500.html")}
    pages["403.html"] = render_to_string("403.html", request=rf.get("/en/"))

    assert_in_brackets(pages)


def test_the_digits_of_a_pledge_stand_in_brackets(client, pseudo):
    """Wrong ones, used-up ones and right ones for another promise; the reminder, and the page for who was not meant."""
    three_days_ago = timezone.now() - timedelta(days=3)
    precepts = PreceptWording.objects.all()
    pledge = PledgeFactory(public_name="⟪Sam⟫", created_at=three_days_ago, asked_at=three_days_ago, precepts=precepts)
    confirming.bind_form(pledge=pledge, form_token="form", promised="another promise")
    right, path = codes.draw(pledge), "/en/pledge/check-your-mail/code/"
    typed = {"right": right, "wrong": "1", "1": "1", "2": "1", "3": "1", "over": "1"}
    sent = {name: client.post(path, {"form_token": "form", "code": digits}) for name, digits in typed.items()}
    pages = {name: answer.content.decode() for name, answer in sent.items()}
    confirming.remind()
    send_due()
    pages["reminder"] = mail.outbox[-1].alternatives[0].content
    link = re.search(r"/\S+/pledge/confirm/\S+/", mail.outbox[-1].body)[0]
    pages["fault"] = client.post(link, {"public_name": "⟪www.example.org⟫", "words": "⟪x⟫"}).content.decode()
    pages["not me"] = client.post(link, {"act": "not-me"}).content.decode()

    assert_in_brackets(pages)


def test_an_organisation_that_confirms_stands_in_brackets(client, pseudo):
    said = {"kind": "organisation", "verification": "waiting", "public_name": "⟪Sea⟫"}
    pledge = PledgeFactory(**said, asked_at=None, precepts=PreceptWording.objects.all())
    BodyFactory(pledge=pledge, contact_name="⟪Olu⟫", contact_role="⟪Head⟫", link="")
    confirming.ask_to_confirm(pledge)
    send_due()
    link = re.search(r"/\S+/pledge/confirm/\S+/", mail.outbox[-1].body)[0]
    pages = {"before": client.get(link).content.decode()}
    seen = re.search(r'name="seen" value="(\w+)"', pages["before"])[1]
    pages["after"] = client.post(link, {"seen": seen}, follow=True).content.decode()

    assert_in_brackets(pages)


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>Words</p>", ["Words"]),
        ("<p>⟦Words⟧ of ⟪content⟫</p>", ["of"]),
        ("<p>⟦Words <a href='/'>in a link</a> inside⟧</p>", []),
        ("<p>⟦Words <img alt='a heart'> inside⟧</p>", []),
        ("<img alt='a heart'>", ["<img> a heart"]),
        ("<img alt='⟦a heart⟧'><img alt=''>", []),
        ("<button aria-label='Close'>×</button>", ["<button> Close"]),
        ("<input placeholder='Search'>", ["<input> Search"]),
        ("<input type='submit' value='Send'><input value='typed'>", ["<input> Send"]),
        ("<meta name='description' content='About'>", ["<meta> About"]),
        ("<p data-words='{n} days left'>", ["<p> {n} days left"]),
        ("<svg><title>A map</title></svg>", ["A map"]),
        ("<script>let x</script><style>a</style>", []),
        ("<p>12 – 3.5 %</p><a lang='zh'>中文</a><bdi dir='ltr'>ab12</bdi>", []),
        ("<p>⟪⟦nested⟧ content⟫ bare</p>", ["bare"]),
        ("<p>⟪cut sho…</p><p>bare</p>", ["(a bracket that is never closed hides what follows it)"]),
    ],
)
def test_text_outside_of_brackets_is_found(html, found):
    assert Reading(html).outside == found


def test_brackets_reach_across_elements():
    assert outside("a ⟦b") == (["a "], 1)
    assert outside("c⟧ d", 1) == ([" d"], 0)
