"""A supporter's own pledges: the list, what each shows and promises, taking back, erasing, and all that we keep."""

import json
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.pages import as_typed, switches_language
from blueheart.refusals import RefusedError
from pledges.forms.managing import EraseForm, PromisedForm, ShownForm
from pledges.messages.managing import farewell
from pledges.models import Pledge
from pledges.own_pledges import own_pledge, own_pledges
from pledges.services import confirming, managing, privacy
from pledges.services.subject_data import as_json, find_subject, subject_parts
from pledges.views.managing import DOOR, SupporterRequest, supporter_page

# The words that the list opens with, by what was done.
DONE = ("shown", "to-read", "to-verify", "promise", "withdrawn", "erased", "unchanged")


@supporter_page
def manage_home(request: SupporterRequest) -> HttpResponse:
    done = request.GET.get("done", "")
    context = {"pledges": own_pledges(request.visit.pledges()), "done": done if done in DONE else ""}
    return render(request, "pledges/manage/home.html", context)


@supporter_page
def manage_shown(request: SupporterRequest, public_id: str) -> HttpResponse:
    """What others see of the heart."""
    pledge = _confirmed(request, public_id)
    if not _is_sent(request):
        return _form_page(request, "shown", ShownForm(pledge=pledge, initial=_typed(request, ShownForm)), pledge)
    form = ShownForm(request.POST, pledge=pledge)
    if form.is_valid():
        try:
            changed = managing.change_what_is_shown(pledge.pk, form.wish())
        except confirming.NameTakenError as error:
            form.add_error("public_name", str(error))
        except RefusedError as error:
            form.add_error(None, str(error))
        else:
            return _to_list(_shown_how(pledge, changed))
    return _form_page(request, "shown", form, pledge)


@supporter_page
def manage_promise(request: SupporterRequest, public_id: str) -> HttpResponse:
    """What the supporter promises, and how they wear the heart."""
    pledge = _confirmed(request, public_id)
    if not _is_sent(request):
        return _form_page(
            request, "promise", PromisedForm(pledge=pledge, initial=_typed(request, PromisedForm)), pledge
        )
    form = PromisedForm(request.POST, pledge=pledge)
    if form.is_valid():
        said = form.cleaned_data
        try:
            changed = managing.change_promise(
                pledge.pk, precepts=form.chosen(), way=said["way"], country=said["country"]
            )
        except RefusedError as error:
            form.add_error(None, str(error))
        else:
            is_to_verify = "country" in changed and pledge.kind != Pledge.Kind.PERSON
            return _to_list("to-verify" if is_to_verify else "promise" if changed else "unchanged")
    return _form_page(request, "promise", form, pledge)


@supporter_page
def manage_withdraw(request: SupporterRequest, public_id: str) -> HttpResponse:
    """The second step: what it means, and the button."""
    pledge = _confirmed(request, public_id)
    if not _is_sent(request):
        return _form_page(request, "withdraw", None, pledge)
    try:
        managing.withdraw(pledge.pk)
    except RefusedError:
        return redirect("pledges:manage_home")
    return _to_list("withdrawn")


@supporter_page
def manage_erase(request: SupporterRequest, public_id: str) -> HttpResponse:
    """Be forgotten in one pledge: what goes, what stays, and the button."""
    pledge = get_object_or_404(request.visit.pledges(), public_id=public_id)
    form = EraseForm(request.POST if _is_sent(request) else None, initial=_typed(request, EraseForm))
    if not form.is_valid():
        return _form_page(request, "erase", form, pledge)
    privacy.erase_pledge(pledge.pk, link_id=request.visit.link_id)
    farewell(pledge.email, language=pledge.language)
    if request.visit.pledges().exists():
        return _to_list("erased")
    return DOOR.forget(render(request, "pledges/manage/erased.html"))


@supporter_page
def manage_data(request: SupporterRequest) -> HttpResponse:
    """What we keep of this mailbox: to take along, or to be erased in one go."""
    return render(request, "pledges/manage/data.html", {"groups": find_subject(request.visit.email).groups})


@supporter_page
def manage_download(request: SupporterRequest) -> HttpResponse:
    """All that we keep, as one file that people and programs can read."""
    if not _is_sent(request):
        return redirect("pledges:manage_data")
    found = as_json(subject_parts(find_subject(request.visit.email), is_own_page=True))
    written = {"what": _("What we keep about you"), "as_of": timezone.now().isoformat(), **found}
    response = HttpResponse(json.dumps(written, ensure_ascii=False, indent=2), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="blue-heart-pledges.json"'
    return response


@supporter_page
def manage_erase_all(request: SupporterRequest) -> HttpResponse:
    """Be forgotten in all pledges of this mailbox, and as the keeper of its groups."""
    form = EraseForm(request.POST if _is_sent(request) else None, initial=_typed(request, EraseForm))
    if not form.is_valid():
        found = find_subject(request.visit.email)
        context = {"form": form, "pledges": own_pledges(found.pledges), "groups": found.groups}
        return render(request, "pledges/manage/erase_all.html", context)
    privacy.erase_subject(request.visit.email)
    farewell(request.visit.email, language=request.visit.language)
    return DOOR.forget(render(request, "pledges/manage/erased.html"))


def _confirmed(request: SupporterRequest, public_id: str) -> Pledge:
    """The supporter's own pledge that can be changed. Raises Http404."""
    return get_object_or_404(request.visit.pledges(), public_id=public_id, status=Pledge.Status.CONFIRMED)


def _is_sent(request: SupporterRequest) -> bool:
    return request.method == "POST" and not switches_language(request)


def _typed(request: SupporterRequest, form: type[forms.Form]) -> dict[str, Any]:
    """What stood in the form when another language was asked for."""
    return as_typed(form.base_fields, request.POST) if switches_language(request) else {}


def _shown_how(pledge: Pledge, changed: list[str]) -> str:
    """What to tell of a change: first what somebody has to look at."""
    if pledge.kind != Pledge.Kind.PERSON and {"public_name", "form", "link", "people"} & set(changed):
        return "to-verify"
    return "to-read" if "words" in changed else "shown" if changed else "unchanged"


def _to_list(done: str) -> HttpResponse:
    response = redirect("pledges:manage_home")
    response["Location"] += f"?done={done}"
    return response


def _form_page(request: SupporterRequest, name: str, form: forms.Form | None, pledge: Pledge) -> HttpResponse:
    context = {"form": form, "own": own_pledge(pledge)}
    return render(request, f"pledges/manage/{name}.html", context)
