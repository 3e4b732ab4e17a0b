"""Organisations and authorities: staff make sure who they are before their hearts count and show."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import ActPage, Button, answer, linked, require, staff
from blueheart.refusals import RefusedError
from pledges.admin.by_heart import FoundByHeart
from pledges.models import Pledge, PledgingBody
from pledges.services import verifying

VERIFY = "pledges.verify_pledge"


class DecisionForm(forms.Form):
    """What is told to the contact, where it is refused or asked for more."""

    words = forms.CharField(
        label=gettext_lazy("To the contact"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The reason, or your question. It is mailed as you write it, in their language."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class VerificationFilter(admin.SimpleListFilter):
    """Where they stand, among those that confirmed."""

    title = gettext_lazy("verification")
    parameter_name = "verification"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [choice for choice in Pledge.Verification.choices if choice[0] != Pledge.Verification.NOT_NEEDED]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pledge__verification=self.value()) if self.value() else queryset


@admin.register(PledgingBody)
class PledgingBodyAdmin(FoundByHeart):
    """Only confirmed ones: nobody need look at what may still be deleted by itself."""

    list_display = (
        "name", "form", "country", "people", "website", "mail_fits", "verification", "asked_at", "decided_at",
    )  # fmt: skip
    list_filter = (VerificationFilter, "form")
    list_select_related = ("pledge",)
    ordering = ("-pledge_id",)
    change_form_template = "admin/pledges/pledgingbody/change_form.html"
    fields = (
        "heart", "name", "form", "country", "language", "people", "website", "mail_fits", "verification",
        "decided_at", "decided_by", "refused_for", "asked_for", "asked_at",
    )  # fmt: skip
    contact = ("contact_name", "contact_role", "mail")
    readonly_fields = ("heart", "name", "country", "language", "website", "mail_fits", "verification", "mail")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(pledge__status=Pledge.Status.CONFIRMED)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The contact is for those who may write to them."""
        return (*self.fields, *self.contact) if request.user.has_perm(VERIFY) else self.fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(VERIFY) or super().has_view_permission(request, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?pledge__email__startswith=` and the like: their answers would tell the contact, letter by letter."""
        told = "pledge" in lookup or "contact" in lookup
        return not told and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("name"))
    def name(self, body: PledgingBody) -> str:
        return body.pledge.public_name

    @admin.display(description=gettext_lazy("heart"))
    def heart(self, body: PledgingBody) -> SafeString:
        return linked(body.pledge)

    @admin.display(description=gettext_lazy("country"))
    def country(self, body: PledgingBody) -> str:
        return body.pledge.country

    @admin.display(description=gettext_lazy("language"))
    def language(self, body: PledgingBody) -> str:
        return str(body.pledge.get_language_display())

    @admin.display(description=gettext_lazy("website"))
    def website(self, body: PledgingBody) -> SafeString | str:
        if not body.link.startswith(("https://", "http://")):
            return body.link
        return format_html('<a href="{0}" rel="noopener noreferrer nofollow"><bdi dir="ltr">{0}</bdi></a>', body.link)

    @admin.display(description=gettext_lazy("mail of the same domain"), boolean=True)
    def mail_fits(self, body: PledgingBody) -> bool | None:
        return verifying.link_fits_mail(body)

    @admin.display(description=gettext_lazy("verification"))
    def verification(self, body: PledgingBody) -> str:
        return str(body.pledge.get_verification_display())

    @admin.display(description=gettext_lazy("e-mail"))
    def mail(self, body: PledgingBody) -> str:
        return body.pledge.email

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide)
        return [path("<int:pk>/decide/", view, name="pledges_pledgingbody_decide"), *super().get_urls()]

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Verify one, refuse it with a reason, ask its contact for more, or take a decision back; each is mailed."""
        require(request, VERIFY)
        body = get_object_or_404(PledgingBody.objects.select_related("pledge"), pk=pk)
        judged = (body.pledge.public_name, body.form, body.pledge.country, body.people, body.link)
        page = ActPage(
            self,
            body,
            _("Decide on an organisation or authority"),
            self._facts(body),
            _buttons(pk, request),
            judged=judged,
            is_claimed=True,
        )
        return answer(page, request, DecisionForm(request.POST or None))

    def _facts(self, body: PledgingBody) -> list[tuple[str, Any]]:
        fits = {True: _("Yes"), False: _("No: look twice"), None: _("Cannot be told")}[verifying.link_fits_mail(body)]
        contact = ", ".join(filter(None, (body.contact_name, body.contact_role, body.pledge.email)))
        return [
            (_("Name"), self.name(body)),
            (_("Form"), body.get_form_display()),
            (_("Country"), self.country(body)),
            (_("Language"), self.language(body)),
            (_("People it speaks for"), body.people),
            (_("Website"), self.website(body)),
            (_("Contact"), contact),
            (_("Mail of the same domain"), fits),
            (_("Now"), self.verification(body)),
            (_("What staff asked for"), body.asked_for),
            (_("Why refused"), body.refused_for),
        ]


def _buttons(body_id: int, request: HttpRequest) -> list[Button]:
    def verify(_given: dict[str, Any]) -> str:
        verifying.verify(body_id=body_id, by=staff(request), request=request)
        return _("Verified: it counts and shows. Its contact is told by mail.")

    def refuse(given: dict[str, Any]) -> str:
        verifying.refuse(body_id=body_id, reason=_written(given), by=staff(request), request=request)
        return _("Refused. Its contact is told why by mail.")

    def ask(given: dict[str, Any]) -> str:
        verifying.ask(body_id=body_id, question=_written(given), request=request)
        return _("Your question is mailed to the contact. It goes on waiting.")

    def take_back(_given: dict[str, Any]) -> str:
        verifying.take_back(body_id=body_id, request=request)
        return _("It waits for a decision again, neither counted nor shown.")

    return [
        Button("verify", _("Verify"), verify, is_default=True),
        Button("refuse", _("Refuse, for the reason above"), refuse),
        Button("ask", _("Ask the contact for more"), ask),
        Button("take-back", _("Undo: let it wait again"), take_back),
    ]


def _written(given: dict[str, Any]) -> str:
    words: str = given["words"].strip()
    if not words:
        raise RefusedError(_("Write what the contact is to be told. Nothing was changed."))
    return words
