"""In a language whose every message stands in brackets, no text of the interface stands outside them."""

import io
import re
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, islice, product

import pytest
from django.apps import apps
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import LocalePrefixPattern
from django.utils import timezone, translation

from blueheart.consents.models import ConsentText
from blueheart.days import utc_today
from blueheart.post import outbox
from blueheart.post.jobs import send_due
from blueheart.postgresql.trips import send
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
from pledges.models import AnswerTally, Fulfilment, Group, HeartPhoto, Pledge, PreceptWording
from pledges.services import codes, confirming, keeping, precept_tallies
from tests.blueheart.consent_texts import a_text
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
from tests.pledges.factories import (
    BodyFactory,
    GroupFactory,
    HeartFactory,
    PaperSheetFactory,
    PledgeFactory,
    WordingFactory,
    tally,
)
from tests.pledges.group_desk import KEEPER, link_for, opening, pupil
from tests.pledges.group_desk import visit as keeper_visit
from tests.pledges.own_pages import visit as visit_own_pages
from tests.pledges.test_photos import moving, picture

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
KEEPERS = {
    f"pledges:keep_{page}"
    for page in ("change", "close", "count_in", "group", "hearts", "home", "leave", "open", "take_back")
}
MANAGED = {
    f"pledges:manage_{page}"
    for page in (
        "data", "download", "erase", "erase_all", "home", "leave", "open", "promise", "shown", "withdraw",
    )
}  # fmt: skip
KEPT = {"pledges:kept", "pledges:kept_thanks"}
OPENED_BELOW = {"donations:thanks", "pledges:code", "pledges:confirm", *KEPT, *MANAGED, *MONTHLY, *OWN, *KEEPERS}


@pytest.fixture(scope="module")
def portal(content_rows, django_db_blocker) -> Iterator[None]:
    """All content, a heart and gifts, bracketed; loaded once and rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        content_rows.put_back()
        wordings = WordingFactory.create_batch(2, title="⟪Wear⟫", text="⟪I wear it.⟫")
        HeartFactory(public_name="⟪Sam⟫", words="⟪For her⟫", words_status="approved", precepts=wordings)
        HeartFactory(public_name="⟪Ana⟫", precepts=wordings, group=GroupFactory(name="⟪School⟫", about="⟪By the sea⟫"))
        tally("PT", 12)
        donation("succeeded", public_name="⟪Dora⟫", is_16_or_older=True)
        promised_gift((100, 100), contributor=contributor("⟪House of help⟫"))
        promised_gift((100, 100), contributor=contributor("⟪Silent⟫", is_public=False))
        grant(organisation=organisation("⟪House⟫"), purpose="⟪A safe roof⟫")
        grant(organisation=organisation("⟪Shelter⟫", is_public=False), purpose="⟪A doctor⟫")
        BankAccount.objects.update(holder="⟪Fund⟫", bank="⟪Bank⟫")
        for key in ConsentText.Key:
            a_text(2, key=key, spelled="⟪{} {}⟫")
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
        "hearts/?country=AD&kind=authority",
        "hearts/?on=2020-01-01",
        "hearts/?on=soon",
        "hearts/neverthere/",
        "hearts/thank-you/?help=1",
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
        "/en/pledge/?as=organisation": {
            "public_name": "x.example.org",
            "people": "0",
            "contact_name": "=x",
            "step": "all",
        },
        "/en/pledge/?as=authority": {"link": "x", "form": "x", "contact_role": "www.x", "words": "⟪x⟫", "go": "check"},
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


MANAGED_STATES = {
    "hidden by staff": {"hidden_at": NOW, "hidden_reason": "abuse"},
    "hidden": {"hidden_at": NOW, "hidden_reason": "own-wish"},
    "taken out": {"standing": "invalid"},
    "withdrawn": {"status": "withdrawn"},
    "refused words": {"words": "⟪x⟫", "words_status": "refused"},
    "waiting words": {"words": "⟪x⟫", "public_name": ""},
}


def test_a_supporters_own_pages_stand_in_brackets(client, pseudo):
    """Asking for a link, its letter, each page and its faults, a visit that is over, and being forgotten."""
    wordings = PreceptWording.objects.all()
    same = {"email": "s@example.org", "canonical_email": "s@example.org", "precepts": wordings}
    sam = HeartFactory(public_name="⟪Sam⟫", is_16_or_older=True, **same)
    for name, state in MANAGED_STATES.items():
        HeartFactory(**{"public_name": f"⟪{name}⟫"} | same | state)
    PledgeFactory(public_name="⟪Pia⟫", **same)
    body = {"kind": "organisation", "public_name": "⟪Sea Rescue⟫", **same}
    org = BodyFactory(pledge=HeartFactory(**body, verification="verified")).pledge
    for verification in ("waiting", "refused"):
        BodyFactory(pledge=HeartFactory(**body | {"public_name": f"⟪{verification}⟫"}, verification=verification))
    GroupFactory(name="⟪Escola⟫", keeper_email="s@example.org")
    ask = "/en/pledge/manage/"
    pages = {"fault": client.post(ask, {"email": "d"}).content.decode()}
    client.post(ask, {"email": "s@example.org"})
    send_due()
    (letter,) = mail.outbox
    link = re.search(r"/en/pledge/manage/\S+/", letter.body)[0]
    pages |= {"letter": letter.alternatives[0].content, "link": client.get(link).content.decode()}
    pages["over"] = client.post(f"{ask}data/erase/", {"a": "⟪b⟫"}).content.decode()
    client.post(link)
    for done in ("", "shown", "to-read", "to-verify", "promise", "withdrawn", "erased", "unchanged"):
        pages[f"home {done}"] = client.get(f"{ask}home/?done={done}").content.decode()
    waiting = Pledge.objects.of_address("s@example.org").pending()
    for pledge in (sam, org, *waiting, *Pledge.objects.filter(hidden_reason="abuse")):
        for name in ("shown", "promise", "withdraw", "erase"):
            path = f"{ask}hearts/{pledge.public_id}/{name}/"
            pages[f"{name} {pledge.public_name}"] = client.get(path).content.decode()
            if name != "withdraw":
                pages[f"{name} {pledge.public_name} fault"] = client.post(path, {"people": "x"}).content.decode()
    taken = {"public_name": "⟪hidden⟫", "is_on_wall": "on"}
    for path in ("data/", "data/erase/"):
        pages[path] = client.get(ask + path).content.decode()
    pages["erase fault"] = client.post(f"{ask}data/erase/").content.decode()
    shown_path = f"{ask}hearts/{sam.public_id}/shown/"
    for typed in (taken, {"public_name": "⟪www.example.org⟫"}):
        pages[f"shown {typed}"] = client.post(shown_path, typed).content.decode()
    client.post(f"{ask}hearts/{sam.public_id}/withdraw/")
    send_due()
    pages["letter taken back"] = mail.outbox[-1].alternatives[0].content
    pages["erased"] = client.post(f"{ask}data/erase/", {"is_understood": "on"}).content.decode()
    pages["letter erased"] = mail.outbox[-1].alternatives[0].content
    pages["again"] = client.get(link).content.decode()
    pages["too many"] = client.post(ask, {"email": "s@example.org"}).content.decode()
    visit_own_pages(client, HeartFactory(precepts=wordings))
    pages["left"] = client.post(f"{ask}leave/").content.decode()

    assert "error-summary" in pages["too many"]
    assert_in_brackets(pages)


def test_the_steps_of_a_pledge_stand_in_brackets(client, pseudo):
    """Each kind at each step and whole, with the question about a mistyped address."""
    form = client.get("/en/pledge/").content.decode()
    (precept, *_rest) = re.findall(r'name="precepts"[^>]*value="(\d+)"', form)
    said = {"precepts": precept, "way": "pin", "country": "PT", "email": "sam@gmial.com", "shown": stamp_from(60)}
    body = {"public_name": "Sea Rescue", "form": "city", "link": "example.org", "contact_name": "⟪Olu⟫"}
    body |= {"contact_role": "⟪Chair⟫", "may_speak": "on"}
    pages = {"/en/pledge/check-your-mail/": client.get(f"/en/pledge/check-your-mail/?form={'a' * 43}").content.decode()}
    for at, more in (("", {}), ("?as=organisation", body | {"form": "company"}), ("?as=authority", body)):
        pages[f"{at} first"] = client.get(f"/en/pledge/{at}").content.decode()
        for step, go in (("what", "who"), ("who", "check"), ("check", "who"), ("all", "send"), ("all", "kind")):
            answer = client.post(f"/en/pledge/{at}", said | more | {"step": step, "go": go})
            pages[f"{at} {step} {go}"] = answer.content.decode()

    asked = [name for name, html in pages.items() if "typo-offer" in html]
    assert asked == [
        f"{at} {step}" for at in ("", "?as=organisation", "?as=authority") for step in ("who check", "all send")
    ]
    typed = re.compile("Sea Rescue|sam@gm[a-z]+.com|example.org")
    assert_in_brackets({name: typed.sub("", html) for name, html in pages.items()})


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


def test_opening_a_group_and_joining_one_stand_in_brackets(client, pseudo):
    """Faults, the letters about a group, a press of a pupil, and groups that take nobody."""
    wrong = {
        "name": "=1",
        "about": "⟪www.example.org⟫",
        "target": "x",
        "kind": "",
        "country": "",
        "keeper_email": "kim",
    }
    pages = {"fault": client.post("/en/groups/new/", opening(**wrong, keeper_name="7")).content.decode()}
    pages["empty"] = client.post("/en/groups/new/", {}).content.decode()
    opened = GroupFactory(name="⟪School⟫", keeper_name="⟪Kim⟫", keeper_confirmed_at=None, status="waiting")
    outbox.add("group-confirm", cause="group-confirm", subject_id=opened.pk, language="en")
    faces = {
        "waiting": {"status": "waiting"}, "approved": {}, "closed": {"status": "closed"},
        "refused": {"status": "refused", "refused_for": "⟪no school⟫"},
    }  # fmt: skip
    for name, state in faces.items():
        group = GroupFactory(name="⟪School⟫", keeper_name="", **state)
        outbox.add(f"group-{name}", cause=f"x{name}", subject_id=group.pk, language="en") if name != "waiting" else None
        outbox.add("group-link", cause=f"link{name}", subject_id=group.pk, language="en")
        for page in ("", "join/", "joined/"):
            if name in ("approved", "closed"):
                pages[f"{name} {page}"] = client.get(f"{group.get_absolute_url()}{page}").content.decode()
    pupils = GroupFactory(name="⟪Class⟫", is_of_pupils=True)
    join = f"{pupils.get_absolute_url()}join/"
    pages |= {"pupil": client.get(join).content.decode(), "robot": client.post(join, pupil(shown="")).content.decode()}
    pages["joined"] = client.post(join, pupil(), follow=True).content.decode()
    pages["of pupils"] = client.get(pupils.get_absolute_url()).content.decode()
    over = GroupFactory(name="⟪School⟫")
    pages["member"] = client.post(f"{over.get_absolute_url()}join/", {"email": "x"}).content.decode()
    type(over.campaign).objects.filter(pk=over.campaign_id).update(ends_on="2020-07-30")
    pages["over"] = client.get(over.get_absolute_url()).content.decode()
    pages["over join"] = client.get(f"{over.get_absolute_url()}join/").content.decode()
    send_due(limit=100)
    pages |= {f"letter {letter.subject}": letter.alternatives[0].content for letter in mail.outbox}

    assert len(mail.outbox) == 8
    assert_in_brackets(pages)


def test_a_keepers_pages_stand_in_brackets(client, pseudo):
    """Groups in each state, hearts on paper on their way in and out, and links and visits that are over."""
    kinds = ("waiting", "approved", "refused", "closed")
    kept = [
        GroupFactory(name="⟪School⟫", keeper_email=KEEPER, status=status, about_to_read="⟪New⟫") for status in kinds
    ]
    Group.objects.filter(status="refused").update(refused_for="⟪no⟫")
    pages = {"fault": client.post("/en/groups/keep/", {"email": "k"}).content.decode()}
    pages["over"] = client.post("/en/groups/keep/home/", {"a": "⟪b⟫"}).content.decode()
    pages["expired"] = client.get("/en/groups/keep/no-such-link/").content.decode()
    for group in (kept[0], GroupFactory(name="⟪School⟫", keeper_confirmed_at=None)):
        pages[f"link {group.pk}"] = client.get(link_for(group)).content.decode()
    keeper_visit(client, kept[0])
    pages["home"] = client.get("/en/groups/keep/home/").content.decode()
    for group in kept:
        own = f"/en/groups/keep/of/{group.code}/"
        sheet = PaperSheetFactory(group=group, hearts=2)
        for said in ("counted", "taken-back", "changed", "closed"):
            pages[f"{group.status} {said}"] = client.get(f"{own}?done={said}").content.decode()
        for page in ("change/", "close/", "hearts/", "hearts/?too-large=1", f"hearts/{sheet.pk}/"):
            pages[f"{group.status} {page}"] = client.get(own + page).content.decode()
        for turn, told in enumerate(TOLD_ON_PAPER):
            sent = {"form_token": str(uuid.uuid4()), **told}
            pages[f"{group.status} told {turn}"] = answer = client.post(f"{own}hearts/", sent).content.decode()
        counted = re.search(r'name="counted" value="([^"]+)"', answer)[1]
        pages[f"{group.status} in"] = client.post(
            f"{own}hearts/count/", {"counted": counted}, follow=True
        ).content.decode()
        sheet.taken_back_at = NOW
        sheet.save()
        pages[f"{group.status} taken back"] = client.get(own).content.decode()
        wrong = {"target": "0", "about": "⟪www.example.org⟫"}
        pages[f"{group.status} fault"] = client.post(f"{own}change/", wrong).content.decode()
    keeper_visit(client, GroupFactory(keeper_email="lee@example.org"))
    Group.objects.filter(keeper_email="lee@example.org").update(keeper_confirmed_at=None)
    pages["none"] = client.get("/en/groups/keep/home/").content.decode()
    pages["left"] = client.post("/en/groups/keep/leave/").content.decode()
    for _time in range(7):
        pages["too many"] = client.post("/en/groups/keep/", {"email": KEEPER}).content.decode()

    assert "error-summary" in pages["too many"]
    assert_in_brackets(pages)


TOLD_ON_PAPER = (
    {}, {"hearts": "1", "listed": "⟪Ana⟫"}, {"hearts": "9999"}, {"listed": "-"}, {"listed": "Name\n\nAna\nAna"},
)  # fmt: skip


def test_the_way_of_keeping_a_pledge_stands_in_brackets(client, pseudo):
    """The letters, the question with its faults, the thanks, a link that works no more, and what was kept by all."""
    wordings = list(PreceptWording.objects.filter(title_en__startswith="⟪"))
    day = timezone.now() - timedelta(days=40)
    heart = HeartFactory(public_name="⟪Ana⟫", precepts=wordings, confirmed_at=day, email="a@example.org")
    unnamed = HeartFactory(public_name="", precepts=wordings, confirmed_at=day, email="b@example.org")
    keeping.ask_supporters()
    said = Fulfilment.objects.create(pledge=unnamed, answer="not-yet", ask_again_on=utc_today())
    keeping.ask_supporters()
    send_due(limit=20)
    links = {letter.to[0]: re.search(r"/\S+/pledge/kept/\S+/", letter.body)[0] for letter in mail.outbox}
    pages = {f"letter {number}": letter.alternatives[0].content for number, letter in enumerate(mail.outbox)}
    path = links[heart.email]
    pages |= {name: client.get(link).content.decode() for name, link in links.items()}
    faults = (
        {"photo": SimpleUploadedFile("a.jpg", b"x")},
        {"photo": SimpleUploadedFile("a.jpg", b""), "words": "⟪x⟫" * 200},
        {"answer": "done", "words": "⟪x⟫", "kept": ["0"]},
        {"answer": "done", "photo": SimpleUploadedFile("a.jpg", picture())},
        {"photo": SimpleUploadedFile("a.png", picture("PNG", (20, 20)))},
        {"photo": SimpleUploadedFile("a.webp", moving("WEBP"))},
        {"photo": SimpleUploadedFile("a.jpg", bytes(6_000_000))},
    )
    pages |= {f"fault {number}": client.post(path, fault).content.decode() for number, fault in enumerate(faults)}
    full = {"answer": "done", "kept": [wordings[0].pk], "words": "⟪x⟫", "alt": "⟪A heart⟫", "agreed": "on"}
    client.post(path, full | {"is_16_or_older": "on", "photo": SimpleUploadedFile("a.jpg", picture())})
    for status, reason in (("waiting", ""), ("refused", "place"), ("approved", "")):
        file = "hearts/x.webp" if status == "approved" else ""
        HeartPhoto.objects.update(status=status, refused_for=reason, file=file)
        pages |= {f"{status} {end}": client.get(path + end).content.decode() for end in ("", "thanks/")}
    Fulfilment.objects.filter(pledge=heart).update(words_status="approved")
    for ask_again_on in (utc_today(), None):
        Fulfilment.objects.filter(pk=said.pk).update(ask_again_on=ask_again_on)
        pages[f"not yet {ask_again_on}"] = client.get(links[unnamed.email] + "thanks/").content.decode()
    pages["expired"] = client.get("/en/pledge/kept/no-such-link/").content.decode()
    precept_tallies.recount()
    pages["by all"] = client.get("/en/hearts/kept/").content.decode()
    AnswerTally.objects.update(done=7)
    pages["of one country"] = client.get("/en/hearts/kept/?country=pt").content.decode()

    assert sum("error-summary" in html for html in pages.values()) == len(faults)
    assert "⟪A heart⟫" in pages["by all"]
    assert_in_brackets(pages)


def test_mails_to_organisations_and_to_who_may_need_help_stand_in_brackets(pseudo):
    heart = HeartFactory(hidden_at=timezone.now(), hidden_reason="may-need-help", country="PT")
    elsewhere = HeartFactory(hidden_at=timezone.now(), hidden_reason="may-need-help", country="TV")
    for row in (heart, elsewhere):
        outbox.add("pledge-help", cause=f"help:{row.pk}", subject_id=row.pk, language="en")
    kinds = {"verified": "verified", "not-verified": "refused", "verify-question": "waiting"}
    for number, (kind, state) in enumerate(kinds.items()):
        body = BodyFactory(
            contact_name="⟪Olu⟫" if number else "", refused_for="⟪No⟫", asked_for="⟪Who?⟫",
            pledge__verification=state, pledge__public_name=f"⟪House {number}⟫", pledge__kind="organisation",
        )  # fmt: skip
        outbox.add(f"pledge-{kind}", cause=f"{kind}:{body.pk}", subject_id=body.pk, language="en")
    send_due(limit=20)

    assert len(mail.outbox) == 5
    assert_in_brackets({letter.subject: letter.alternatives[0].content for letter in mail.outbox})


def test_pages_of_errors_stand_in_brackets(client, rf, pseudo):
    without_token = Client(enforce_csrf_checks=True)
    pages = {"404": client.get("/en/nowhere/"), "403_csrf": without_token.post("/en/pledge/")}
    pages = {name: answer.content.decode() for name, answer in pages.items()}
    pages |= {template: render_to_string(template) for template in ("400.html", "500.html", "503.html")}
    pages["403.html"] = render_to_string("403.html", request=rf.get("/en/"))

    assert_in_brackets(pages)


def test_the_digits_of_a_pledge_stand_in_brackets(client, pseudo):
    """Wrong ones, used-up ones and right ones for another promise; the reminder, and the page for who was not meant."""
    three_days_ago = timezone.now() - timedelta(days=3)
    precepts = PreceptWording.objects.all()
    pledge = PledgeFactory(public_name="⟪Sam⟫", created_at=three_days_ago, asked_at=three_days_ago, precepts=precepts)
    send(codes.binding(form_token="form", pledge=pledge, of_mailbox={pledge.pk: None}, promised="another promise"))
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
