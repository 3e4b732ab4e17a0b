"""Making a pledge: in three steps, or on one page where the visitor's browser runs our script."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from blueheart.lately import lately
from blueheart.limits.addresses import client_address
from blueheart.limits.counting import seconds_left
from blueheart.pages import as_typed, form_page, public_page, switches_language
from blueheart.site_settings.reading import Notice, current
from campaigns.models import Campaign
from pledges import limits, typos
from pledges.forms import AuthorityForm, OrganisationForm, PledgeForm
from pledges.forms.pledge import CHECK, TOKEN, WHAT, WHO, PromiseForm
from pledges.models import Pledge
from pledges.services import confirming, pledging
from pledges.site_settings import PLEDGES_STOPPED

TOO_MANY_REQUESTS, STOPPED = 429, 503
KINDS: dict[str, type[PromiseForm]] = {
    "": PledgeForm,
    Pledge.Kind.ORGANISATION: OrganisationForm,
    Pledge.Kind.AUTHORITY: AuthorityForm,
}
# What a button asks for, beside the name of a step: the whole form taken, the address corrected, another kind.
SEND, CORRECTED, KIND = "send", "corrected", "kind"
WHOLE = "all"  # all steps at once
NEXT = {WHAT: WHO, WHO: CHECK}
BEFORE = {WHO: WHAT, CHECK: WHO, CORRECTED: WHO}


@form_page
def pledge(request: HttpRequest, slug: str = Campaign.GLOBAL_SLUG) -> HttpResponse:
    """The form of one kind of supporter. Nothing is kept between its steps but what the page itself holds."""
    campaign = _published(slug)
    if campaign is None:
        raise Http404("no such campaign")
    kind = KINDS.get(request.GET.get("as", ""), PledgeForm)
    if stopped := current().notice(PLEDGES_STOPPED):
        return _stopped(request, kind, campaign, stopped)
    if request.method != "POST":
        return _page(request, kind(campaign=campaign), campaign, WHAT)
    here, go = _here(request.POST), _wanted(request.POST)
    if switches_language(request) or go == KIND or _is_back(here, go):
        form = kind(initial=as_typed(kind.base_fields, request.POST), campaign=campaign)
        return _page(request, form, campaign, go if _is_back(here, go) else here)
    form = kind(_corrected(request.POST) if go == CORRECTED else request.POST, campaign=campaign)
    if form.is_from_a_robot:
        return HttpResponseRedirect(after(form))
    if fault := form.step_at_fault(through=BEFORE.get(go, CHECK)):
        return _page(request, form, campaign, fault)
    if go != SEND or _is_to_look_once_more(form):
        return _page(request, form, campaign, go if go in NEXT else CHECK)
    return _take(request, form, campaign)


@lately
def _published(slug: str) -> Campaign | None:
    found: Campaign | None = Campaign.objects.published().filter(slug=slug).first()
    return found


def _stopped(request: HttpRequest, kind: type[PromiseForm], campaign: Campaign, stopped: Notice) -> HttpResponse:
    """Say so; who was filling the form in keeps what they typed, to be sent when pledges are taken again."""
    if request.method != "POST":
        return render(request, "pledges/stopped.html", {"campaign": campaign, "stopped": stopped}, status=STOPPED)
    form = kind(initial=as_typed(kind.base_fields, request.POST), campaign=campaign)
    return _page(request, form, campaign, _here(request.POST), status=STOPPED, stopped=stopped)


def check_mail(request: HttpRequest) -> HttpResponse:
    """The same page for everyone: it tells nobody who has pledged before."""
    form_token = request.GET.get("form", "")
    return _check_mail_with_code(request, form_token) if TOKEN.fullmatch(form_token) else _check_mail(request)


@public_page
def _check_mail(request: HttpRequest) -> HttpResponse:
    return render(request, "pledges/check_mail.html", {"days": confirming.LINK_LASTS.days})


@form_page
def _check_mail_with_code(request: HttpRequest, form_token: str) -> HttpResponse:
    context = {"days": confirming.LINK_LASTS.days, "form_token": form_token}
    return render(request, "pledges/check_mail.html", context)


def _take(request: HttpRequest, form: PromiseForm, campaign: Campaign) -> HttpResponse:
    email = form.cleaned_data["email"]
    verdict = limits.judge(request, email=email)
    if verdict.is_refused:
        form.add_error(None, _("Many pledges came from your network in the last hour. Please try again in an hour."))
        page = _page(request, form, campaign, CHECK, status=TOO_MANY_REQUESTS)
        page.headers["Retry-After"] = str(seconds_left(limits.HOUR))
        return page
    pledging.make_pledge(
        campaign=campaign,
        email=email,
        promise=form.promise(),
        language=page_language(),
        form_token=form.sent_token,
        source_ip=client_address(request) or None,
        suspicion=verdict.suspicion,
        mailbox=verdict.mailbox,
    )
    return HttpResponseRedirect(after(form))


def after(form: PromiseForm) -> str:
    """Where the code of the mail can be typed: the page knows the form by its own secret."""
    page = reverse("pledges:check_mail")
    return f"{page}?form={form.sent_token}" if form.sent_token else page


def _here(typed: QueryDict) -> str:
    """The step that was filled in, or all of them."""
    step = typed.get("step", "")
    return step if step in (WHAT, WHO, CHECK, WHOLE) else WHAT


def _wanted(typed: QueryDict) -> str:
    """What the button asked for; where none was pressed, but Enter, the way on. Who sends no step sends all of it."""
    go = typed.get("go", "")
    return go if go in (WHAT, WHO, CHECK, SEND, CORRECTED, KIND) else NEXT.get(typed.get("step", ""), SEND)


def _is_back(here: str, go: str) -> bool:
    steps = [WHAT, WHO, CHECK]
    return go in steps and here in steps and steps.index(go) <= steps.index(here)


def _corrected(typed: QueryDict) -> QueryDict:
    """What was typed, with the address that was probably meant; asked for anew and never taken from the page."""
    corrected = typed.copy()
    email = typed.get("email", "")
    corrected["email"] = typos.suggestion(email) or email
    return corrected


def _is_to_look_once_more(form: PromiseForm) -> bool:
    """Whether the address seems mistyped and nobody was asked about it yet; once asked, it is taken as it is."""
    email = form.cleaned_data["email"]
    return "step" in form.data and form.data.get("looked_at") != email and bool(typos.suggestion(email))


def _page(
    request: HttpRequest,
    form: PromiseForm,
    campaign: Campaign,
    step: str,
    *,
    status: int = 200,
    stopped: Notice | None = None,
) -> HttpResponse:
    is_whole = request.POST.get("step") == WHOLE
    email = str(form["email"].value() or "")
    looks = step == CHECK and "email" not in form.errors
    context: dict[str, Any] = {
        "campaign": campaign,
        "form": form,
        "kind": form.KIND,
        "stopped": stopped,
        "step": WHOLE if is_whole else step,
        "is_moved": request.method == "POST" and not form.errors and not is_whole,
        "shows": step == CHECK and (not form.errors or not is_whole),
        "suggestion": typos.suggestion(email) if looks else "",
        "looked_at": email if looks else "",
    }
    return render(request, "pledges/pledge.html", context, status=status)
