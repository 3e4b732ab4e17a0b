"""Pages of the office on which one act is done: what it is about, what is to be filled in, and buttons that say it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from blueheart.moderation import claims
from blueheart.moderation.models import Claim
from blueheart.refusals import RefusedError

Words = str | Promise


@dataclass(frozen=True)
class Button:
    """One act: the value it is sent under, its words, and what it does; it returns what to tell the reader."""

    name: str
    label: Words
    act: Callable[[dict[str, Any]], str]
    is_default: bool = False


@dataclass(frozen=True)
class ActPage:
    """A page of one row with facts, a form and buttons.

    Where there is a `summary`, what it makes of the form is shown once more before anything is done; it raises
    `RefusedError` where nothing can be. `last_word` stands below it.

    `judged` is what others may change while the page is read: what was pressed is done only while it says the same.
    `is_claimed` is a row for one person at a time: who comes second is told who looks at it, and asked before it is
    taken over.
    """

    model_admin: ModelAdmin[Any]
    row: Model
    title: Words
    facts: Sequence[tuple[Words, Any]]
    buttons: Sequence[Button]
    summary: Callable[[dict[str, Any]], Sequence[tuple[Words, Any]]] | None = None
    last_word: Words = ""
    judged: Sequence[object] = ()
    is_claimed: bool = False

    @property
    def seen(self) -> str:
        """A short digest of what is judged; empty where there is nothing of the kind."""
        said = repr([str(part) for part in self.judged])
        return hashlib.sha256(said.encode()).hexdigest()[:16] if self.judged else ""


def staff(request: HttpRequest) -> User:
    """Who is signed in; the office lets nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def require(request: HttpRequest, permission: str) -> None:
    """Raise `PermissionDenied` for somebody without it."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def admin_url(row: Model, page: str = "change") -> str:
    """The address of a row's page in the office."""
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=[row.pk])


def linked(row: Model) -> SafeString:
    """The row's name, leading to its page."""
    return format_html('<a href="{}">{}</a>', admin_url(row), row)


def answer(
    page: ActPage,
    request: HttpRequest,
    form: forms.Form,
    *,
    then: Model | Callable[[], Model] | None = None,
    silences: Mapping[Any, Words] | None = None,
) -> HttpResponse:
    """Show the page, or do what was pressed and go on to `then` (else the row); a refusal is shown in the form.

    `then` is asked afterwards where the act makes what comes next. `silences` says in words what it means when the act
    raises such an error, because somebody else could not be asked.
    """
    pressed = {button.name: button for button in page.buttons}.get(request.POST.get("act", ""))
    held = _held(page, request)
    if request.method != "POST" or pressed is None or not form.is_valid():
        return _show(page, request, form, held=held)
    if request.POST.get("seen", page.seen) != page.seen:
        form.add_error(None, _("This was changed while you read it. Nothing was done: please look again."))
        return _show(page, request, form)
    try:
        if (page.summary or held) and "confirmed" not in request.POST:
            summary = page.summary(form.cleaned_data) if page.summary else ()
            return _show(page, request, form, to_confirm=pressed, summary=summary, held=held)
        if held:
            claims.take_over(page.row, staff(request))
        said = pressed.act(form.cleaned_data)
    except RefusedError as error:
        form.add_error(None, str(error))
    except tuple(silences or ()) as error:
        form.add_error(None, str(next(said for kind, said in (silences or {}).items() if isinstance(error, kind))))
    else:
        messages.success(request, said)
        if page.is_claimed:
            claims.release(page.row, staff(request))
        return HttpResponseRedirect(admin_url((then() if callable(then) else then) or page.row))
    return _show(page, request, form)


def _held(page: ActPage, request: HttpRequest) -> Claim | None:
    """The colleague's claim on the row; where there is none it is this person's from now on."""
    if not page.is_claimed or claims.take(page.row, staff(request)):
        return None
    return claims.held_by_other(page.row, staff(request))


def _show(
    page: ActPage,
    request: HttpRequest,
    form: forms.Form,
    *,
    to_confirm: Button | None = None,
    summary: Sequence[tuple[Words, Any]] = (),
    held: Claim | None = None,
) -> TemplateResponse:
    at_it = [(_("Looks at it now"), held.holder.get_full_name() or held.holder.get_username())] if held else []
    context = {
        **page.model_admin.admin_site.each_context(request),
        "opts": page.row._meta,
        "module_name": page.row._meta.verbose_name_plural,
        "object": page.row,
        "title": page.title,
        "facts": [*at_it, *page.facts],
        "form": form,
        "buttons": page.buttons,
        "to_confirm": to_confirm,
        "summary": [*at_it, *summary],
        "last_word": _("Take it over? Your colleague may be about to decide.") if at_it else page.last_word,
        "seen": page.seen,
        # Nothing is done yet by the first press: a lone button must not say that it is.
        "asks_again": page.summary is not None and len(page.buttons) == 1,
    }
    return TemplateResponse(request, "admin/act.html", context)
