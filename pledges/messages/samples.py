"""What the mails about pledges and groups might say, of people who do not exist: for staff who word them."""

from typing import Any

from django.urls import reverse

from blueheart.post.letters import sample, site_url
from campaigns.contact import contact_address
from campaigns.share.bidi import isolated
from pledges.models import PreceptWording

SAM = "Sam"
TOKEN = "an-example-that-opens-nothing"  # noqa: S105  it opens nothing


@sample("pledge-confirm", "pledge-reminder")
def to_confirm() -> dict[str, Any]:
    link = site_url(reverse("pledges:confirm", args=[TOKEN]))
    return {"name": SAM, "link": link, "days": 7, "code": "123 456", "minutes": 15}


@sample("pledge-already", "pledge-withdrawn", "pledge-household", "pledge-erased")
def about_a_heart() -> dict[str, Any]:
    pages = {f"{page}_url": site_url(reverse(f"pledges:{page}")) for page in ("pledge", "manage")}
    return {"link": site_url(reverse("pledges:hearts")), "number": 1234, "names": 2, **pages}


@sample("pledge-manage")
def to_manage() -> dict[str, Any]:
    return {"link": site_url(reverse("pledges:manage_open", args=[TOKEN])), "minutes": 60}


@sample("pledge-kept")
def to_tell() -> dict[str, Any]:
    """The precepts of a sample are none of ours: those are worded on their own page."""
    precepts = [PreceptWording(title="…", text="…")]
    link = site_url(reverse("pledges:kept", args=[TOKEN]))
    return {"name": SAM, "link": link, "days": 30, "precepts": precepts, "is_second": False}


@sample("pledge-help")
def for_help() -> dict[str, Any]:
    """No helpline: a number is never made up."""
    return {"helplines": [], "country": "", "help_page": site_url(reverse("campaigns:help"))}


@sample("pledge-verified", "pledge-not-verified", "pledge-verify-question")
def to_an_organisation() -> dict[str, Any]:
    return {
        "contact_name": SAM,
        "name": "Blue School",
        "link": site_url(reverse("pledges:hearts")),
        "reason": "…",
        "question": "…",
        "public_id": "abcdef1234",
        "write_to": contact_address(),
    }


@sample("group-confirm", "group-link", "group-approved", "group-refused", "group-closed")
def to_a_keeper() -> dict[str, Any]:
    keep = site_url(reverse("pledges:keep"))
    papers = dict.fromkeys(("page", "poster", "sheet", "join"), site_url(reverse("pledges:pledge")))
    return {
        "name": SAM,
        "group": isolated("Blue School"),
        "link": site_url(reverse("pledges:keep_open", args=[TOKEN])),
        "days": 7,
        "minutes": 60,
        "why": "…",
        "contact": site_url(reverse("campaigns:contact")),
        "keep": keep,
        **papers,
    }
