"""Mailed links, codes and cookies: long, hashed, soon over, for one thing only; and no form tells who is known."""

import datetime as dt
import logging
import re

import pytest
from django.apps import apps
from django.core import mail
from django.db import models
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from blueheart import tokens
from blueheart.log import LineFormatter
from blueheart.post import outbox
from blueheart.post.jobs import send_due
from blueheart.visits.links import SecretLink
from donations.models import GivingLink
from office.signing_in import password_links
from office.signing_in.models import PasswordLink
from pledges.models import ConfirmationCode, KeeperLink, MailedLink
from pledges.services import keeping
from tests.donations.factories import donor
from tests.donations.receipt_desk import issued
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.conftest import typed
from tests.pledges.factories import GlobalCampaignFactory, GroupFactory, HeartFactory, WordingFactory
from tests.pledges.test_same_answer import statements
from tests.security.stored import tables_with

HALF_AN_HOUR, A_WEEK, A_QUARTER, A_DAY = (dt.timedelta(minutes=30), *map(dt.timedelta, (7, 90, 1)))
# Where each kind of mailed link leads, and the longest that it may be good for.
DOORS = {
    "confirm": ("/en/pledge/confirm/{}/", A_WEEK),
    "manage": ("/en/pledge/manage/{}/", HALF_AN_HOUR),
    "kept": ("/en/pledge/kept/{}/", A_QUARTER),
    "keeper": ("/en/groups/keep/{}/", HALF_AN_HOUR),
    "giving": ("/en/giving/{}/", HALF_AN_HOUR),
    "password": ("/staff/login/password/{}/", A_DAY),
}
TOKEN = re.compile(r"/([A-Za-z0-9_-]{43})/")
GONE = re.compile(r"does not work any more|opens nothing any more|cannot be found|not work|is over")

# Every column whose name sounds like a secret, and what it is. Whoever adds one says here how it is kept.
DIGESTS = "the digest of 256 random bits"
COLUMNS = {
    "donations.GivingLink.digest": DIGESTS,
    "pledges.MailedLink.digest": DIGESTS,
    "pledges.KeeperLink.digest": DIGESTS,
    "signing_in.PasswordLink.digest": DIGESTS,
    "signing_in.Session.session_key": "the digest of a cookie of Django's 165 random bits",
    "office.RecoveryCode.digest": "the digest of 138 random bits on paper, once",
    "pledges.ConfirmationCode.form_digest": "the digest of the 256 random bits that a form carries",
    "pledges.ConfirmationCode.digest": "six digits, sealed under our key; five tries, fifteen minutes, one form",
    "signing_in.SeenPlace.digest": "sealed under our key",
    "pledges.QuietAddress.digest": "sealed under a key that lasts",
    "limits.Counter.key": "sealed under our key, forgotten within a day",
    "limits.Pause.key": "sealed under our key, forgotten within a day",
    "auth.User.password": "by Django's password hasher",
    "otp_totp.TOTPDevice.key": "160 random bits, as they are: without them no code can be checked",
    "donations.Receipt.code": "50 random bits printed on the receipt, 30 tries in ten minutes; opens no name",
    "pledges.Group.code": "public: it is on the poster",
}
NO_SECRET = re.compile(
    r"\.(failure_code|form_token|fingerprint|name_key|hashtag|codename|seal|session_hash)$"
    r"|^(donations\.BankStatement|imports\.FileImport|trail\.Seal)\.digest$|^donations\.\w+\.form_digest$"
    r"|^(site_settings|campaigns|consents)\.\w+\.key$|^donations\.LegalEntity\.code$"
)
# Tables of libraries that nothing of ours writes to.
UNUSED = {"sessions.Session.session_key", "otp_static.StaticToken.token"}


def sounds_secret(field: models.Field) -> bool:
    is_text = isinstance(field, (models.CharField, models.TextField, models.UUIDField, models.BinaryField))
    return is_text and bool(re.search(r"digest|token|secret|(^|_)key$|code|seal|passw|hash|fingerprint", field.name))


def test_each_column_that_could_hold_a_secret_says_how_it_is_kept():
    found = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if not model._meta.proxy and model._meta.managed
        for field in model._meta.local_fields
        if sounds_secret(field)
    }

    assert {name for name in found - UNUSED if not NO_SECRET.search(name)} == set(COLUMNS)


def test_each_kind_of_secret_link_is_in_the_table():
    kinds = {model for model in apps.get_models() if issubclass(model, SecretLink)} | {PasswordLink}

    assert kinds == {GivingLink, MailedLink, KeeperLink, PasswordLink}
    assert {f"{kind._meta.label}.digest" for kind in kinds} <= set(COLUMNS)
    assert {kind.value for kind in MailedLink.Purpose} <= set(DOORS)


def test_each_page_that_a_token_opens_is_in_the_table():
    def walk(patterns, prefix=""):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            yield from [route] if isinstance(pattern, URLPattern) else walk(pattern.url_patterns, route)

    doors = {route.replace("en/", "", 1) for route in walk(get_resolver().url_patterns) if "token>" in route}

    known = {re.sub(r"^/(en/)?", "", path).replace("{}", "<str:token>") for path, _lasts in DOORS.values()}
    assert {re.sub(r"thanks/$", "", door) for door in doors} == known


@pytest.fixture
def letters(client, db):
    """The token of each kind of mailed link, out of its letter, and the letters' row."""
    GlobalCampaignFactory()
    wording = WordingFactory()
    client.post("/en/pledge/", typed(wording))
    dora = donor("dora@example.org")
    client.post("/en/giving/", {"email": dora.email})
    HeartFactory(email="kit@example.org")
    client.post("/en/pledge/manage/", {"email": "kit@example.org"})
    GroupFactory(keeper_email="kim@example.org")
    client.post("/en/groups/keep/", {"email": "kim@example.org"})
    HeartFactory(email="old@example.org", confirmed_at=timezone.now() - dt.timedelta(days=31), precepts=[wording])
    keeping.ask_supporters()
    newt = StaffFactory(email="newt@example.org")
    outbox.add(password_links.KIND, cause="test", subject_id=newt.pk, language="en")
    send_due()
    found = {}
    for letter in mail.outbox:
        for kind, (path, _lasts) in DOORS.items():
            at = re.search(re.escape(path).replace(r"\{\}", r"([\w-]{43})").replace("{}", r"([\w-]{43})"), letter.body)
            if at:
                found[kind] = at[1]
    assert set(found) == set(DOORS), [letter.body for letter in mail.outbox]
    return found


def test_each_token_is_256_random_bits_of_which_the_database_keeps_a_digest_for_a_while(letters):
    rows = [
        *MailedLink.objects.all(),
        *GivingLink.objects.all(),
        *KeeperLink.objects.all(),
        *PasswordLink.objects.all(),
    ]
    by_digest = {row.digest: row for row in rows}
    longest = {kind: lasts for kind, (_path, lasts) in DOORS.items()}

    assert len(set(letters.values())) == len(letters)
    assert {kind: by_digest[tokens.digest(token)].expires_at - timezone.now() < longest[kind]
            for kind, token in letters.items()} == dict.fromkeys(letters, True)  # fmt: skip
    assert tables_with(*letters.values()) == set()


def test_each_token_opens_its_own_door_and_no_other_and_stands_in_no_log(letters, caplog):
    caplog.set_level(logging.DEBUG)
    for kind, token in letters.items():
        for other, (path, _lasts) in DOORS.items():
            if other != kind:
                for answer in (Client().get(path.format(token)), Client().post(path.format(token))):
                    shown = answer.content.decode()
                    assert "@example.org" not in shown, (kind, other)
                    assert answer.status_code in {404, 410} or GONE.search(shown), (kind, other, answer.status_code)
    for kind, token in letters.items():
        answer = Client().get(DOORS[kind][0].format(token))
        assert answer.status_code == 200, kind
        assert not GONE.search(answer.content.decode()), kind

    log = "\n".join(LineFormatter().format(record) for record in caplog.records)
    assert "/staff/login/password/…/" in log
    assert [kind for kind, token in letters.items() if token in log] == []


def test_each_door_keeps_its_token_from_other_sites_and_from_caches(letters):
    for kind, token in letters.items():
        answer = Client().get(DOORS[kind][0].format(token))

        assert answer["Referrer-Policy"] == "same-origin", kind
        assert "no-store" in answer["Cache-Control"] or "private" in answer["Cache-Control"], kind
        leading_away = re.findall(r'(?:href|src|action)="(https?://[^"]+)"', answer.content.decode())
        assert [link for link in leading_away if token in link and "localhost" not in link] == [], kind


def test_each_token_ends(letters):
    for model in (MailedLink, GivingLink, KeeperLink, PasswordLink):
        model.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))

    for kind, token in letters.items():
        answer = Client().get(DOORS[kind][0].format(token))
        assert answer.status_code in {404, 410} or GONE.search(answer.content.decode()), kind


def test_digits_of_a_letter_may_be_tried_five_times_within_a_quarter_of_an_hour():
    assert ConfirmationCode.MOST_TRIES <= 5
    assert int(ConfirmationCode.LASTS.total_seconds()) <= 900


# Asking: the answer, its size and what the database is asked are the same for those we know and those we do not.

ASKED = {
    "/en/pledge/manage/": lambda email: HeartFactory(email=email),
    "/en/giving/": lambda email: donor(email),
    "/en/groups/keep/": lambda email: GroupFactory(keeper_email=email),
}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ASKED)
def test_asking_for_a_link_tells_nobody_who_is_known(client, path):
    ASKED[path]("known@example.org")
    ran, answers = [], []
    for number, email in enumerate(("warm@example.org", "known@example.org", "nobody@example.org")):

        def ask(email=email, number=number):
            answers.append(client.post(path, {"email": email}, REMOTE_ADDR=f"198.51.100.{number}"))

        ran.append(statements(ask))

    assert ran[1] == ran[2] != []
    told = [(answer.status_code, answer.url, answer.content) for answer in answers]
    assert told[1] == told[2]


@pytest.mark.django_db
def test_a_receipt_that_is_not_there_answers_as_a_wrong_code_does(client):
    from_page = "/en/receipts/check/?number=BH-2026-{}&code=AAAAAAAAAA"
    number = issued().number.rpartition("-")[2]
    ran, pages = [], []
    for asked in (number, "900001"):

        def ask(asked=asked):
            answer = client.get(from_page.format(asked))
            pages.append((answer.status_code, answer.content.decode().replace(asked, "…")))

        ran.append(statements(ask))

    assert len(set(map(len, ran))) == 1
    assert re.sub(r'value="\w{64}"', "", pages[0][1]) == re.sub(r'value="\w{64}"', "", pages[1][1])


# Links come from SITE_URL, whatever a request says of its host.


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-URL", "X-Forwarded-Server"])
def test_no_header_chooses_where_our_links_lead(client, db, settings, name):
    settings.TRUSTED_PROXIES = 1
    evil = {"headers": {name: "evil.example", "x-forwarded-for": "198.51.100.7"}}
    GlobalCampaignFactory()
    donor("dora@example.org")
    page = client.post("/en/pledge/", typed(WordingFactory()), **evil)
    client.post("/en/giving/", {"email": "dora@example.org"}, **evil)
    send_due()

    shown = [
        client.get(path, **evil) for path in ("/", "/en/", "/en/donate/", "/sitemap.xml", "/robots.txt", "/staff/")
    ]
    said = [letter.body + str(letter.extra_headers) for letter in mail.outbox]
    assert len(said) == 2
    assert all(settings.SITE_URL in letter for letter in said)
    assert "evil" not in "".join(said) + "".join(
        answer.content.decode() + str(answer.headers) for answer in [page, *shown]
    )


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "evil.example:80", ""]
)
def test_a_host_that_is_not_ours_is_refused_before_anything_is_done(client, db, host):
    donor("dora@example.org")

    answer = client.post("/en/giving/", {"email": "dora@example.org"}, headers={"host": host})

    assert answer.status_code == 400
    assert send_due() == 0
    assert "evil" not in answer.content.decode()


# Nobody is sent on to a place that a link or a form chose.

PARAMETERS = (
    "next", "url", "to", "back", "return", "return_to", "returnUrl", "redirect", "redirect_to", "redirect_uri",
    "continue", "goto", "target", "dest", "forward", "u", "r", "from", "next_page", "lang", "switch_language",
)  # fmt: skip
EVIL = (
    "//evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)//evil.example",
)


# Django's own, by the hundred; each is as the next.
LISTS = re.compile(r"/staff/(?!login/)\w+/\w+/((add|export|import)/)?$")


def plain_paths() -> list[str]:
    """Each address of ours that needs no argument, in English where it has a language."""

    def walk(patterns, prefix=""):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            yield from [route] if isinstance(pattern, URLPattern) else walk(pattern.url_patterns, route)

    routes = {re.sub(r"[\^$]|\\Z", "", route) for route in walk(get_resolver().url_patterns)}
    return sorted(f"/{route}" for route in routes if not re.search(r"[<(\[*?]", route) and not LISTS.match(f"/{route}"))


def leads_away(answer) -> bool:
    return bool(
        re.match(
            r"(?i)\s*(//|/\\|\\|javascript:|https?:(?!//(localhost|127\.0\.0\.1|testserver)[:/]))",
            answer.get("Location", ""),
        )
    )


@pytest.mark.django_db
def test_no_parameter_sends_a_visitor_or_staff_to_another_site(client):
    """Asked by GET and, with the same words in the form, by POST; of Ada, who is signed in, by GET."""
    GlobalCampaignFactory()
    paths = plain_paths()
    ada = desk_of(StaffFactory())
    found = []
    for number, path in enumerate(paths):
        said = dict.fromkeys(PARAMETERS, EVIL[number % len(EVIL)])
        if path.startswith("/staff/"):
            answers = [ada.get(path, said)]
        else:
            answers = [client.get(path, said), client.post(path, said, query_params=said)]
        found += [(path, answer["Location"]) for answer in answers if leads_away(answer)]

    assert len(paths) > 60
    assert found == []


@pytest.mark.django_db
@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize(
    "path", ["/staff/login/", "/staff/login/code/", "/staff/login/recovery/", "/staff/login/enrol/"]
)
def test_signing_in_leads_nowhere_else(evil, path):
    ada = desk_of(StaffFactory())

    for answer in (ada.get(path, {"next": evil}), ada.post(path, {"next": evil}), ada.post(f"{path}?next={evil}")):
        assert not leads_away(answer), answer["Location"]
        assert f'value="{evil}"' not in answer.content.decode()


@pytest.mark.parametrize(
    ("location", "away"),
    [
        ("/en/", False),
        ("http://localhost:8000/en/", False),
        *((evil, True) for evil in EVIL if not evil.startswith("https:e")),
    ],
)
def test_what_leads_away_is_seen(location, away):
    assert leads_away({"Location": location}) is away
