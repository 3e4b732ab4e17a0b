"""Organisations and authorities to be verified: what is to be known first; the decision stays on their page."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from blueheart.admin.acts import admin_url
from blueheart.moderation.queues import Item, Queue, Said
from pledges.models import Pledge, PledgingBody
from pledges.queues.supporters import earlier_of, facts_of, name_of
from pledges.services import verifying


def _link(body: PledgingBody) -> SafeString | str:
    if not body.link.startswith(("https://", "http://")):
        return body.link
    return format_html('<a href="{0}" rel="noopener noreferrer nofollow"><bdi dir="ltr">{0}</bdi></a>', body.link)


def _shown(body: PledgingBody) -> Item:
    fits = {True: _("Yes"), False: _("No: look twice"), None: _("Cannot be told")}[verifying.link_fits_mail(body)]
    pledge = body.pledge
    return Item(
        url=admin_url(body, "decide"),
        said=[Said(_("Words"), pledge.words, pledge.language)] if pledge.words else [],
        facts=[
            (_("Form"), body.get_form_display()),
            *facts_of(pledge),
            (_("People it speaks for"), body.people),
            (_("Website"), _link(body)),
            (_("Mail of the same domain"), fits),
            (_("What staff asked for"), body.asked_for),
        ],
        earlier=earlier_of(pledge),
    )


QUEUE = Queue(
    name="verify",
    label=_("Organisations and authorities to verify"),
    one=_("Heart %(name)s"),
    name_of=lambda body: name_of(body.pledge),
    about=_("They count and show once somebody has made sure who they are. You decide on their page."),
    permissions=["pledges.verify_pledge"],
    rows=lambda: (
        PledgingBody.objects.filter(pledge__in=Pledge.objects.to_verify())
        .select_related("pledge__campaign")
        .order_by("pk")
    ),
    since="pledge__confirmed_at",
    shown=_shown,
    state=lambda body: (body.pledge.verification,),
    locked=lambda pk: PledgingBody.objects.select_for_update(of=("self",)).filter(pk=pk).first(),
    elsewhere=_("Decide on its page"),
)
