"""Groups in public: opening one, its page, and joining it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from blueheart.limits.addresses import client_address, subnet
from blueheart.pages import as_typed, form_page, public_page, switches_language
from blueheart.refusals import RefusedError
from blueheart.site_settings.reading import Notice, current
from blueheart.site_settings.switches import WALL_HIDDEN
from pledges import limits
from pledges.forms.groups import GroupForm, JoinForm, UnnamedJoinForm
from pledges.models import Group, PreceptWording
from pledges.services import groups, pledging, sheets
from pledges.site_settings import PLEDGES_STOPPED
from pledges.views.pledging import STOPPED, TOO_MANY_REQUESTS, after

NEWEST = 24


@form_page
def group_new(request: HttpRequest) -> HttpResponse:
    """Open a group. The answer is the same whoever sends the form."""
    if switches_language(request):
        return _new_page(request, GroupForm(initial=as_typed(GroupForm.base_fields, request.POST)))
    form = GroupForm(request.POST if request.method == "POST" else None)
    if form.is_from_a_robot:
        return redirect("pledges:group_sent")
    if not form.is_valid():
        return _new_page(request, form)
    if not limits.may_open_group(request):
        form.add_error(None, _("Many groups came from your network in the last hour. Please try again in an hour."))
        return _new_page(request, form, status=TOO_MANY_REQUESTS)
    groups.open_group(campaign=form.cleaned_data["campaign"], opening=form.opening())
    return redirect("pledges:group_sent")


@public_page(numbers=False)
def group_sent(request: HttpRequest) -> HttpResponse:
    """The same page for everyone who opened a group."""
    return render(request, "pledges/groups/sent.html", {"days": groups.LINK_LASTS.days})


@public_page
def group(request: HttpRequest, code: str) -> HttpResponse:
    """What a group is and how far it has come, with its newest hearts that have a name."""
    found = shown_group(code)
    values = current()
    hidden = values.notice(WALL_HIDDEN)
    hearts = (
        []
        if found.is_of_pupils or hidden
        else found.pledges.shown().exclude(public_name="").order_by("-number")[:NEWEST]
    )
    context = {
        "group": found,
        "progress": groups.shown_progress_of(found),
        "hearts": hearts,
        "why_closed": groups.why_closed(found),
        "stopped": values.notice(PLEDGES_STOPPED),
        "hidden": hidden,
    }
    return render(request, "pledges/groups/group.html", context)


@form_page
def group_join(request: HttpRequest, code: str) -> HttpResponse:
    """Join a group: by a short pledge or, for pupils, by one button that keeps nothing but a number."""
    found = shown_group(code)
    if why := groups.why_closed(found):
        return render(request, "pledges/groups/join_closed.html", {"group": found, "why": why})
    if stopped := current().notice(PLEDGES_STOPPED):
        return _stopped(request, found, stopped)
    return _join_unnamed(request, found) if found.is_of_pupils else _join_by_pledge(request, found)


@public_page
def group_joined(request: HttpRequest, code: str) -> HttpResponse:
    """Thanks to a pupil; looking at it counts nothing."""
    found = shown_group(code)
    return render(request, "pledges/groups/joined.html", {"group": found, "progress": groups.shown_progress_of(found)})


def shown_group(code: str) -> Group:
    """The group of this code, where anyone may see it. Raises `Http404`."""
    found = Group.objects.shown().select_related("campaign", "tally").filter(code=code.lower()).first()
    if found is None:
        raise Http404("no such group")
    return found


def _stopped(request: HttpRequest, found: Group, stopped: Notice) -> HttpResponse:
    """Say so; who was filling the form in keeps what they typed. A pupil has typed nothing."""
    context = {"group": found, "stopped": stopped}
    if request.method == "POST" and not found.is_of_pupils:
        form = JoinForm(initial=as_typed(JoinForm.base_fields, request.POST), group=found)
        return render(request, "pledges/groups/join.html", context | {"form": form}, status=STOPPED)
    return render(request, "pledges/stopped.html", context, status=STOPPED)


def _join_by_pledge(request: HttpRequest, found: Group) -> HttpResponse:
    if switches_language(request):
        form = JoinForm(initial=as_typed(JoinForm.base_fields, request.POST), group=found)
        return render(request, "pledges/groups/join.html", {"group": found, "form": form})
    form = JoinForm(request.POST if request.method == "POST" else None, group=found)
    if form.is_from_a_robot:
        return redirect(after(form))
    status = 200
    if form.is_valid():
        email = form.cleaned_data["email"]
        verdict = limits.judge(request, email=email, group=found)
        if not verdict.is_refused:
            pledging.make_pledge(
                campaign=found.campaign,
                email=email,
                promise=form.promise(),
                language=page_language(),
                source_ip=client_address(request) or None,
                suspicion=verdict.suspicion,
                mailbox=verdict.mailbox,
                form_token=form.sent_token,
                group=found,
            )
            return redirect(after(form))
        form.add_error(None, _("Many pledges came from your network in the last hour. Please try again in an hour."))
        status = TOO_MANY_REQUESTS
    return render(request, "pledges/groups/join.html", {"group": found, "form": form}, status=status)


def _join_unnamed(request: HttpRequest, found: Group) -> HttpResponse:
    posted = request.POST if request.method == "POST" and not switches_language(request) else None
    form, status = UnnamedJoinForm(posted), 200
    if form.is_from_a_robot:
        return redirect("pledges:group_joined", code=found.code)
    if form.is_valid():
        try:
            sheets.join_unnamed(
                group=found, network=subnet(client_address(request)), form_token=form.cleaned_data["form_token"]
            )
            return redirect("pledges:group_joined", code=found.code)
        except RefusedError as error:
            form.add_error(None, str(error))
            status = TOO_MANY_REQUESTS
    context = {"group": found, "form": form, "precepts": PreceptWording.objects.offered(found.campaign)}
    return render(request, "pledges/groups/join_unnamed.html", context, status=status)


def _new_page(request: HttpRequest, form: GroupForm, status: int = 200) -> HttpResponse:
    return render(request, "pledges/groups/new.html", {"form": form}, status=status)
