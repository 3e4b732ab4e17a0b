"""Every list of the office in the section where people look for it, instead of under the app that keeps it."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Section:
    """A part of the office: the labels of its models in their order, and the apps whose other models follow."""

    key: str
    title: str | Promise
    models: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()


HEARTS = Section(
    "hearts",
    _("Hearts"),
    (
        "pledges.Pledge",
        "pledges.PledgingBody",
        "pledges.Group",
        "pledges.PaperSheet",
        "pledges.Fulfilment",
        "pledges.HeartPhoto",
        "pledges.HeartReport",
        "pledges.SuspectedPledge",
        "pledges.InvalidationCase",
        "pledges.TrendingSource",
        "pledges.SourceRule",
        "pledges.DomainRule",
        "pledges.QuietAddress",
        "pledges.CampaignTerms",
    ),
    ("pledges",),
)
GIFTS = Section(
    "gifts",
    _("Gifts"),
    (
        "donations.Donation",
        "donations.MonthlyGift",
        "donations.Donor",
        "donations.PublicGift",
        "donations.GiftReport",
        "donations.Tribute",
        "donations.RefundRequest",
        "donations.Refund",
        "donations.Dispute",
        "donations.FraudWarning",
        "donations.Receipt",
        "donations.ReceiptOrder",
        "donations.ReceiptSeries",
        "donations.GivingCurrency",
        "donations.FeeRate",
    ),
    ("donations",),
)
FUND = Section(
    "fund",
    _("The Fund"),
    (
        "donations.Contributor",
        "donations.PromisedGift",
        "donations.Instalment",
        "donations.PromisePayment",
        "donations.TransferReference",
        "donations.Organisation",
        "donations.Grant",
        "donations.GrantPayment",
    ),
)
BOOKS = Section(
    "books",
    _("Books"),
    (
        "donations.LedgerTransaction",
        "donations.LedgerTotal",
        "donations.Closing",
        "donations.ClosedPeriod",
        "donations.BankLine",
        "donations.BankStatement",
        "donations.BankAccount",
        "donations.Payout",
        "donations.PayoutLine",
        "donations.ReconciliationRun",
        "donations.ReconciliationFinding",
        "donations.ExchangeRate",
        "donations.LegalEntity",
    ),
)
CONTENT = Section(
    "content",
    _("Content"),
    (
        "campaigns.Campaign",
        "campaigns.WorldDayEdition",
        "campaigns.Event",
        "campaigns.NewsItem",
        "campaigns.Fact",
        "campaigns.Source",
        "campaigns.Picture",
        "campaigns.Helpline",
    ),
    ("campaigns",),
)
WORDS = Section(
    "words",
    _("Words"),
    ("pledges.Precept", "pledges.PreceptWording", "pledges.PreceptOffer", "moderation.NameWord", "post.MailText"),
    ("moderation", "consents"),
)
PEOPLE = Section(
    "people",
    _("People and rights"),
    ("auth.User", "auth.Group", "otp_totp.TOTPDevice", "trail.Entry", "trail.Seal", "office.Erasure"),
    ("auth", "otp_totp", "trail", "axes"),
)
MACHINERY = Section(
    "machinery",
    _("Machinery"),
    (
        "site_settings.SiteSetting",
        "site_settings.SettingChange",
        "post.Message",
        "post.NoticeRule",
        "exports.PreparedExport",
        "donations.StripeEvent",
        "office.JobTurn",
    ),
    ("site_settings", "post", "exports", "imports", "office"),
)
SECTIONS = (HEARTS, GIFTS, FUND, BOOKS, CONTENT, WORDS, PEOPLE, MACHINERY)
LAST = 1000  # models that no section names stand behind those that it does, by their names

_by_model = {label: (section, number) for section in SECTIONS for number, label in enumerate(section.models)}
_by_app = {app: section for section in SECTIONS for app in section.apps}


def placed(model: type[Model]) -> Section | None:
    """The section that names the model, else that of its app."""
    section, _number = _by_model.get(model._meta.label, (_by_app.get(model._meta.app_label), LAST))
    return section


def section_of(model: type[Model]) -> Section:
    """Where the model is listed: what nobody placed stands with the machinery."""
    return placed(model) or MACHINERY


def in_sections(app_list: list[Any]) -> list[Any]:
    """Django's list of apps and their models, sorted into sections; those without a model are left out."""
    held: dict[str, list[Any]] = defaultdict(list)
    for app in app_list:
        for entry in app["models"]:
            held[section_of(entry["model"]).key].append(entry | {"name": str(entry["name"])})
    home = reverse("admin:index")
    return [
        {
            "name": str(section.title),
            "app_label": section.key,
            "app_url": f"{home}#section-{section.key}",
            "has_module_perms": True,
            "models": sorted(held[section.key], key=_place),
        }
        for section in SECTIONS
        if held[section.key]
    ]


def _place(entry: Any) -> tuple[int, str]:
    _section, number = _by_model.get(entry["model"]._meta.label, (None, LAST))
    return number, entry["name"]
