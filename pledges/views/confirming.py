"""Confirming a pledge: by the link in a mail, or by its six digits."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from blueheart.pages import as_typed, form_page, public_page, switches_language, token_page
from blueheart.visits.links import LinkExpiredError
from pledges import limits
from pledges.forms.confirming import LastChangeForm
from pledges.models import Pledge
from pledges.services import codes, confirming

LONGEST_TYPED = 100


@token_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what will be public; only the buttons do something, for mail programs open links before people do."""
    try:
        found = confirming.pledge_behind(token, to_show=request.method != "POST")
        is_confirmed = found.status == Pledge.Status.CONFIRMED
        if request.method != "POST" or (is_confirmed and request.POST.get("act") == "not-me"):
            return _show(request, found)
        if switches_language(request):
            typed = LastChangeForm(initial=as_typed(LastChangeForm.base_fields, request.POST))
            return _show(request, found, form=typed)
        if request.POST.get("act") == "not-me":
            confirming.disown_pledge(token=token)
            return render(request, "pledges/not_me.html")
        return _confirm(request, found, token)
    except LinkExpiredError:
        return render(request, "pledges/link_expired.html", {"days": confirming.LINK_LASTS.days})


def _confirm(request: HttpRequest, found: Pledge, token: str) -> HttpResponse:
    form = LastChangeForm(request.POST) if found.kind == Pledge.Kind.PERSON and "public_name" in request.POST else None
    if form and not form.is_valid():
        return _show(request, found, form=form)
    try:
        confirmed = confirming.confirm_pledge(
            token=token, seen=request.POST.get("seen", ""), change=form.change() if form else None
        )
    except confirming.PledgeChangedError:
        found.refresh_from_db()
        return _show(request, found, changed=True)
    except confirming.NameTakenError as error:
        if form:
            form.add_error("public_name", str(error))
        return _show(request, found, form=form)
    return redirect(_page_of(confirmed) or request.path)


@form_page
def code(request: HttpRequest) -> HttpResponse:
    """Take the digits. What it says never tells whether the address is known: then no digits are right."""
    form_token = request.POST.get("form_token", "")[:LONGEST_TYPED]
    if request.method != "POST" or not form_token:
        return redirect("pledges:check_mail")
    if switches_language(request):
        return render(request, "pledges/code.html", {"form_token": form_token})
    typed = request.POST.get("code", "")[:LONGEST_TYPED]
    if not limits.may_type_code(request):
        return render(request, "pledges/code.html", {"is_over": True})
    try:
        confirmed = confirming.confirm_by_code(form_token=form_token, typed=typed)
    except codes.WrongCodeError as error:
        problem = ngettext(
            "These are not the digits of our newest mail to that address. You have %(left)d more try.",
            "These are not the digits of our newest mail to that address. You have %(left)d more tries.",
            error.left,
        ) % {"left": error.left}
        return render(request, "pledges/code.html", {"form_token": form_token, "code_error": problem})
    except (codes.CodeExpiredError, LinkExpiredError):
        return render(request, "pledges/code.html", {"is_over": True})
    except confirming.PledgeChangedError:
        return render(request, "pledges/code.html", {"is_changed": True})
    return redirect(_page_of(confirmed) or "pledges:thanks")


@public_page(numbers=False)
def thanks(request: HttpRequest) -> HttpResponse:
    """For who confirmed by code and has no page of their own (yet)."""
    return render(request, "pledges/thanks.html")


def _page_of(confirmed: Pledge) -> str:
    return f"{confirmed.get_absolute_url()}?confirmed=1" if confirmed.has_own_page else ""


def _show(
    request: HttpRequest, found: Pledge, *, form: LastChangeForm | None = None, changed: bool = False
) -> HttpResponse:
    is_person = found.kind == Pledge.Kind.PERSON
    context = {
        "pledge": found,
        "body": None if is_person else getattr(found, "body", None),
        "form": (form or LastChangeForm.of(found)) if is_person else None,
        "precepts": found.precepts_in_order(),
        "seen": confirming.seal(found),
        "changed": changed,
    }
    return render(request, "pledges/confirm.html", context)
