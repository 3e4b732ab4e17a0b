"""Groups from a list of staff's: open at once, and their keepers asked by mail to confirm their addresses."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from blueheart import mail_addresses
from blueheart.imports.importer import SHOWN, Acting, Importer, Preview, Written, register
from blueheart.imports.models import FileImport
from blueheart.tables import Cell, csv_download
from campaigns.models import Campaign
from pledges import group_list
from pledges.models import Group
from pledges.services.group_lists import open_listed, take_listed_back
from pledges.services.groups import open_campaigns


class GroupListForm(forms.Form):
    """A file of groups, and the campaign that they are of."""

    campaign: Any = forms.ModelChoiceField(Campaign.objects.none(), label=gettext_lazy("Campaign"))
    file = forms.FileField(label=gettext_lazy("CSV file"), help_text=gettext_lazy("UTF-8, at most 500 groups."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = open_campaigns()  # type: ignore[attr-defined]


def _read(file: FileImport) -> Preview:
    groups, problems = group_list.read(bytes(file.content))
    if problems:
        return Preview(problems=problems[:SHOWN], problem_count=len(problems))
    kinds = dict(Group.Kind.choices)
    rows = [
        (each.name, kinds[each.kind], each.country, each.target, mail_addresses.masked(each.keeper_email) or "–")
        for each in groups[:SHOWN]
    ]
    with_keeper = sum(bool(each.keeper_email) for each in groups)
    facts = [
        (_("Campaign"), Campaign.objects.get(pk=file.options["campaign"])),
        (_("Keepers who are asked by mail to confirm their address"), with_keeper),
        (_("Groups of pupils"), sum(each.is_of_pupils for each in groups)),
    ]
    return Preview((_("Group"), _("Kind"), _("Country"), _("Target"), _("Keeper")), rows, len(groups), facts)


def _write(file: FileImport, acting: Acting) -> Written:
    groups, _problems = group_list.read(bytes(file.content))
    campaign = Campaign.objects.get(pk=file.options["campaign"])
    opened = open_listed(groups, campaign=campaign, by=acting.by, request=acting.request)
    said = ngettext("%(count)s group is open.", "%(count)s groups are open.", len(opened)) % {"count": len(opened)}
    return Written(said, result={"groups": [group.pk for group in opened]})


def _undo(file: FileImport, acting: Acting, why: str) -> None:
    take_listed_back(file.result["groups"], why=why, request=acting.request)


def _example(_target: str) -> HttpResponse:
    """A file to fill in."""
    rows: list[list[Cell]] = [["Blue School", "school", "PT", 200, "pt", "", "", "yes", ""]]
    return csv_download("groups", list(group_list.COLUMNS), rows)


register(
    Importer(
        kind="groups",
        label=gettext_lazy("List of groups"),
        explained=gettext_lazy(
            "The first line names the columns: name, kind, country, target; and, where you want them, language,"
            " keeper_name, keeper_email, pupils, about. The groups are open at once: staff vouch for them."
        ),
        permission="pledges.decide_group",
        form=GroupListForm,
        most_bytes=group_list.MOST_BYTES,
        read=_read,
        write=_write,
        undo=_undo,
        confirm_label=gettext_lazy("Open the groups"),
        example=_example,
    )
)
