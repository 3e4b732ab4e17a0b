"""The peer of P3: a page as a plain Django project renders it, as long as it is asked to be (`?rows=`).

    granian --interface wsgi benchmarks.peers.bare_pages:application

The middlewares and context processors of `startproject`, cached templates, a persistent connection, two queries by
the ORM: campaigns for the menus, and counts of days for the table. Its templates (`plain/`) are what such pages are
made of: a base with menus of named addresses and translated words, and rows of variables, filters, conditions and
links; one include for the page, none in a loop, no tag of its own. It speaks one language and knows no settings kept
in the database.
"""

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import path

from benchmarks.peers import plain_django

CONTEXT = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
plain_django.set_up(
    __name__,
    apps=["django.contrib.staticfiles"],
    templates={"DIRS": [Path(__file__).parent / "plain"], "OPTIONS": {"context_processors": CONTEXT}},
)

from django.core.wsgi import get_wsgi_application  # noqa: E402  Django is set up first
from django.db import models  # noqa: E402
from django.shortcuts import render  # noqa: E402


class Plain(models.Model):
    """A table that the portal has made."""

    class Meta:
        abstract = True
        app_label = "plain"
        managed = False


class Campaign(Plain):
    slug = models.SlugField()
    title = models.CharField(max_length=200)

    is_current = False

    class Meta(Plain.Meta):
        db_table = "campaigns_campaign"

    def __str__(self) -> str:
        return self.title


class Day(Plain):
    campaign = models.ForeignKey(Campaign, models.PROTECT)
    day = models.DateField()
    confirmed = models.BigIntegerField()

    class Meta(Plain.Meta):
        db_table = "pledges_pledgeday"

    def __str__(self) -> str:
        return f"{self.day}"


def page(request: HttpRequest, slug: str = "") -> HttpResponse:
    days = Day.objects.select_related("campaign").order_by("-day", "campaign")[: int(request.GET.get("rows", 50))]
    context = {"site_name": "A plain site", "days": days, "campaigns": Campaign.objects.order_by("pk")[:20]}
    return render(request, "page.html", context)


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n")


urlpatterns = [
    path("healthz", healthz),
    path("", page, name="page"),
    path("campaigns/<slug:slug>/", page, name="campaign"),
]
application = get_wsgi_application()
