# ruff: noqa: DJ008  its rows are written and never named
"""The peer of P8: a pledge as a plain Django project takes it, on the portal's own tables.

    granian --interface wsgi benchmarks.peers.plain_pledge:application

One form with the portal's fields, one view, Django's eight usual middlewares, and the same rows written by the ORM: the
pledge, its precepts, the code of its form, the row of its mail, the counters of its sources and the pause of its
mails. It only writes: it obeys no limit, and has no rule against doubles, no lock, no same answer for known addresses,
one language. Its models name only the columns that it needs. /en/pledge/uncounted/ is the same without the counters and
the pause.
"""

import datetime as dt
import hashlib
import secrets

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path

from benchmarks.peers import plain_django

LOCALE = "django.middleware.locale.LocaleMiddleware"
PAGE = '<form method="post">{% csrf_token %}{{ form }}</form>'
plain_django.set_up(
    __name__,
    middleware=[*plain_django.MIDDLEWARE[:2], LOCALE, *plain_django.MIDDLEWARE[2:]],
    templates={"OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {"pledge.html": PAGE})]}},
)

from django.core.wsgi import get_wsgi_application  # noqa: E402  Django is set up first
from django.db import models, transaction  # noqa: E402
from django.shortcuts import get_object_or_404, redirect, render  # noqa: E402
from django.utils import timezone  # noqa: E402

from blueheart.languages import countries  # noqa: E402

WAYS = ["pin", "clothing", "profile-picture", "social-post", "window", "building", "event", "other"]


class Plain(models.Model):
    """A table that the portal has made."""

    class Meta:
        abstract = True
        app_label = "plain"
        managed = False


class Campaign(Plain):
    slug = models.SlugField()

    class Meta(Plain.Meta):
        db_table = "campaigns_campaign"


class Wording(Plain):
    title = models.CharField(max_length=80)
    text = models.CharField(max_length=300)

    class Meta(Plain.Meta):
        db_table = "pledges_preceptwording"

    def __str__(self) -> str:
        return self.title


class Chosen(Plain):
    pledge = models.ForeignKey("Pledge", models.CASCADE)
    preceptwording = models.ForeignKey(Wording, models.CASCADE)

    class Meta(Plain.Meta):
        db_table = "pledges_pledge_precepts"


class Pledge(Plain):
    public_id = models.CharField(max_length=16)
    campaign = models.ForeignKey(Campaign, models.PROTECT)
    kind = models.CharField(max_length=12, default="person")
    email = models.EmailField()
    canonical_email = models.EmailField()
    public_name = models.CharField(max_length=100)
    name_key = models.CharField(max_length=300)
    is_16_or_older = models.BooleanField()
    country = models.CharField(max_length=2)
    way = models.CharField(max_length=20)
    words = models.CharField(max_length=280)
    words_status = models.CharField(max_length=10, default="none")
    language = models.CharField(max_length=10, default="en")
    status = models.CharField(max_length=10, default="pending")
    standing = models.CharField(max_length=10, default="good")
    verification = models.CharField(max_length=10, default="not-needed")
    source_ip = models.GenericIPAddressField()
    created_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(default=timezone.now)
    reminders = models.PositiveSmallIntegerField(default=0)
    suspected_for = models.CharField(max_length=12, default="")
    hidden_reason = models.CharField(max_length=20, default="")

    class Meta(Plain.Meta):
        db_table = "pledges_pledge"


class Code(Plain):
    form_digest = models.CharField(max_length=64)
    pledge = models.ForeignKey(Pledge, models.CASCADE)
    seal = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta(Plain.Meta):
        db_table = "pledges_confirmationcode"


class Message(Plain):
    kind = models.CharField(max_length=60)
    cause = models.CharField(max_length=120)
    subject_id = models.BigIntegerField()
    language = models.CharField(max_length=10, default="en")
    status = models.CharField(max_length=10, default="waiting")
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    reason = models.TextField(default="")

    class Meta(Plain.Meta):
        db_table = "post_message"


class Counter(Plain):
    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=32)
    ends_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta(Plain.Meta):
        db_table = "limits_counter"


class Pause(Plain):
    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=32)
    until = models.DateTimeField()

    class Meta(Plain.Meta):
        db_table = "limits_pause"


class PledgeForm(forms.Form):
    precepts = forms.ModelMultipleChoiceField(Wording.objects.all(), widget=forms.CheckboxSelectMultiple)
    way = forms.ChoiceField(choices=[(way, way) for way in WAYS])
    country = forms.ChoiceField(choices=countries("en"))
    public_name = forms.CharField(max_length=100, required=False)
    words = forms.CharField(max_length=280, required=False, widget=forms.Textarea)
    is_16_or_older = forms.BooleanField(required=False)
    email = forms.EmailField()
    website = forms.CharField(required=False)
    shown = forms.CharField(required=False, widget=forms.HiddenInput)
    form_token = forms.CharField(widget=forms.HiddenInput)


def pledge(request: HttpRequest, *, counts: bool) -> HttpResponse:
    campaign = get_object_or_404(Campaign, slug="blue-heart")
    form = PledgeForm(request.POST or None)
    if form.is_valid():
        source = request.headers.get("X-Forwarded-For", "")
        if counts:
            count(source, form.cleaned_data["email"])
        save(campaign, form, source)
        return redirect("/en/pledge/")
    return render(request, "pledge.html", {"form": form})


@transaction.atomic
def count(source: str, email: str) -> None:
    """One row per source and window, and one until when no mail goes out: as many as the portal has for a pledge."""
    now = timezone.now()
    ends_at = now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
    network = source.rpartition(".")[0]
    keys = {"forms": source, "pair": source + email, "mails": email}
    keys |= {"source-burst": source, "source-day": source, "network-burst": network, "network-day": network}
    keys |= {"mailbox-burst": email, "mailbox-day": email}
    slot = str(secrets.randbelow(16))
    keys |= {"site-burst": slot, "site-day": slot}
    Counter.objects.bulk_create(
        (Counter(scope=f"plain-{scope}", key=hashed(key), ends_at=ends_at) for scope, key in keys.items()),
        update_conflicts=True,
        unique_fields=["scope", "key", "ends_at"],
        update_fields=["count"],
    )
    pause = Pause(scope="plain-mails", key=hashed(email), until=now + dt.timedelta(minutes=10))
    Pause.objects.bulk_create([pause], update_conflicts=True, unique_fields=["scope", "key"], update_fields=["until"])


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


@transaction.atomic
def save(campaign: Campaign, form: PledgeForm, source: str) -> None:
    typed = form.cleaned_data
    made = Pledge.objects.create(
        public_id=secrets.token_hex(8),
        campaign=campaign,
        email=typed["email"],
        canonical_email=typed["email"].lower(),
        public_name=typed["public_name"],
        name_key=typed["public_name"].casefold(),
        is_16_or_older=typed["is_16_or_older"],
        country=typed["country"],
        way=typed["way"],
        words=typed["words"],
        source_ip=source,
    )
    Chosen.objects.bulk_create(Chosen(pledge=made, preceptwording=wording) for wording in typed["precepts"])
    Code.objects.create(
        form_digest=hashlib.sha256(typed["form_token"].encode()).hexdigest(),
        pledge=made,
        seal=secrets.token_hex(8),
        expires_at=timezone.now() + dt.timedelta(minutes=15),
    )
    Message.objects.create(kind="pledge-confirm", cause=f"pledge-confirm:{made.pk}:0", subject_id=made.pk)


urlpatterns = [
    path("en/pledge/", pledge, {"counts": True}),
    path("en/pledge/uncounted/", pledge, {"counts": False}),
]
application = get_wsgi_application()
