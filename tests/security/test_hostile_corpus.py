"""Mallory types, uploads and sends what breaks careless sites: nothing breaks, and what is refused stays typed."""

import datetime as dt
import html
import os
import re
import time
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import cycle
from urllib.parse import urlencode

import hypothesis
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from blueheart import names, tokens
from blueheart.money import AmountError, parse_amount
from campaigns.markdown import TAGS, to_html
from donations.amounts import to_typed
from donations.bank import Own, StatementError, read_statement
from pledges.models import MailedLink
from tests.campaigns.factories import DataTableFactory
from tests.donations import giving_desk
from tests.donations.conftest import _stand, sandbox  # noqa: F401  fixtures
from tests.donations.conftest import typed as typed_gift
from tests.donations.factories import bank_account, donation
from tests.office.factories import StaffFactory, desk_of
from tests.pledges import group_desk, own_pages
from tests.pledges.conftest import stamp_from
from tests.pledges.conftest import typed as typed_pledge
from tests.pledges.factories import GlobalCampaignFactory, GroupFactory, HeartFactory, WordingFactory
from tests.security import corpus

pytestmark = pytest.mark.django_db
WHOLE = os.environ.get("HOSTILE_CORPUS") == "whole"
CLEAN = {200, 204, 302, 400, 403, 404, 405, 410, 411, 413, 429, 503}
ADDRESSES = cycle(f"198.51.{number // 250}.{number % 250}" for number in range(40_000))


TYPED_TEXTS = {
    "alt",
    "public_name",
    "words",
    "email",
    "name",
    "about",
    "keeper_name",
    "keeper_email",
    "target",
    "code",
    "amount",
    "receipt_name",
    "honoured_name",
    "notice_email",
    "notice_from",
    "number",
    "hearts",
}


class Turn:
    """A share of the payloads for each field or page, another one each time; all of them with HOSTILE_CORPUS=whole."""

    def __init__(self) -> None:
        self.number = 0

    def of(self, payloads: list[str], one_in: int = 9) -> list[str]:
        self.number += 1
        return payloads if WHOLE else payloads[self.number % one_in :: one_in]


class Form:
    """A form that can be sent: its address, what an honest person types, and the fields that Mallory types into."""

    def __init__(self, path: str, honest: Callable[[], dict], **fields: list[str]) -> None:
        self.path, self.honest, self.fields = path, honest, fields

    def attempts(self) -> Iterator[tuple[str, str]]:
        turn = Turn()
        for field, payloads in self.fields.items():
            for payload in turn.of(payloads):
                yield field, payload


TEXTS = list(corpus.TEXTS.values())


@pytest.fixture
def wording():
    GlobalCampaignFactory()
    return WordingFactory()


@pytest.fixture
def forms(wording, client) -> dict[str, Form]:
    """Every form that anyone may send, and those behind mailed links; the client is within each kind of visit."""
    heart = HeartFactory(words="")
    given = donation("succeeded", public_name="Dora", public_name_kind="alias", is_16_or_older=True)
    group = GroupFactory()
    own_pages.visit(client, heart)
    giving_desk.visit(client, given.donor)
    group_desk.visit(client, group)
    token, digest = tokens.mint()
    MailedLink.objects.create(
        pledge=heart, purpose="kept", digest=digest, expires_at=timezone.now() + dt.timedelta(days=1)
    )
    shown = {"shown": stamp_from(60), "website": ""}

    def pledge(**changes):
        return typed_pledge(wording, **changes)

    texts, addresses, numbers, days = TEXTS, corpus.ADDRESSES, corpus.NUMBERS, corpus.DAYS
    return {
        "pledge": Form("/en/pledge/", pledge, public_name=texts, words=texts, email=addresses, precepts=texts,
                       country=texts, way=texts, shown=texts, form_token=texts, step=texts),
        "join": Form(f"/en/groups/{group.code}/join/", lambda: pledge(form_token=tokens.mint()[0]), public_name=texts,
                     email=addresses, form_token=texts),
        "group": Form("/en/groups/new/", group_desk.opening, name=texts, about=texts, keeper_name=texts,
                      keeper_email=addresses, target=numbers, country=texts, language=texts, campaign=texts),
        "code": Form("/en/pledge/check-your-mail/code/", lambda: {"code": "123456", **shown}, code=[*texts, *numbers],
                     form_token=texts),
        "own pages": Form("/en/pledge/manage/", lambda: {"email": "sam@example.org"}, email=addresses),
        "shown": Form(f"/en/pledge/manage/hearts/{heart.public_id}/shown/", lambda: {"public_name": "Sam", "words": ""},
                      public_name=texts, words=texts),
        "promise": Form(f"/en/pledge/manage/hearts/{heart.public_id}/promise/",
                        lambda: {"precepts": [wording.pk], "way": "pin", "country": "PT"}, precepts=texts, way=texts,
                        country=texts),
        "kept": Form(f"/en/pledge/kept/{token}/", lambda: {"answer": "not-yet", "words": "", "alt": ""}, words=texts,
                     alt=texts, answer=texts, kept=texts),
        "heart report": Form(f"/en/hearts/{heart.public_id}/report/", lambda: {"reason": "other", "words": "", **shown},
                             words=texts, reason=texts),
        "keeper": Form("/en/groups/keep/", lambda: {"email": group_desk.KEEPER}, email=addresses),
        "group change": Form(f"/en/groups/keep/of/{group.code}/change/", lambda: {"about": "", "target": "10"},
                             about=texts, target=numbers),
        "hearts on paper": Form(f"/en/groups/keep/of/{group.code}/hearts/count/", lambda: {"hearts": "3"},
                                hearts=numbers, token=texts),
        "gift": Form("/en/donate/", typed_gift, amount=numbers, email=addresses, receipt_name=texts, public_name=texts,
                     words=texts, honoured_name=texts, notice_email=addresses, notice_from=texts, notice_on=days,
                     form_token=texts, currency=texts, campaign=texts, preset=numbers, interval=texts,
                     seen_total=numbers),
        "by bank": Form("/en/trust-fund/by-bank/", lambda: {"email": "dora@example.org", "language": "en"},
                        email=addresses, language=texts),
        "giving": Form("/en/giving/", lambda: {"email": "dora@example.org"}, email=addresses),
        "gift shown": Form(f"/en/giving/gifts/{given.public_id}/shown/",
                           lambda: {"public_name_kind": "alias", "public_name": "Dora", "words": ""},
                           public_name=texts, words=texts, public_name_kind=texts),
        "refund": Form(f"/en/giving/gifts/{given.public_id}/refund/", lambda: {"amount": "1", "words": ""},
                       amount=numbers, words=texts),
        "receipt check": Form("/en/receipts/check/", lambda: {"number": "BH-2026-1", "code": "ABCD"}, number=texts,
                              code=texts),
        "donor report": Form(f"/en/trust-fund/donors/{given.public_id}/report/",
                             lambda: {"reason": "other", "words": "", **shown}, words=texts, reason=texts),
        "sign-in": Form(f"/{settings.ADMIN_PATH}login/", lambda: {"username": "ada", "password": "x"}, username=texts,
                        password=texts, next=texts),
    }  # fmt: skip


FORMS = [
    "pledge", "join", "group", "code", "own pages", "shown", "promise", "kept", "heart report", "keeper",
    "group change", "hearts on paper", "gift", "by bank", "giving", "gift shown", "refund", "receipt check",
    "donor report", "sign-in",
]  # fmt: skip


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("name", FORMS)
def test_no_form_breaks_and_what_is_refused_stays_typed(client, forms, name):
    form = forms[name]
    client.raise_request_exception = False
    problems = []
    for field, payload in form.attempts():
        with transaction.atomic():
            answer = sent(client, form.path, form.honest() | {field: payload})
            transaction.set_rollback(True)
        page = answer.content.decode()
        if answer.status_code not in CLEAN or "<script>alert" in page:
            problems.append(
                (field, payload[:30], answer.status_code, answer.exc_info and repr(answer.exc_info[1])[:200])
            )
        elif answer.status_code == 200 and field in TYPED_TEXTS and not keeps(page, payload):
            problems.append((field, payload[:30], "is not kept"))
    assert problems == []


def keeps(page: str, payload: str) -> bool:
    return comparable(payload) in comparable(html.unescape(page))


def comparable(text: str) -> str:
    return " ".join(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace("\x00", "").split())


def sent(client: Client, path: str, fields: dict) -> HttpResponse:
    """The form as a program sends it: a lone surrogate, too, by the bytes that stand for it."""
    body = urlencode(fields, doseq=True, errors="surrogatepass")
    return client.post(path, body, content_type="application/x-www-form-urlencoded", REMOTE_ADDR=next(ADDRESSES))


OF_NOBODY = re.compile(r"<(?:\w+:)?\w+>")


def patterns(resolver=None, before: str = "") -> Iterator[str]:
    """The public addresses as they are declared, in English."""
    for each in (resolver or get_resolver()).url_patterns:
        path = before + str(each.pattern)
        if path.startswith(settings.ADMIN_PATH):
            continue
        if hasattr(each, "url_patterns"):
            yield from patterns(each, path)
        else:
            yield "/" + path


PUBLIC = sorted(set(patterns()))


def judged(answer: HttpResponse, sent_as: str) -> list[str]:
    """What is wrong with an answer; nothing where it is clean."""
    if answer.status_code not in CLEAN | {301, 304, 406, 422}:
        return [f"{sent_as} {answer.status_code} {answer.exc_info and answer.exc_info[1]!r}"[:300]]
    if not answer.streaming and b"<script>alert" in answer.content and "json" not in answer.headers["Content-Type"]:
        return [f"{sent_as} is shown as it came"]
    return [f"{sent_as} sets {answer.headers['Set-Cookie']}"] if "Set-Cookie: x" in str(answer.headers) else []


def test_no_query_breaks_a_page(client, wording):
    turn = Turn()
    client.raise_request_exception = False
    wrong = []
    for path in (path for path in PUBLIC if "<" not in path):
        for value in turn.of(corpus.QUERIES, 20):
            wrong += judged(
                client.get(f"{path}?" + "&".join(f"{name}={value}" for name in corpus.PARAMETERS)),
                f"{path}?…={value[:20]}",
            )
    assert wrong == []


def test_no_path_breaks_a_page(client, wording):
    turn = Turn()
    client.raise_request_exception = False
    wrong = []
    for path in (path for path in PUBLIC if "<" in path):
        for value in turn.of(corpus.IN_PATHS):
            wrong += judged(client.get(OF_NOBODY.sub(value, path)), path + value[:20])
    for value in corpus.IN_PATHS:
        wrong += judged(client.get(f"/{value}"), value[:20]) + judged(client.get(f"/en/{value}/"), f"/en/{value[:20]}/")
    assert wrong == []


def test_no_header_breaks_a_page(client, wording):
    client.raise_request_exception = False
    pages = cycle(
        [
            "/",
            "/en/",
            "/en/donate/",
            "/en/pledge/",
            "/en/giving/home/",
            "/en/pledge/manage/home/",
            "/api/v1/stats",
            "/en/hearts/",
            f"/{settings.ADMIN_PATH}login/",
            "/en/search/?q=heart",
            "/badge.svg",
        ]
    )
    wrong, turn = [], Turn()
    for name in corpus.HEADERS:
        for value in turn.of(corpus.IN_HEADERS, 3):
            path = next(pages)
            wrong += judged(client.get(path, headers={name: value}), f"{name} {value[:20]!r} {path}")
    assert wrong == []


@pytest.mark.parametrize("path", ["/csp-report/", "/stripe/webhook/", "/api/v1/stats", "/en/donate/", "/en/pledge/"])
def test_no_body_breaks_what_takes_one(client, wording, path):
    client.raise_request_exception = False
    types = [
        "application/json",
        "application/csp-report",
        "application/reports+json",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-7",
        "text/plain",
    ]
    wrong, turn = [], Turn()
    for body, kind in ((body, kind) for body in corpus.BODIES for kind in turn.of(types, 4)):
        with transaction.atomic():
            wrong += judged(client.generic("POST", path, body, kind), f"{path} {kind} {body[:30]!r}")
            transaction.set_rollback(True)
    assert wrong == []


@pytest.mark.parametrize(
    "path",
    [
        "/en/search/?q=a%00b",
        "/en/facts/?topic=%00",
        "/badge.svg?campaign=%00",
        "/en/facts/a%00b/",
        "/%00",
        "/api/v1/campaigns/%00",
    ],
)
def test_address_with_a_null_comes_to_no_view(client, path):
    answer = client.get(path)

    assert answer.status_code == 400
    assert "private, no-store" in answer.headers["Cache-Control"]
    assert "Traceback" not in answer.content.decode()


# Files that the office takes, and texts that its editors write


@pytest.mark.parametrize("kind", ["XML", "CSV"])
def test_no_statement_of_a_bank_breaks_its_reader_or_keeps_it_long(kind):
    own = Own("DE89370400440532013000", "EUR", dt.date(2026, 11, 23))
    for name, content in getattr(corpus, kind).items():
        began = time.process_time()
        try:
            read_statement(content, own)
        except StatementError:
            continue
        finally:
            assert time.process_time() - began < 3, name


@pytest.mark.parametrize(
    "path",
    [
        "imports/new/data-table/",
        "imports/new/groups/",
        "imports/new/bank-statement/",
        "imports/new/exchange-rates/",
        "campaigns/picture/add/",
        "campaigns/resource/add/",
    ],
)
def test_no_file_breaks_an_import_of_the_office(path, wording):
    desk = desk_of(StaffFactory(username="ada"))
    desk.raise_request_exception = False
    files = corpus.XML | corpus.CSV | {"a picture": corpus.picture(), "a script": b"<script>" + corpus.picture()}
    account, table = bank_account(), DataTableFactory()
    wrong = []
    names_of_files = list(files) if WHOLE else list(files)[zlib.crc32(path.encode()) % 5 :: 5]
    for name, content in ((name, files[name]) for name in names_of_files):
        with transaction.atomic():
            given = {"file": SimpleUploadedFile(f"../../{name}\x00.csv", content), "title": "x", "slug": "x"}
            given |= {"account": account.pk, "table": table.pk}
            wrong += judged(desk.post(f"/{settings.ADMIN_PATH}{path}", given), f"{path} {name}")
            transaction.set_rollback(True)
    assert wrong == []


@pytest.mark.parametrize("name", corpus.MARKDOWN)
def test_no_markdown_becomes_a_script_a_picture_or_a_way_to_one(name):
    shown = TagReader()
    shown.feed(str(to_html(corpus.MARKDOWN[name], {})))

    assert shown.tags <= TAGS
    assert shown.attributes <= {"href", "title", "rel"}
    assert all(url.startswith(("http://", "https://", "mailto:", "/")) for url in shown.urls)


@pytest.mark.parametrize("name", corpus.MARKDOWN_THAT_COSTS)
def test_no_markdown_keeps_its_reader_long(name):
    began = time.process_time()
    to_html(corpus.MARKDOWN_THAT_COSTS[name], {})

    assert time.process_time() - began < 4


@hypothesis.settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(corpus.SIGNS), max_size=25))
def test_no_mixture_of_signs_becomes_more_than_prose(parts):
    shown = TagReader()
    shown.feed(str(to_html("".join(parts), {})))

    assert shown.tags <= TAGS
    assert shown.attributes <= {"href", "title", "rel"}
    assert all(
        url.lower().startswith(("http:", "https:", "mailto:")) or ":" not in url.split("/")[0] for url in shown.urls
    )


@hypothesis.settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.integers(min_value=1, max_value=99_999_999), st.sampled_from(["USD", "JPY", "KWD", "EUR"]),
       st.sampled_from(["en", "ar", "fr", "ru", "es", "pt", "zh-hans"]))  # fmt: skip
def test_an_amount_that_is_printed_reads_as_itself(minor, currency, language):
    if currency == "KWD":
        minor *= 10  # the smallest step that Stripe takes
    assert parse_amount(to_typed(minor, currency, language), currency, language, limits=AnyLimits) == minor


@hypothesis.settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=40) | st.sampled_from(corpus.NUMBERS))
def test_what_is_typed_as_an_amount_is_one_or_is_refused(text):
    try:
        minor = parse_amount(text, "USD", "en", limits=AnyLimits)
    except AmountError:
        return
    assert AnyLimits.minimum_minor <= minor <= AnyLimits.maximum_minor


@hypothesis.settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=60) | st.sampled_from(TEXTS))
def test_a_name_is_one_line_that_can_be_seen_or_is_refused(text):
    for check in (names.check, names.check_body):
        try:
            name = check(text)
        except names.NameRefusedError:
            continue
        assert name == check(name) == names.normalise(name)
        assert not any(unicodedata.category(char) in {"Cc", "Cs", "Co", "Zl", "Zp"} for char in name)
        assert not set("<>@\n\r\u202e\u2066\x00") & set(name)


class AnyLimits:
    minimum_minor, maximum_minor = 1, 10**12


class TagReader(HTMLParser):
    """What a browser would make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.urls: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}
        self.urls += [value or "" for name, value in attrs if name == "href"]
