"""What waits for a person in the office: one line per heap, each leading to its filtered list."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.admin import AdminSite
from django.db.models import Min, Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from blueheart.days import utc_today
from blueheart.post.models import Message
from campaigns.models import Helpline
from donations.models import (
    BankLine,
    Closing,
    Dispute,
    Donation,
    FraudWarning,
    GiftReport,
    Grant,
    Instalment,
    Payout,
    PublicGift,
    ReceiptOrder,
    ReconciliationRun,
    Refund,
    RefundRequest,
    StripeEvent,
)
from donations.services.payouts import failures
from office.content_desk import count_in_review, kinds_for
from pledges.models import (
    Fulfilment,
    Group,
    HeartPhoto,
    HeartReport,
    InvalidationCase,
    Pledge,
    PledgingBody,
    SuspectedPledge,
)
from pledges.services import suspicion

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST = 1000  # counting stops here: a home page must not read a million rows


@dataclass(frozen=True)
class Heap:
    """Rows that want a person, and the query string by which the model's list shows them alone."""

    label: str | Promise
    model: type[Model]
    rows: "Callable[[], QuerySet[Model]]"
    query: str
    due: "Callable[[], dt.datetime | None] | None" = None

    def counted(self) -> "QuerySet[Model]":
        """What the home counts, in no order: the list's own would have the planner walk another index."""
        return self.rows().order_by()[:MOST]


@dataclass(frozen=True)
class Waiting:
    label: str | Promise
    count: int
    url: str
    due: dt.datetime | None = None

    @property
    def is_more(self) -> bool:
        """Whether there are more than `count`."""
        return self.count >= MOST


def next_evidence() -> dt.datetime | None:
    """By when the next dispute wants its evidence."""
    wanting = Dispute.objects.filter(status__in=Dispute.WANTS_RESPONSE)
    moment: dt.datetime | None = wanting.aggregate(due=Min("evidence_due_at"))["due"]
    return moment


# What cannot wait comes first (rule 3 of the mission: "may need help" is never one of many).
HEAPS = [
    Heap(
        label=_("Supporters who may need help"),
        model=Pledge,
        rows=lambda: Pledge.objects.may_need_help(),
        query="help=open",
    ),
    Heap(
        label=HeartReport.Reason.MAY_NEED_HELP.label,
        model=HeartReport,
        rows=lambda: HeartReport.objects.filter(settled_at=None, reason=HeartReport.Reason.MAY_NEED_HELP),
        query="settled_at__isnull=True&reason__exact=may-need-help",
    ),
    Heap(
        label=_("Donors who may need help"),
        model=PublicGift,
        rows=lambda: PublicGift.objects.may_need_help(),
        query="help=open",
    ),
    Heap(
        label=_("A gift on the donor wall: somebody may need help"),
        model=GiftReport,
        rows=lambda: GiftReport.objects.filter(settled_at=None, reason=GiftReport.Reason.MAY_NEED_HELP),
        query="settled_at__isempty=1&reason__exact=may-need-help",
    ),
    Heap(
        label=_("Suspected pledges that nobody has reviewed for more than seven days"),
        model=SuspectedPledge,
        rows=suspicion.overdue,
        query="suspected=overdue",
    ),
    Heap(
        label=_("Hearts that a visitor reported"),
        model=HeartReport,
        rows=lambda: HeartReport.objects.filter(settled_at=None),
        query="settled_at__isnull=True",
    ),
    Heap(
        label=_("Gifts on the donor wall that a visitor reported"),
        model=GiftReport,
        rows=lambda: GiftReport.objects.filter(settled_at=None),
        query="settled_at__isempty=1",
    ),
    Heap(
        label=_("Words of supporters to be read"),
        model=Pledge,
        rows=lambda: Pledge.objects.with_words_to_read(),
        query="words_status__exact=waiting&status__exact=confirmed",
    ),
    Heap(
        label=_("Groups that wait for approval"),
        model=Group,
        rows=lambda: Group.objects.to_decide(),
        query="status__exact=waiting&keeper=confirmed",
    ),
    Heap(
        label=_("New words of groups to be read"),
        model=Group,
        rows=lambda: Group.objects.with_words_to_read(),
        query="words=waiting",
    ),
    Heap(
        label=_("Words of supporters who answered, to be read"),
        model=Fulfilment,
        rows=lambda: Fulfilment.objects.with_words_to_read(),
        query="words_status__exact=waiting",
    ),
    Heap(
        label=_("Photos of hearts to be looked at"),
        model=HeartPhoto,
        rows=lambda: HeartPhoto.objects.to_look_at(),
        query="status__exact=waiting",
    ),
    Heap(
        label=_("Organisations and authorities to be verified"),
        model=PledgingBody,
        rows=lambda: PledgingBody.objects.filter(pledge__in=Pledge.objects.to_verify()),
        query="verification=waiting",
    ),
    Heap(
        label=_("Suspected pledges to be reviewed"),
        model=SuspectedPledge,
        rows=lambda: SuspectedPledge.objects.suspected(),
        query="",
        due=suspicion.next_review,
    ),
    Heap(
        label=_("Invalidation cases that were opened and not run"),
        model=InvalidationCase,
        rows=lambda: InvalidationCase.objects.filter(status=InvalidationCase.Status.DRAFT),
        query="status__exact=draft",
    ),
    Heap(
        label=_("Words of donors to be read"),
        model=PublicGift,
        rows=lambda: PublicGift.objects.with_words_to_read(),
        query="words_status__exact=waiting",
    ),
    Heap(
        label=_("Helplines that nobody has checked for twelve months"),
        model=Helpline,
        rows=lambda: Helpline.objects.not_checked_for_a_year(),
        query="checked=long-ago",
    ),
    Heap(
        label=_("Disputes that want evidence"),
        model=Dispute,
        rows=lambda: Dispute.objects.filter(status__in=Dispute.WANTS_RESPONSE),
        query="evidence=wanted",
        due=next_evidence,
    ),
    Heap(
        label=_("Gifts that a card network holds for fraud"),
        model=FraudWarning,
        rows=lambda: FraudWarning.objects.filter(is_actionable=True),
        query="is_actionable__exact=1",
    ),
    Heap(
        label=_("Refunds that wait for a second person"),
        model=Refund,
        rows=lambda: Refund.objects.filter(status=Refund.Status.WAITING),
        query="status__exact=waiting",
    ),
    Heap(
        label=_("Closings of the books that wait for a second signature"),
        model=Closing,
        rows=lambda: Closing.objects.filter(status=Closing.Status.PREPARED),
        query="status__exact=prepared",
    ),
    Heap(
        label=_("Refunds that could not be made"),
        model=Refund,
        rows=lambda: Refund.objects.shelved(),
        query="shelved_at__isempty=0",
    ),
    Heap(
        label=_("Donors who ask for a refund"),
        model=RefundRequest,
        rows=lambda: RefundRequest.objects.filter(status=RefundRequest.Status.OPEN),
        query="status__exact=open",
    ),
    Heap(
        label=_("Grants that wait for a signature"),
        model=Grant,
        rows=lambda: Grant.objects.filter(status=Grant.Status.PROPOSED),
        query="status__exact=proposed",
    ),
    Heap(
        label=_("Payouts that did not arrive"),
        model=Payout,
        rows=failures,
        query="failed=open",
    ),
    Heap(
        label=_("Instalments of promised gifts that are overdue"),
        model=Instalment,
        rows=lambda: Instalment.objects.overdue(utc_today()),
        query="due=overdue",
    ),
    Heap(
        label=_("Lines of the bank that nobody has explained"),
        model=BankLine,
        rows=lambda: BankLine.objects.unmatched(),
        query="status__exact=unmatched",
    ),
    Heap(
        label=_("Gifts that differ at Stripe from what we asked"),
        model=Donation,
        rows=lambda: Donation.objects.quarantined(),
        query="status__exact=quarantined",
    ),
    Heap(
        label=_("Stripe events that could not be processed"),
        model=StripeEvent,
        rows=lambda: StripeEvent.objects.filter(status=StripeEvent.Status.SHELVED),
        query="status__exact=shelved",
    ),
    Heap(
        label=_("Receipts that could not be issued"),
        model=ReceiptOrder,
        rows=lambda: ReceiptOrder.objects.shelved(),
        query="shelved_at__isempty=0",
    ),
    Heap(
        label=_("The books and Stripe differ, or could not be compared"),
        model=ReconciliationRun,
        rows=lambda: ReconciliationRun.objects.newest_with_trouble(),
        query="found=newest",
    ),
    Heap(
        label=_("Mails that could not be sent"),
        model=Message,
        rows=lambda: Message.objects.filter(status=Message.Status.SHELVED),
        query="status__exact=shelved",
    ),
]


def what_waits(request: HttpRequest, site: AdminSite) -> list[Waiting]:
    """The heaps that this person may look at, empty ones too: they show that nothing was forgotten."""
    heaps = [_waiting(heap) for heap in HEAPS if _may_see(heap, request, site)]
    if kinds_for(request, site):
        desk = f"{reverse('admin:content_desk')}#review"
        heaps.append(Waiting(label=_("Content to be reviewed"), count=count_in_review(MOST), url=desk))
    return heaps


def _may_see(heap: Heap, request: HttpRequest, site: AdminSite) -> bool:
    return site.is_registered(heap.model) and site.get_model_admin(heap.model).has_view_permission(request)


def _waiting(heap: Heap) -> Waiting:
    meta = heap.model._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    count = heap.counted().count()
    due = heap.due() if heap.due and count else None
    return Waiting(label=heap.label, count=count, url=f"{url}?{heap.query}", due=due)
