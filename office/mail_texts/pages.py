"""The pages on which staff word our mails: all kinds, and one kind in one language with preview, test and reset."""

from dataclasses import dataclass
from smtplib import SMTPException

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.mail import EmailMultiAlternatives
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from blueheart.admin.acts import require, staff
from blueheart.languages import LANGUAGES, is_rtl, page_language
from blueheart.limits.counting import spend
from blueheart.post import letters
from blueheart.post.models import MailText
from blueheart.trail.record import record
from office.mail_texts.forms import WordingForm
from office.mail_texts.saving import save_words
from office.page import OfficePage, has

VIEW, CHANGE = "post.view_mailtext", "post.change_mailtext"
TESTS_AN_HOUR = 30
HOUR = 60 * 60


@dataclass(frozen=True)
class Kind:
    """A kind of mail by its subject, and for each language how many sentences staff worded and where."""

    name: str
    subject: str | Promise
    languages: list[tuple[str, str, int, str]]


def all_kinds(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Every kind of mail that goes to people outside, with the languages in which staff changed it."""
    counted = MailText.objects.values_list("kind", "language").annotate(Count("pk")).order_by()
    changed = {(kind, language): number for kind, language, number in counted}
    kinds = [
        Kind(
            name,
            letters.example(name, language=page_language(), to="", words={}).subject,
            [
                (code, label, changed.get((name, code), 0), reverse("admin:mail_text", args=[name, code]))
                for code, label in LANGUAGES
            ],
        )
        for name in letters.worded_kinds()
    ]
    context = {**site.each_context(request), "title": _("Texts of mails"), "kinds": kinds, "languages": LANGUAGES}
    return TemplateResponse(request, "office/mail_texts.html", context)


def one_text(request: HttpRequest, site: AdminSite, *, kind: str, language: str) -> HttpResponse:
    """Word the sentences of one kind in one language; nothing is saved while a placeholder is missing."""
    if kind not in letters.worded_kinds() or language not in dict(LANGUAGES):
        raise Http404
    if request.method != "POST":
        return _page(request, site, kind, language, WordingForm(kind=kind, language=language))
    require(request, CHANGE)
    form = WordingForm(request.POST, kind=kind, language=language)
    act = request.POST.get("act", "")
    if act == "reset":
        return _save(request, kind, language, {})
    if not form.is_valid():
        return _page(request, site, kind, language, form)
    if act == "save" and request.POST.get("seen") == form.seen:
        return _save(request, kind, language, form.words())
    if act == "save":
        form.add_error(None, _("Somebody changed these texts while you wrote. Look at both before you save again."))
        return _page(request, site, kind, language, form)
    shown = letters.example(kind, language=language, to=staff(request).email, words=form.words())
    if act == "test":
        _send(request, shown, kind=kind, language=language)
    return _page(request, site, kind, language, form, shown)


def _save(request: HttpRequest, kind: str, language: str, words: dict[str, dict[str, str]]) -> HttpResponse:
    changed = save_words(kind=kind, language=language, words=words, request=request)
    said = ngettext("%(count)s sentence changed.", "%(count)s sentences changed.", changed) % {"count": changed}
    messages.success(request, said if changed else _("Nothing was to be changed."))
    return HttpResponseRedirect(request.path)


def _send(request: HttpRequest, mail: EmailMultiAlternatives, *, kind: str, language: str) -> None:
    """Send what is typed to whoever typed it; a mail server that is away says so and loses nothing."""
    person = staff(request)
    if not person.email:
        messages.error(request, _("Your account has no address to send a test to."))
    elif not spend("mail-text-test", str(person.pk), limit=TESTS_AN_HOUR, seconds=HOUR):
        messages.error(request, _("That were many tests. Please wait an hour, or look at the preview."))
    else:
        try:
            mail.send()
        except (SMTPException, OSError):
            messages.error(request, _("The mail server did not take the test. Nothing was lost; please try again."))
            return
        record("mailtext.tested", request=request, detail={"kind": kind, "language": language})
        messages.success(request, _("The test is on its way to your own address. Nothing was saved."))


def _page(
    request: HttpRequest,
    site: AdminSite,
    kind: str,
    language: str,
    form: WordingForm,
    preview: EmailMultiAlternatives | None = None,
) -> HttpResponse:
    subject = letters.example(kind, language=page_language(), to="", words={}).subject
    context = {
        **site.each_context(request),
        "title": f"{subject} ({dict(LANGUAGES)[language]})",
        "kind": kind,
        "language": language,
        "direction": "rtl" if is_rtl(language) else "ltr",
        "languages": [(code, name, reverse("admin:mail_text", args=[kind, code])) for code, name in LANGUAGES],
        "form": form,
        "seen": form.seen,
        "rows": [(slot, form[slot.name], slot.sentence.key in form.in_force) for slot in form.slots],
        "preview": preview or _preview(form, kind, language),
        "may_change": request.user.has_perm(CHANGE),
    }
    return TemplateResponse(request, "office/mail_text.html", context)


def _preview(form: WordingForm, kind: str, language: str) -> EmailMultiAlternatives | None:
    """What is saved, as a mail; nothing beside a form with errors."""
    return None if form.errors else letters.example(kind, language=language, to="")


PAGES = [
    OfficePage("mail-texts/", "mail_texts", all_kinds, has(VIEW, CHANGE), label=gettext_lazy("Texts of mails")),
    OfficePage("mail-texts/<slug:kind>/<slug:language>/", "mail_text", one_text, has(VIEW, CHANGE)),
]
