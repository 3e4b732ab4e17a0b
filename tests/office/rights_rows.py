"""One row of everything that the office lists, so that pages about one row have a row."""

import datetime as dt
from pathlib import Path

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from PIL import Image

from blueheart.consents.models import ConsentText
from blueheart.exports.models import PreparedExport
from blueheart.imports.models import FileImport
from blueheart.moderation.models import NameWord
from blueheart.post.models import Message
from blueheart.site_settings.declaring import declared
from blueheart.site_settings.models import SiteSetting, SiteSettingChange
from blueheart.trail.models import Seal
from blueheart.trail.record import record
from campaigns.models import Picture
from donations import ledger
from donations.models import (
    Contributor,
    ExchangeRate,
    FraudWarning,
    GiftReport,
    ReceiptOrder,
    ReconciliationFinding,
    ReconciliationRun,
    RefundRequest,
    StripeEvent,
    Tribute,
)
from donations.services.closings import closable, prepare_closing
from donations.services.transfer_references import reference_of
from office.models import Erasure, JobTurn
from pledges.models import (
    CampaignTerms,
    DomainRule,
    Fulfilment,
    HeartPhoto,
    HeartReport,
    InvalidationCase,
    QuietAddress,
    SourceRule,
    TrendingSource,
)
from tests.campaigns import factories as content
from tests.donations.factories import donation
from tests.donations.true_books import one_of_everything
from tests.office.factories import StaffFactory
from tests.pledges import factories as hearts


def make() -> None:
    """Make them all, in the transaction of the caller."""
    clerk = StaffFactory(username="a clerk", is_superuser=False)
    TOTPDevice.objects.create(user=clerk, name="phone")
    _content()
    _hearts(clerk)
    one_of_everything()
    _money(clerk)
    _ground(clerk)


def lay_out_files() -> None:
    """The files that the rows name, in the folder of the test that runs: each has one of its own."""
    path = Path(settings.MEDIA_ROOT) / "pictures/x.webp"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (1, 1)).save(path)


def _content() -> None:
    Picture.objects.create(
        slug="pin", file="pictures/x.webp", width=1, height=1, alt="A pin", credit="Ada", licence="CC0"
    )
    for factory in (
        content.CampaignFactory, content.CountryFactory, content.FactFactory, content.MilestoneFactory,
        content.HelplineFactory, content.GrantCycleFactory, content.PublishedGrantFactory, content.EventFactory,
        content.NewsFactory, content.ResourceFactory, content.PartnerFactory, content.DataTableFactory,
        content.LegalInstrumentFactory, content.ReportEditionFactory,
    ):  # fmt: skip
        factory()


def _hearts(clerk: User) -> None:
    heart = hearts.HeartFactory()
    hearts.BodyFactory()
    hearts.PaperSheetFactory()
    hearts.OfferFactory(precept=hearts.WordingFactory().precept, campaign=content.CampaignFactory())
    hearts.HeartFactory(standing="suspected", suspected_at=timezone.now(), suspected_for="burst")
    Fulfilment.objects.create(pledge=heart, answer="done")
    HeartReport.objects.create(pledge=heart, reason="abuse")
    HeartPhoto.objects.create(pledge=heart, width=640, height=480, alt="A ribbon on a coat", status="waiting")
    SourceRule.objects.create(act="block", domain="spam.example", comment="why")
    TrendingSource.objects.create(
        hour=dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC), kind="domain", source="example.org", pledges=9, confirmed=5,
        suspected=4,
    )  # fmt: skip
    DomainRule.objects.get_or_create(domain="mail.example", defaults={"ignores_dots": True, "tag_sign": "+"})
    CampaignTerms.objects.create(campaign=content.CampaignFactory(), counts_shown_from=100)
    QuietAddress.objects.create(digest="0" * 64, reason="by-staff")
    InvalidationCase.objects.create(title="A flood", why="many at once", opened_by=clerk, network="198.51.100.0/24")


def _money(clerk: User) -> None:
    now, gift = timezone.now(), donation("succeeded", public_name="Dora", is_16_or_older=True)
    prepare_closing(closable()[0], by=clerk)
    ExchangeRate.objects.create(currency="JPY", units_per_usd=150, valid_from=dt.date(2026, 1, 1), source="UN rates")
    FraudWarning.objects.create(donation=gift, stripe_warning_id="issfr_1")
    GiftReport.objects.create(donation=gift, reason="abuse")
    ReceiptOrder.objects.create(donation=gift, cause=f"donation:{gift.pk}")
    run = ReconciliationRun.objects.create(since=now, until=now, ended_at=now)
    ReconciliationFinding.objects.create(run=run, kind="different", stripe_id="txn_1", donation=gift)
    RefundRequest.objects.create(donation=gift, amount_minor=500, words="please")
    StripeEvent.objects.create(
        stripe_event_id="evt_1", type="invoice.paid", payload="{}", source="poll", status="shelved", reason="because",
        next_attempt_at=None,
    )  # fmt: skip
    Tribute.objects.create(donation=gift, kind="memory", honoured_name="Anna")
    reference_of(Contributor.objects.first())
    ledger.close_windows()


def _ground(clerk: User) -> None:
    NameWord.objects.get_or_create(language="en", word="zzz")
    Message.objects.create(kind="pledge-confirm", cause="pledge-confirm:1", subject_id=1, language="en")
    JobTurn.objects.create(name="mail")
    Seal.objects.create(minute=timezone.now(), entries=1, digest="0" * 64)
    record("fact.created", actor=clerk)
    AccessAttempt.objects.create(username="ada", ip_address="127.0.0.1", failures_since_start=1)
    AccessFailureLog.objects.create(username="ada", ip_address="127.0.0.1")
    AccessLog.objects.create(username="ada", ip_address="127.0.0.1")
    PreparedExport.objects.create(of_list="campaigns.fact", format="csv", asked_by=clerk, rows_total=1)
    FileImport.objects.create(kind="groups", file_name="a.csv", digest="0" * 64, content=b"", uploaded_by=clerk)
    SiteSettingChange.objects.create(key="any", why="because")
    SiteSetting.objects.create(key=next(iter(declared())).key, value=1)
    Erasure.objects.create(email="sam@example.org", case="7", why="asked", asked_by=clerk, next_attempt_at=None)
    if not ConsentText.objects.exists():
        ConsentText.objects.create(key="photo", version=1, text="I asked them.")
