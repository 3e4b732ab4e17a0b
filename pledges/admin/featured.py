"""Choosing the few hearts above the wall: two actions for the list of pledges."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blueheart.admin.base import ReadOnlyAdmin
from pledges.services import featuring


class Featuring(ReadOnlyAdmin[Any]):
    """A list whose hearts can be put above the wall by whoever has the permission for it.

    Name `FEATURING` among its actions.
    """

    def has_feature_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pledges.feature_pledge")

    @admin.action(description=_("Put above the wall"), permissions=["feature"])
    def feature(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        ids = list(queryset.order_by("pk").values_list("pk", flat=True))
        done = 0
        try:
            for pk in ids:
                done += featuring.feature_heart(pledge_id=pk, request=request)
        except featuring.TooManyFeaturedError as error:
            self.message_user(request, str(error), messages.WARNING)
        self.tell(request, done, len(ids))

    @admin.action(description=_("Take from above the wall"), permissions=["feature"])
    def unfeature(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        self.tell(request, sum(featuring.unfeature_heart(pledge_id=pk, request=request) for pk in ids), len(ids))


FEATURING = ("feature", "unfeature")
