"""Loading the precepts and the rules of mail domains from their files in `content/`."""

from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from modeltranslation.utils import build_localized_fieldname

from blueheart.languages import LANGUAGES
from campaigns.models import Campaign
from pledges.models import DomainRule, Precept, PreceptOffer, PreceptWording

FILE = Path(__file__).parent / "content" / "precepts.yaml"
DOMAIN_RULES = FILE.with_name("domain_rules.yaml")


@transaction.atomic
def load() -> dict[str, int]:
    """Bring the precepts and rules of the files, and say how many are new or reworded.

    Safe to repeat: an unchanged wording is left as it is, one that staff wrote is never replaced, and a precept is
    offered, in the global campaign, only when it is new: staff may have taken it out or moved it. The rule of a domain
    that has one is never touched.
    """
    main = Campaign.objects.filter(slug=Campaign.GLOBAL_SLUG).first()
    counts = {"precepts": 0, "precept wordings": 0}
    for order, entry in enumerate(yaml.safe_load(FILE.read_text(encoding="utf-8")), start=1):
        precept, is_new = Precept.objects.get_or_create(slug=entry["slug"])
        if is_new and main:
            PreceptOffer.objects.create(campaign=main, precept=precept, order=order * 10)
        counts["precepts"] += is_new
        counts["precept wordings"] += _reword(precept, texts_of(entry))
    return counts | {"rules of mail domains": _load_domain_rules()}


def texts_of(entry: dict[str, Any]) -> dict[str, str | None]:
    """The columns of a wording that an entry of the file fills: one per language, None where it has no translation."""
    return {
        build_localized_fieldname(field, language): entry[field].get(language)
        for field in ("title", "text")
        for language, _name in LANGUAGES
    }


def _load_domain_rules() -> int:
    entries = yaml.safe_load(DOMAIN_RULES.read_text(encoding="utf-8"))
    known = set(DomainRule.objects.values_list("domain", flat=True))
    # In conflict with a rule that staff write at this moment, theirs stays.
    new = [DomainRule(**entry) for entry in entries if entry["domain"] not in known]
    DomainRule.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _reword(precept: Precept, texts: dict[str, str | None]) -> bool:
    newest = precept.wordings.order_by("-version").first()
    if newest and (newest.is_by_staff or all(getattr(newest, column) == text for column, text in texts.items())):
        return False
    PreceptWording.objects.create(precept=precept, version=newest.version + 1 if newest else 1, **texts)
    return True
