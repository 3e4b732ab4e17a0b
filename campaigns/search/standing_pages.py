"""Pages that stand for themselves, and are not the page of a row: search reads them as their readers do."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import NoReverseMatch, resolve, reverse
from django.utils import translation

from blueheart.languages import LANGUAGES
from campaigns.models import SearchEntry
from campaigns.search.documents import Text, entry
from campaigns.search.html_text import PageText, page_text

log = logging.getLogger(__name__)


class StandingPage(NamedTuple):
    """A page by the name of its address; `is_read` says whether its words are its own, and not those of rows."""

    name: str
    is_read: bool = True


# Pages that are not there (yet) are passed over. What lists rows is found by its name alone: its rows by themselves.
STANDING_PAGES = (
    StandingPage("campaigns:home", is_read=False),
    StandingPage("campaigns:about"),
    StandingPage("campaigns:join"),
    StandingPage("campaigns:partners", is_read=False),
    StandingPage("campaigns:assistance"),
    StandingPage("campaigns:law", is_read=False),
    StandingPage("campaigns:help", is_read=False),
    StandingPage("campaigns:contact"),
    StandingPage("campaigns:report"),
    StandingPage("campaigns:privacy"),
    StandingPage("campaigns:terms"),
    StandingPage("campaigns:accessibility"),
    StandingPage("campaigns:campaign_list", is_read=False),
    StandingPage("campaigns:world_day"),
    StandingPage("campaigns:country_list", is_read=False),
    StandingPage("campaigns:fact_list", is_read=False),
    StandingPage("campaigns:report_list", is_read=False),
    StandingPage("campaigns:resources", is_read=False),
    StandingPage("campaigns:news", is_read=False),
    StandingPage("campaigns:trust_fund"),
    StandingPage("campaigns:how_to_give"),
    StandingPage("campaigns:projects", is_read=False),
    StandingPage("pledges:pledge", is_read=False),
    StandingPage("pledges:embeds"),
    StandingPage("pledges:group_new", is_read=False),
    StandingPage("pledges:keep"),
    StandingPage("pledges:hearts", is_read=False),  # people's names are not for search
    StandingPage("pledges:manage"),
    StandingPage("pledges:what_was_kept", is_read=False),  # people's words are not for search
    StandingPage("pledges:wear"),
    StandingPage("donations:books", is_read=False),
    StandingPage("donations:check_receipt"),
    StandingPage("donations:contributions", is_read=False),
    StandingPage("donations:donors", is_read=False),  # people's names are not for search
    StandingPage("donations:donate", is_read=False),
    StandingPage("donations:donate_by_bank"),
    StandingPage("donations:giving"),
    StandingPage("office:tracker", is_read=False),
    StandingPage("donations:grants", is_read=False),
)
# Pages of one row, one visitor or one form, and what is no page.
LEFT_OUT = frozenset(
    {
        "campaigns:campaign",
        "campaigns:country",
        "campaigns:fact",
        "campaigns:news_feed",
        "campaigns:news_item",
        "campaigns:report_edition",
        "campaigns:resource_file",
        "campaigns:search",
        "campaigns:world_day_edition",
        "campaigns:world_day_events",
        "donations:donate_by_bank_sent",
        "donations:donate_campaign",
        "donations:donor_reported",
        "donations:giving_by_bank",
        "donations:giving_download",
        "donations:giving_erase",
        "donations:giving_gift",
        "donations:giving_home",
        "donations:giving_leave",
        "donations:giving_open",
        "donations:giving_privacy",
        "donations:giving_refund",
        "donations:giving_sent",
        "donations:giving_shown",
        "donations:monthly_gift",
        "donations:monthly_gift_amount",
        "donations:monthly_gift_card",
        "donations:monthly_gift_end",
        "donations:monthly_gift_pause",
        "donations:monthly_gift_resume",
        "donations:receipt",
        "donations:receipt_pdf",
        "donations:report_donor",
        "donations:statement",
        "donations:statement_pdf",
        "donations:thanks",
        "pledges:check_mail",
        "pledges:code",
        "pledges:confirm",
        "pledges:group",
        "pledges:group_join",
        "pledges:group_joined",
        "pledges:group_poster",
        "pledges:group_qr",
        "pledges:group_sent",
        "pledges:group_sheet",
        "pledges:heart",
        "pledges:heart_card",
        "pledges:heart_certificate",
        "pledges:keep_change",
        "pledges:keep_close",
        "pledges:keep_count_in",
        "pledges:keep_group",
        "pledges:keep_hearts",
        "pledges:keep_home",
        "pledges:keep_leave",
        "pledges:keep_open",
        "pledges:keep_sent",
        "pledges:keep_take_back",
        "pledges:kept",
        "pledges:kept_thanks",
        "pledges:manage_data",
        "pledges:manage_download",
        "pledges:manage_erase",
        "pledges:manage_erase_all",
        "pledges:manage_home",
        "pledges:manage_leave",
        "pledges:manage_open",
        "pledges:manage_promise",
        "pledges:manage_sent",
        "pledges:manage_shown",
        "pledges:manage_withdraw",
        "pledges:pledge_campaign",
        "pledges:report",
        "pledges:reported",
        "pledges:thanks",
    }
)


class OwnRequest(HttpRequest):
    """A request that nobody sent: for a page that we read ourselves."""

    def __init__(self, path: str) -> None:
        super().__init__()
        site = urlsplit(settings.SITE_URL)
        self.method = "GET"
        self.path = self.path_info = path
        self.META = {"SERVER_NAME": site.hostname or "localhost", "SERVER_PORT": str(site.port or 443)}
        self.resolver_match = resolve(path)

    def _get_scheme(self) -> str:
        return urlsplit(settings.SITE_URL).scheme


def entries_of_pages() -> Iterator[SearchEntry]:
    """The entries of all standing pages that answer, one per language."""
    for page in STANDING_PAGES:
        for language, _name in LANGUAGES:
            with translation.override(language):
                yield from _entry_of(page, language)


def _entry_of(page: StandingPage, language: str) -> Iterator[SearchEntry]:
    try:
        address = reverse(page.name)
    except NoReverseMatch:
        return
    found = _read(address, in_full=page.is_read)
    if found:
        yield entry(
            kind=SearchEntry.Kind.PAGE,
            key=page.name,
            language=language,
            path=address.removeprefix(reverse("campaigns:home")),
            is_own_page=True,
            title=Text(found.title, language),
            summary=Text(found.description, language),
            body=Text(found.body if page.is_read else "", language),
            weight=1.2,
        )


def _read(address: str, *, in_full: bool) -> PageText | None:
    """What stands on the page; None, and a line in the log, where it does not answer."""
    response = convert_exception_to_response(_call)(OwnRequest(address))
    if not isinstance(response, HttpResponse) or response.status_code != HTTPStatus.OK:
        log.warning("search could not read %s: it does not answer", address)
        return None
    html = response.content.decode()
    return page_text(html if in_full else html[: html.find("</h1>")])


def _call(request: HttpRequest) -> HttpResponse:
    match = resolve(request.path)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response.render() if isinstance(response, SimpleTemplateResponse) else response
