"""Groups that wait for approval, and new words about groups in public."""

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blueheart.admin.acts import admin_url, staff
from blueheart.languages import country_name, page_language
from blueheart.moderation.queues import Act, Done, Item, Queue, Said
from pledges.models import Group
from pledges.services import groups
from pledges.services.groups import DECIDE

WAITS = Q(status=Group.Status.WAITING, keeper_confirmed_at__isnull=False) | ~Q(about_to_read="")


def _locked(pk: int) -> Group | None:
    rows = Group.objects.select_for_update(no_key=True, of=("self",)).select_related("campaign")
    return rows.filter(pk=pk).first()


def _shown(group: Group) -> Item:
    said = [Said(_("About the group"), group.about, group.language)] if group.about else []
    if group.about_to_read:
        said.append(Said(_("New words, to be read"), group.about_to_read, group.language))
    return Item(
        url=admin_url(group, "decide"),
        said=said,
        facts=[
            (_("Group"), group.name),
            (_("What it is"), group.get_kind_display()),
            (_("Of pupils"), _("yes: no name is ever taken") if group.is_of_pupils else _("no")),
            (_("Country"), country_name(group.country, page_language())),
            (_("Language"), f"{group.get_language_display()} ({group.language})"),
            (_("Campaign"), group.campaign),
            (_("Target"), group.target),
            (_("State"), group.get_status_display()),
        ],
    )


def _is_new(group: Group) -> bool:
    return group.status == Group.Status.WAITING


def _has_new_words(group: Group) -> bool:
    return not _is_new(group)


def _approve(group: Group, _why: str, request: HttpRequest) -> Done:
    groups.approve(group, by=staff(request), request=request)
    return Done()


def _refuse(group: Group, why: str, request: HttpRequest) -> Done:
    groups.refuse(group, why=why, by=staff(request), request=request)
    return Done()


def _show_words(group: Group, _why: str, request: HttpRequest) -> Done:
    groups.settle_about(group, is_good=True, request=request)
    return Done()


def _drop_words(group: Group, _why: str, request: HttpRequest) -> Done:
    groups.settle_about(group, is_good=False, request=request)
    return Done()


QUEUE = Queue(
    name="groups",
    label=_("Groups and their words"),
    one=_("Group %(name)s"),
    name_of=lambda group: str(group.code),
    about=_("New groups, and new words about groups in public. What is decided here is not taken back here."),
    permissions=[DECIDE],
    rows=lambda: Group.objects.filter(WAITS).select_related("campaign").order_by("pk"),
    since="created_at",
    shown=_shown,
    state=lambda group: (group.status, group.name, group.about, group.about_to_read, group.target),
    locked=_locked,
    acts=[
        Act("approve", "A", _("Approve the group"), _("You approved group %(name)s. Its keeper is told by mail."),
            _approve, is_default=True, applies=_is_new),
        Act("refuse", "R", _("Refuse the group"), _("You refused group %(name)s. Its keeper is told why by mail."),
            _refuse, asks_why=_("Why, as it is mailed to the keeper"), applies=_is_new),
        Act("show-words", "A", _("Show the new words"), _("You showed the new words of group %(name)s."), _show_words,
            is_default=True, applies=_has_new_words),
        Act("drop-words", "R", _("Drop the new words"), _("You dropped the new words of group %(name)s."), _drop_words,
            applies=_has_new_words),
    ],
)  # fmt: skip
