"""The outbox as staff see it."""

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from blueheart.admin.base import ReadOnlyAdmin
from blueheart.admin.filters import IndexedValues
from blueheart.post.models import Message
from blueheart.trail.record import record


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin[Message]):
    """The outbox: what is waiting, sent or shelved, without an address: a message does not store one."""

    list_display = ["kind", "status", "language", "tries", "created_at", "sent_at", "next_attempt_at", "reason"]
    list_filter = ["status", "language", ("kind", IndexedValues)]
    grows = True
    moments = "created_at"
    search_fields = ["^cause"]
    search_help_text = _("By the beginning of the cause, such as “pledge-confirm:17”")
    actions = ["send_again"]

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        chosen = queryset.filter(next_attempt_at=None).order_by("pk")
        with transaction.atomic():
            again = list(chosen.select_for_update())
            for message in again:
                message.requeue()
                record("post.sent-again", target=message, request=request)
        text = ngettext("%(count)s mail will be sent again.", "%(count)s mails will be sent again.", len(again))
        self.message_user(request, text % {"count": len(again)}, messages.SUCCESS)

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Sending again asks for the model's own permission to change: nobody else may act on a mail."""
        return request.user.has_perm("post.change_message")
