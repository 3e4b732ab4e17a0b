"""What changes pages though no row does: content is read from the hour it is published for."""

import datetime as dt

from django.apps import apps

from blueheart.pages.moments import knows_moments
from campaigns.models import SearchEntry
from campaigns.models.content import Content


@knows_moments
def next_publication(after: dt.datetime) -> dt.datetime | None:
    """When the next row appears of those that are published for later; one query."""
    models = [model for model in apps.get_app_config("campaigns").get_models() if issubclass(model, Content)]
    later = [
        model._default_manager.filter(status=Content.Status.PUBLISHED, publish_at__gt=after)
        .order_by()
        .values_list("publish_at", flat=True)
        for model in models
    ]
    found = SearchEntry.objects.filter(public_from__gt=after).order_by().values_list("public_from", flat=True)
    moment: dt.datetime | None = found.union(*later).order_by("public_from").first()
    return moment
