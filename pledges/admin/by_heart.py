"""Lists of what belongs to pledges: searched as the pledges are."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from blueheart.admin.base import ReadOnlyAdmin
from pledges.models import Pledge
from pledges.searching import HELP, recognise


class FoundByHeart(ReadOnlyAdmin[Any]):
    """Rows that each belong to a pledge, by `pledge`: found by its number, its public id, its name or its address."""

    grows = True
    search_fields = ("pledge__public_id",)
    search_help_text = HELP

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By an address only for whoever may look pledges up by it."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if "@" in term and not request.user.has_perm("pledges.view_pledge"):
            self.message_user(request, _("You may not search by address."))
            return queryset.none(), False
        found = recognise(term, may_see_sources=False)
        self.message_user(request, found.said)
        keys = found.within(Pledge.objects.all()).values_list("pk", flat=True)
        return queryset.filter(pledge__in=list(keys)), False
