"""The count on other sites, without script and without cookie: a frame, a badge, and the page with their code."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple
from unicodedata import east_asian_width
from urllib.parse import urlencode

from babel.numbers import format_decimal
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.clickjacking import xframe_options_exempt

from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES, babel_locale, is_rtl, page_language
from blueheart.pages import public_page
from campaigns.models import Campaign
from pledges import figures
from pledges.figures import Figures

# In CSS pixels, for the frame of each size.
FRAMES = {"small": (300, 270), "large": (480, 280)}  # room for a long title and for longer languages
ASKED = ("campaign", "lang", "size")
LETTER, WIDE_LETTER, PADDING, HEART = 7, 12, 10, 18

View = Callable[..., HttpResponse]
Answered = Callable[..., HttpResponseBase]


class Asked(NamedTuple):
    """What a site wants to show: the hearts of a campaign, or of all, in a language."""

    campaign: Campaign | None
    language: str
    size: str

    @property
    def query(self) -> str:
        """The same as the part of an address after `?`."""
        asked = {"campaign": self.campaign.slug if self.campaign else "", "lang": self.language}
        return urlencode({name: value for name, value in asked.items() if value})


def _for_other_sites(view: View) -> Answered:
    """Let any site put the answer into its pages: it holds nothing to press but links out of it."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return xframe_options_exempt(csp_replace({"frame-ancestors": ["*"]})(public_page(query=ASKED)(wrapped)))


@_for_other_sites
def embed_counter(request: HttpRequest) -> HttpResponse:
    """The count as a page for a frame. Its links open in the whole window, where this portal is not framed."""
    asked = _asked(request)
    with override(asked.language):
        return render(request, "pledges/embeds/counter.html", _context(asked))


@_for_other_sites
def badge(request: HttpRequest) -> HttpResponse:
    """The count as a picture with the text of it as its title."""
    asked = _asked(request)
    with override(asked.language):
        context = _context(asked)
        told = _badge_text(context["hearts"])
        name_width, told_width = _width(_("Blue Heart")) + HEART, _width(told)
        context |= {
            "told": told,
            "width": name_width + told_width,
            "name_width": name_width,
            "told_width": told_width,
            "name_middle": (name_width + HEART) // 2,
            "told_middle": name_width + told_width // 2,
        }
        return render(request, "pledges/embeds/badge.svg", context, content_type="image/svg+xml; charset=utf-8")


@csp_update({"frame-src": ["'self'"]})
@public_page(query=ASKED, numbers=False)
def embeds(request: HttpRequest) -> HttpResponse:
    """The code to copy, for the campaign, language and size that were chosen."""
    asked = _asked(request, language=page_language())
    width, height = FRAMES[asked.size]
    counter_url = f"{settings.SITE_URL}{reverse('embed_counter')}?{asked.query}&size={asked.size}"
    badge_url = f"{settings.SITE_URL}{reverse('badge')}?{asked.query}"
    api_query = f"?campaign={asked.campaign.slug}" if asked.campaign else ""
    context = {
        "asked": asked,
        "campaigns": Campaign.objects.published(),
        "languages": LANGUAGES,
        "sizes": {"small": _("Small"), "large": _("Large")},
        "width": width,
        "height": height,
        "counter_path": f"{reverse('embed_counter')}?{asked.query}&size={asked.size}",
        "badge_path": f"{reverse('badge')}?{asked.query}",
        "counter_url": counter_url,
        "badge_url": badge_url,
        "api_url": f"{settings.SITE_URL}{reverse('api-1:pledges_by_country')}{api_query}",
        "link_url": f"{settings.SITE_URL}{_path(asked)}",
    }
    return render(request, "pledges/embeds.html", context)


def _asked(request: HttpRequest, *, language: str = DEFAULT_LANGUAGE) -> Asked:
    """What the address asks for. Raises `Http404` for a campaign that is not published; what else is not understood
    is as if it were not there, so that an old frame goes on working.
    """
    slug, asked_in = request.GET.get("campaign"), request.GET.get("lang", language)
    size = request.GET.get("size", "")
    campaign = Campaign.objects.published().filter(slug=slug).first() if slug else None
    if slug and campaign is None:
        raise Http404
    return Asked(campaign, asked_in if asked_in in dict(LANGUAGES) else language, size if size in FRAMES else "small")


def _context(asked: Asked) -> dict[str, Any]:
    return {
        "campaign": asked.campaign,
        "hearts": figures.read(asked.campaign),
        "language": asked.language,
        "direction": "rtl" if is_rtl(asked.language) else "ltr",
        "size": asked.size,
        "path": _path(asked),
    }


def _path(asked: Asked) -> str:
    with override(asked.language):
        if asked.campaign:
            return reverse("pledges:pledge_campaign", args=[asked.campaign.slug])
        return reverse("pledges:pledge")


def _badge_text(hearts: Figures) -> str:
    if not hearts.is_shown:
        return _("Wear it")
    shown = format_decimal(hearts.confirmed, locale=babel_locale(page_language()))
    return ngettext("%(shown)s heart", "%(shown)s hearts", hearts.confirmed) % {"shown": shown}


def _width(text: str) -> int:
    """About as wide as browsers draw it at 11 pixels; there is room to spare."""
    return 2 * PADDING + sum(WIDE_LETTER if east_asian_width(letter) in "WF" else LETTER for letter in text)
