"""The pages of a group's keeper, behind a mailed link: progress, hearts on paper, and the end of the group."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from blueheart.pages import as_typed, form_page, public_page, switches_language, token_page
from blueheart.refusals import RefusedError
from blueheart.visits.pages import MINUTES, Door
from pledges.forms.groups import ChangeForm, KeeperForm, SheetForm, read_counted
from pledges.models import Group, PaperSheet
from pledges.paper_lists import MOST_BYTES
from pledges.services import groups, keepers, sheets

P = ParamSpec("P")
SHEETS_SHOWN = 50
LARGEST_REQUEST = MOST_BYTES + 64 * 1024
DOOR = Door(
    cookie_name="keeping",
    attribute="keeper_email",
    visitor=keepers.visitor,
    form=KeeperForm,
    ask_template="pledges/groups/keep.html",
    sent="pledges:keep_sent",
    home="pledges:keep_home",
    asked_too_often=gettext_lazy("Several links were asked for in the last hour. Please try again in an hour."),
    never_kept=frozenset({"listed", "file"}),  # a list of names is never shown again
)


class KeeperRequest(HttpRequest):
    """A request within a visit: whose groups it may see."""

    keeper_email: str


def keeper_page(view: Callable[Concatenate[KeeperRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Guard a page of one keeper, as `Door.guard` says; look groups up by `_own`."""
    return DOOR.guard(view)


def small_upload(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Turn a request back that is too large, before any of it is read: what is within stays in memory, off the disk."""

    @wraps(view)
    def wrapped(request: HttpRequest, code: str) -> HttpResponse:
        try:
            if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_REQUEST:
                raise RequestDataTooBig
            return view(request, code=code)
        except RequestDataTooBig:
            return redirect(f"{request.path}?too-large=1")

    return csrf_exempt(wrapped)  # the guard is within: before it, somebody would have read the request


@form_page
def keep(request: HttpRequest) -> HttpResponse:
    return DOOR.ask(request, keepers.ask_for_link)


@public_page(numbers=False)
def keep_sent(request: HttpRequest) -> HttpResponse:
    """The same page for everyone: it tells nobody who keeps a group."""
    return render(request, "pledges/groups/keep_sent.html", {"minutes": MINUTES})


@token_page
def keep_open(request: HttpRequest, token: str) -> HttpResponse:
    return DOOR.open(
        request,
        template="pledges/groups/keep_open.html",
        about=lambda: {"group": keepers.link_behind(token).group},
        begin=lambda: keepers.open_visit(token),
    )


@keeper_page
def keep_home(request: KeeperRequest) -> HttpResponse:
    """All groups of this keeper."""
    kept = [(group, groups.progress_of(group)) for group in keepers.groups_of(request.keeper_email)]
    if len(kept) == 1:
        return redirect("pledges:keep_group", code=kept[0][0].code)
    return render(request, "pledges/groups/keep_home.html", {"kept": kept})


@keeper_page
def keep_group(request: KeeperRequest, code: str) -> HttpResponse:
    """One group: how far it is, what to print, and the lists that were counted in."""
    group = _own(request, code)
    lists = list(group.sheets.exclude(way=PaperSheet.Way.JOINED)[:SHEETS_SHOWN])
    context = {
        "group": group,
        "progress": groups.progress_of(group),
        "sheets": lists,
        "said": request.GET.get("done", ""),
        "has_several": keepers.groups_of(request.keeper_email).count() > 1,
    }
    return render(request, "pledges/groups/keep_group.html", context)


@keeper_page
def keep_change(request: KeeperRequest, code: str) -> HttpResponse:
    """Another target, other words; words of a group in public wait for staff."""
    group = _own(request, code)
    if switches_language(request):
        form = ChangeForm(initial=as_typed(ChangeForm.base_fields, request.POST))
    else:
        initial = {"target": group.target, "about": group.about_to_read or group.about}
        form = ChangeForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        groups.change(group, about=form.cleaned_data["about"], target=form.cleaned_data["target"])
        return _done(group, "changed")
    return render(request, "pledges/groups/keep_change.html", {"group": group, "form": form})


@small_upload
@sensitive_post_parameters("listed")
@sensitive_variables("form")
@keeper_page
def keep_hearts(request: KeeperRequest, code: str) -> HttpResponse:
    """Hearts on paper, as a number, a list or a file: what was understood is shown before it is counted in."""
    group = _own(request, code)
    if switches_language(request):
        form = SheetForm(initial=as_typed(SheetForm.base_fields, request.POST))
    else:
        form = SheetForm(request.POST, request.FILES) if request.method == "POST" else SheetForm()
    if form.is_bound and form.is_valid():
        context = {"group": group, "understood": form.understood, "counted": form.counted(group)}
        return render(request, "pledges/groups/keep_counted.html", context)
    context = {"group": group, "form": form, "is_too_large": "too-large" in request.GET}
    return render(request, "pledges/groups/keep_hearts.html", context)


@keeper_page
def keep_count_in(request: KeeperRequest, code: str) -> HttpResponse:
    """Count in what was understood; sent twice, it counts once."""
    group = _own(request, code)
    counted = read_counted(request.POST.get("counted", ""), group)
    if counted is None or switches_language(request):
        return redirect("pledges:keep_hearts", code=group.code)
    hearts, way, form_token = counted
    try:
        sheets.count_in(group=group, hearts=hearts, way=way, form_token=form_token)
    except RefusedError as error:
        return render(request, "pledges/groups/keep_refused.html", {"group": group, "why": str(error)})
    return _done(group, "counted")


@keeper_page
def keep_take_back(request: KeeperRequest, code: str, pk: int) -> HttpResponse:
    """Take a list out again that was counted in by mistake."""
    group = _own(request, code)
    sheet = get_object_or_404(group.sheets.exclude(way=PaperSheet.Way.JOINED), pk=pk, taken_back_at=None)
    if request.method == "POST" and not switches_language(request):
        sheets.take_back(sheet)
        return _done(group, "taken-back")
    return render(request, "pledges/groups/keep_take_back.html", {"group": group, "sheet": sheet})


@keeper_page
def keep_close(request: KeeperRequest, code: str) -> HttpResponse:
    """Take no more hearts."""
    group = _own(request, code)
    if request.method == "POST" and not switches_language(request):
        try:
            groups.close(group)
        except RefusedError as error:
            return render(request, "pledges/groups/keep_refused.html", {"group": group, "why": str(error)})
        return _done(group, "closed")
    return render(request, "pledges/groups/keep_close.html", {"group": group})


@keeper_page
def keep_leave(request: KeeperRequest) -> HttpResponse:
    """End the visit, on this and on every other tab."""
    if request.method != "POST" or switches_language(request):
        return redirect("pledges:keep_home")
    keepers.end_visit(DOOR.secret(request))
    return DOOR.forget(render(request, "visits/left.html"))


def _own(request: KeeperRequest, code: str) -> Group:
    return get_object_or_404(keepers.groups_of(request.keeper_email), code=code)


def _done(group: Group, what: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('pledges:keep_group', args=[group.code])}?done={what}")
