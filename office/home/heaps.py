"""The heaps of rows that want a person: one entry each, whatever part of the portal they belong to."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Min, Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from blueheart.days import utc_today
from blueheart.post.models import Message
from campaigns.models import Fact, Helpline
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
from office.models import Erasure
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

STALE_YEARS = 2
MOST = 1000  # counting stops here: a home page must not read a million rows


class Area(models.TextChoices):
    """What a heap is about, in the order in which the home shows them (rule 3 of the mission: people first)."""

    HELP = "help", _("People who may need help")
    PRIVACY = "privacy", _("Privacy")
    HEARTS = "hearts", _("Hearts")
    MONEY = "money", _("Money")
    CONTENT = "content", _("Content")
    TECHNOLOGY = "technology", _("Technology")


# Who looks after money: of what has no act of its own in the office, they are the ones who follow it up.
FINANCE = ("donations.refund_donation", "donations.import_bankstatement", "donations.post_adjustment")


@dataclass(frozen=True)
class Heap:
    """Rows that want a person, and the query string by which the model's list shows them alone.

    `acts` are permissions of which one is enough to let a row go; `queue` is the page that shows one row after the
    other, where there is one.
    """

    label: str | Promise
    area: Area
    model: type[Model]
    rows: "Callable[[], QuerySet[Model]]"
    query: str
    acts: tuple[str, ...]
    due: "Callable[[], dt.datetime | None] | None" = None
    queue: str = ""

    def counted(self) -> "QuerySet[Model]":
        """What the home counts, in no order: the list's own would have the planner walk another index."""
        return self.rows().order_by()[:MOST]

    def list_url(self) -> str:
        """The list of these rows alone."""
        meta = self.model._meta
        return f"{reverse(f'admin:{meta.app_label}_{meta.model_name}_changelist')}?{self.query}"

    def url(self) -> str:
        """Where the person goes on: the queue, else the list."""
        return reverse("admin:queue", args=[self.queue]) if self.queue else self.list_url()


def next_evidence() -> dt.datetime | None:
    """By when the next dispute wants its evidence."""
    wanting = Dispute.objects.filter(status__in=Dispute.WANTS_RESPONSE)
    moment: dt.datetime | None = wanting.aggregate(due=Min("evidence_due_at"))["due"]
    return moment


HEAPS = [
    Heap(
        label=_("Supporters who may need help"),
        area=Area.HELP,
        model=Pledge,
        rows=lambda: Pledge.objects.may_need_help(),
        query="help=open",
        acts=("pledges.answer_for_help",),
    ),
    Heap(
        label=HeartReport.Reason.MAY_NEED_HELP.label,
        area=Area.HELP,
        model=HeartReport,
        rows=lambda: HeartReport.objects.filter(settled_at=None, reason=HeartReport.Reason.MAY_NEED_HELP),
        query="settled_at__isnull=True&reason__exact=may-need-help",
        acts=("pledges.answer_for_help", "pledges.moderate_pledge"),
    ),
    Heap(
        label=_("Donors who may need help"),
        area=Area.HELP,
        model=PublicGift,
        rows=lambda: PublicGift.objects.may_need_help(),
        query="help=open",
        acts=("donations.answer_for_help",),
    ),
    Heap(
        label=_("A gift on the donor wall: somebody may need help"),
        area=Area.HELP,
        model=GiftReport,
        rows=lambda: GiftReport.objects.filter(settled_at=None, reason=GiftReport.Reason.MAY_NEED_HELP),
        query="settled_at__isempty=1&reason__exact=may-need-help",
        acts=("donations.answer_for_help", "donations.moderate_donation"),
    ),
    Heap(
        label=_("Suspected pledges that nobody has reviewed for more than seven days"),
        area=Area.HEARTS,
        model=SuspectedPledge,
        rows=suspicion.overdue,
        query="suspected=overdue",
        acts=("pledges.release_pledge",),
    ),
    Heap(
        label=_("Hearts that a visitor reported"),
        area=Area.HEARTS,
        model=HeartReport,
        rows=lambda: HeartReport.objects.filter(settled_at=None),
        query="settled_at__isnull=True",
        acts=("pledges.moderate_pledge",),
        queue="reported-hearts",
    ),
    Heap(
        label=_("Gifts on the donor wall that a visitor reported"),
        area=Area.MONEY,
        model=GiftReport,
        rows=lambda: GiftReport.objects.filter(settled_at=None),
        query="settled_at__isempty=1",
        acts=("donations.moderate_donation",),
        queue="reported-gifts",
    ),
    Heap(
        label=_("Words of supporters to be read"),
        area=Area.HEARTS,
        model=Pledge,
        rows=lambda: Pledge.objects.with_words_to_read(),
        query="words_status__exact=waiting&status__exact=confirmed",
        acts=("pledges.moderate_pledge",),
        queue="words",
    ),
    Heap(
        label=_("Groups that wait for approval"),
        area=Area.HEARTS,
        model=Group,
        rows=lambda: Group.objects.to_decide(),
        query="status__exact=waiting&keeper=confirmed",
        acts=("pledges.decide_group",),
        queue="groups",
    ),
    Heap(
        label=_("New words of groups to be read"),
        area=Area.HEARTS,
        model=Group,
        rows=lambda: Group.objects.with_words_to_read(),
        query="words=waiting",
        acts=("pledges.decide_group",),
    ),
    Heap(
        label=_("Words of supporters who answered, to be read"),
        area=Area.HEARTS,
        model=Fulfilment,
        rows=lambda: Fulfilment.objects.with_words_to_read(),
        query="words_status__exact=waiting",
        acts=("pledges.moderate_pledge",),
        queue="answers",
    ),
    Heap(
        label=_("Photos of hearts to be looked at"),
        area=Area.HEARTS,
        model=HeartPhoto,
        rows=lambda: HeartPhoto.objects.to_look_at(),
        query="status__exact=waiting",
        acts=("pledges.moderate_pledge",),
        queue="photos",
    ),
    Heap(
        label=_("Organisations and authorities to be verified"),
        area=Area.HEARTS,
        model=PledgingBody,
        rows=lambda: PledgingBody.objects.filter(pledge__in=Pledge.objects.to_verify()),
        query="verification=waiting",
        acts=("pledges.verify_pledge",),
        queue="verify",
    ),
    Heap(
        label=_("Suspected pledges to be reviewed"),
        area=Area.HEARTS,
        model=SuspectedPledge,
        rows=lambda: SuspectedPledge.objects.suspected(),
        query="",
        due=suspicion.next_review,
        acts=("pledges.release_pledge",),
        queue="suspected",
    ),
    Heap(
        label=_("Invalidation cases that were opened and not run"),
        area=Area.HEARTS,
        model=InvalidationCase,
        rows=lambda: InvalidationCase.objects.filter(status=InvalidationCase.Status.DRAFT),
        query="status__exact=draft",
        acts=("pledges.run_invalidationcase",),
    ),
    Heap(
        label=_("Words of donors to be read"),
        area=Area.MONEY,
        model=PublicGift,
        rows=lambda: PublicGift.objects.with_words_to_read(),
        query="words_status__exact=waiting",
        acts=("donations.moderate_donation",),
        queue="donor-words",
    ),
    Heap(
        label=_("Helplines that nobody has checked for twelve months"),
        area=Area.CONTENT,
        model=Helpline,
        rows=lambda: Helpline.objects.not_checked_for_a_year(),
        query="checked=long-ago",
        acts=("campaigns.change_helpline",),
    ),
    Heap(
        label=_("Figures older than two years that nothing newer has replaced"),
        area=Area.CONTENT,
        model=Fact,
        rows=lambda: Fact.objects.published().older_than(STALE_YEARS),
        query=f"older={STALE_YEARS}&status__exact=published",
        acts=("campaigns.change_fact",),
    ),
    Heap(
        label=_("Disputes that want evidence"),
        area=Area.MONEY,
        model=Dispute,
        rows=lambda: Dispute.objects.filter(status__in=Dispute.WANTS_RESPONSE),
        query="evidence=wanted",
        due=next_evidence,
        acts=FINANCE,
    ),
    Heap(
        label=_("Gifts that a card network holds for fraud"),
        area=Area.MONEY,
        model=FraudWarning,
        rows=lambda: FraudWarning.objects.filter(is_actionable=True),
        query="is_actionable__exact=1",
        acts=("donations.refund_donation",),
    ),
    Heap(
        label=_("Erasures that wait for a second person"),
        area=Area.PRIVACY,
        model=Erasure,
        rows=lambda: Erasure.objects.filter(status=Erasure.Status.WAITING),
        query="status__exact=waiting",
        acts=("office.approve_erasure",),
    ),
    Heap(
        label=_("Erasures that are held"),
        area=Area.PRIVACY,
        model=Erasure,
        rows=lambda: Erasure.objects.filter(status=Erasure.Status.HELD),
        query="status__exact=held",
        acts=("office.approve_erasure",),
    ),
    Heap(
        label=_("Refunds that wait for a second person"),
        area=Area.MONEY,
        model=Refund,
        rows=lambda: Refund.objects.filter(status=Refund.Status.WAITING),
        query="status__exact=waiting",
        acts=("donations.approve_refund",),
    ),
    Heap(
        label=_("Closings of the books that wait for a second signature"),
        area=Area.MONEY,
        model=Closing,
        rows=lambda: Closing.objects.filter(status=Closing.Status.PREPARED),
        query="status__exact=prepared",
        acts=("donations.sign_closing",),
    ),
    Heap(
        label=_("Refunds that could not be made"),
        area=Area.MONEY,
        model=Refund,
        rows=lambda: Refund.objects.shelved(),
        query="shelved_at__isempty=0",
        acts=("donations.refund_donation",),
    ),
    Heap(
        label=_("Donors who ask for a refund"),
        area=Area.MONEY,
        model=RefundRequest,
        rows=lambda: RefundRequest.objects.filter(status=RefundRequest.Status.OPEN),
        query="status__exact=open",
        acts=("donations.decide_refundrequest",),
    ),
    Heap(
        label=_("Grants that wait for a signature"),
        area=Area.MONEY,
        model=Grant,
        rows=lambda: Grant.objects.filter(status=Grant.Status.PROPOSED),
        query="status__exact=proposed",
        acts=("donations.sign_grant",),
    ),
    Heap(
        label=_("Payouts that did not arrive"),
        area=Area.MONEY,
        model=Payout,
        rows=failures,
        query="failed=open",
        acts=FINANCE,
    ),
    Heap(
        label=_("Instalments of promised gifts that are overdue"),
        area=Area.MONEY,
        model=Instalment,
        rows=lambda: Instalment.objects.overdue(utc_today()),
        query="due=overdue",
        acts=("donations.record_promisepayment", "donations.write_off_promisedgift"),
    ),
    Heap(
        label=_("Lines of the bank that nobody has explained"),
        area=Area.MONEY,
        model=BankLine,
        rows=lambda: BankLine.objects.unmatched(),
        query="status__exact=unmatched",
        acts=("donations.import_bankstatement",),
    ),
    Heap(
        label=_("Gifts that differ at Stripe from what we asked"),
        area=Area.MONEY,
        model=Donation,
        rows=lambda: Donation.objects.quarantined(),
        query="status__exact=quarantined",
        acts=FINANCE,
    ),
    Heap(
        label=_("Stripe events that could not be processed"),
        area=Area.TECHNOLOGY,
        model=StripeEvent,
        rows=lambda: StripeEvent.objects.filter(status=StripeEvent.Status.SHELVED),
        query="status__exact=shelved",
        acts=("donations.process_stripeevent_again",),
    ),
    Heap(
        label=_("Receipts that could not be issued"),
        area=Area.TECHNOLOGY,
        model=ReceiptOrder,
        rows=lambda: ReceiptOrder.objects.shelved(),
        query="shelved_at__isempty=0",
        acts=FINANCE,
    ),
    Heap(
        label=_("The books and Stripe differ, or could not be compared"),
        area=Area.MONEY,
        model=ReconciliationRun,
        rows=lambda: ReconciliationRun.objects.newest_with_trouble(),
        query="found=newest",
        acts=FINANCE,
    ),
    Heap(
        label=_("Mails that could not be sent"),
        area=Area.TECHNOLOGY,
        model=Message,
        rows=lambda: Message.objects.filter(status=Message.Status.SHELVED),
        query="status__exact=shelved",
        acts=("post.change_message",),
    ),
]
