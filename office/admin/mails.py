"""The outbox as staff see it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from blueheart.admin.acts import ActPage, Button, admin_url, answer, require
from blueheart.admin.base import ReadOnlyAdmin
from blueheart.admin.filters import IndexedValues
from blueheart.post.models import Message
from blueheart.refusals import RefusedError
from blueheart.trail.models import Entry
from office import mail_log

SEND = "post.change_message"


class WhyForm(forms.Form):
    """Why a mail is sent again, for the trail."""

    why = forms.CharField(
        label=_("Why, for the trail"),
        required=False,
        max_length=200,
        help_text=_("Needed for a mail that was sent. No name, no address."),
        widget=forms.TextInput(attrs={"size": 60, "dir": "auto"}),
    )


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin[Message]):
    """The outbox: what is waiting, sent or shelved, without an address and without the mail: a message stores none."""

    list_display = ["kind", "status", "language", "tries", "created_at", "sent_at", "next_attempt_at", "reason"]
    list_filter = ["status", "language", ("kind", IndexedValues)]
    grows = True
    moments = "created_at"
    search_fields = ["^cause"]
    search_help_text = _("By the beginning of the cause, such as “pledge-confirm:17”")
    actions = ["send_again"]
    change_form_template = "admin/post/message/change_form.html"
    fields = [
        "kind", "about", "language", "status", "reason", "created_at", "tries", "next_attempt_at", "sent_at",
        "shelved_at", "message_id", "cause", "history",
    ]  # fmt: skip
    readonly_fields = ["about", "message_id", "history"]

    @admin.display(description=_("what it is about"))
    def about(self, message: Message) -> str:
        """The kind of row and its key: nothing of a person."""
        row = mail_log.about(message)
        return f"{capfirst(row._meta.verbose_name)} {message.subject_id}" if row else str(message.subject_id)

    @admin.display(description=_("Message-ID"))
    def message_id(self, message: Message) -> SafeString:
        return format_html('<bdi dir="ltr">{}</bdi>', message.message_id)

    @admin.display(description=_("what staff did with it"))
    def history(self, message: Message) -> SafeString | str:
        entries = Entry.objects.filter(target_type="post.message", target_id=str(message.pk))
        acts = entries.filter(action__startswith="post.").select_related("actor").order_by("pk")
        rows = [(f"{act.at:%Y-%m-%d %H:%M} UTC", act.actor or "–", act.action, act.why) for act in acts]
        items = format_html_join("", "<li>{} <bdi>{}</bdi>: {} <bdi>{}</bdi></li>", rows)
        return format_html('<ul class="office-list">{}</ul>', items) if rows else "–"

    @admin.action(description=_("Send again what did not arrive"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        chosen = list(queryset.values_list("pk", flat=True))
        again = mail_log.send_again(chosen, request=request)
        text = ngettext("%(count)s mail will be sent again.", "%(count)s mails will be sent again.", again)
        self.message_user(request, text % {"count": again}, messages.SUCCESS if again else messages.WARNING)
        if again < len(chosen):
            left = gettext("Only mails that are shelved or came back are sent again from here.")
            self.message_user(request, left, messages.WARNING)

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Sending again asks for the model's own permission to change: nobody else may act on a mail."""
        return request.user.has_perm(SEND)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the row that it is about, for whoever may look at that."""
        message = self.get_object(request, unquote(object_id))
        url = self._url_of_subject(message, request) if message else ""
        return super().change_view(request, object_id, form_url, {"about_url": url, **(extra_context or {})})

    def _url_of_subject(self, message: Message, request: HttpRequest) -> str:
        row = mail_log.about(message)
        if row is None or not self.admin_site.is_registered(type(row)):
            return ""
        may_look = self.admin_site.get_model_admin(type(row)).has_view_permission(request)
        return admin_url(row) if may_look else ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.again)
        return [path("<int:pk>/again/", view, name="post_message_again"), *super().get_urls()]

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send one message again: because it did not arrive, or with a reason because its link is over."""
        require(request, SEND)
        message = get_object_or_404(Message, pk=pk)
        facts = [
            (_("Kind"), message.kind),
            (_("What it is about"), message.subject_id),
            (_("Status"), message.get_status_display()),
            (_("Reason"), message.reason),
            (_("Sent"), message.sent_at),
        ]
        buttons = _buttons(message, request)
        if not buttons:
            facts.append((_("Send again"), _("This mail is on its way, or of a kind that nobody wants twice.")))
        page = ActPage(self, message, _("Send a mail again"), facts, buttons, judged=(message.status, message.sent_at))
        return answer(page, request, WhyForm(request.POST or None))


def _buttons(message: Message, request: HttpRequest) -> list[Button]:
    """What may be done with it as it stands; nothing with a mail that waits."""

    def again(given: dict[str, Any]) -> str:
        if not mail_log.send_again([message.pk], why=given["why"].strip(), request=request):
            raise RefusedError(gettext("That changes nothing."))
        return gettext("It is sent again, as things are now.")

    def once_more(given: dict[str, Any]) -> str:
        mail_log.send_once_more(message.pk, why=given["why"].strip(), request=request)
        return gettext("It is written anew, with a new link, as a mail of its own.")

    if message.status in mail_log.NOT_ARRIVED:
        return [Button("again", _("Send again"), again, is_default=True)]
    if message.status == Message.Status.SENT and message.kind in mail_log.SAFE_TWICE:
        return [Button("once-more", _("Write it anew and send it"), once_more, is_default=True)]
    return []
