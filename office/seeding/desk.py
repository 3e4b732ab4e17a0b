"""What the office's lists hold besides hearts and gifts, made from those: events, mails, the trail, reports, refunds.

None of it moves money: what went back is declined, and a bank only asked. So the books stay as the gifts made them.
"""

from collections.abc import Callable, Mapping

from django.db import models

from blueheart.post.models import Message
from blueheart.trail.models import Entry, Seal
from donations.models import (
    Dispute,
    FraudWarning,
    GiftReport,
    MonthlyGift,
    Refund,
    RefundRequest,
    StripeEvent,
    TransferReference,
)
from office.seeding.databases import insert
from pledges.models import Fulfilment, HeartPhoto, HeartReport, QuietAddress

HEARTS, GIFTS = "FROM pledges_pledge", "FROM donations_donation"
CURRENCY_AND_AMOUNT = {"amount_minor": "amount_minor", "currency": "currency"}
REASON = "(ARRAY['not-them', 'abuse', 'advertising', 'child', 'may-need-help', 'other'])[id % 6 + 1]"
Given = Mapping[str, str]

OF_HEARTS: tuple[tuple[type[models.Model], Given, str], ...] = (
    (
        Fulfilment,
        {
            "pledge_id": "id",
            "answer": "CASE id % 5 WHEN 0 THEN 'not-yet' ELSE 'done' END",
            "words": "CASE id % 9 WHEN 0 THEN 'I wore it.' ELSE '' END",
            "words_status": "CASE id % 9 WHEN 0 THEN (ARRAY['approved', 'waiting', 'refused'])[id % 3 + 1]"
            " ELSE 'none' END",
            "answered_at": "fulfilled_at",
        },
        "WHERE fulfilled_at IS NOT NULL",
    ),
    (
        HeartPhoto,
        {
            "pledge_id": "id",
            "width": "800",
            "height": "600",
            "alt": "'A blue heart'",
            "status": "CASE id % 3 WHEN 0 THEN 'waiting' ELSE 'refused' END",
            "refused_for": "CASE id % 3 WHEN 0 THEN '' WHEN 1 THEN 'no-heart' ELSE 'place' END",
            "added_at": "created_at",
            "decided_at": "CASE id % 3 WHEN 0 THEN NULL ELSE created_at END",
        },
        "WHERE id % 100 = 7",
    ),
    (
        HeartReport,
        {
            "pledge_id": "id",
            "reason": REASON,
            "created_at": "created_at",
            "settled_at": "CASE id % 7 WHEN 0 THEN NULL ELSE created_at END",
        },
        "WHERE id % 200 = 9",
    ),
    (
        QuietAddress,
        {
            "digest": "encode(sha256(id::text::bytea), 'hex')",
            "reason": "CASE id % 3 WHEN 0 THEN 'not-me' ELSE 'bounced' END",
            "since": "created_at",
        },
        "WHERE id % 100 = 11",
    ),
    (
        Message,
        {
            "kind": "'pledge-confirm'",
            "cause": "'pledge-confirm:' || id",
            "subject_id": "id",
            "language": "language",
            "status": "'sent'",
            "created_at": "created_at",
            "sent_at": "created_at",
            "next_attempt_at": "NULL",
        },
        "WHERE id % 5 = 0",
    ),
    (
        Entry,
        {
            "at": "created_at",
            "action": "(ARRAY['pledge.viewed', 'pledge.hidden', 'pledge.words-approved'])[id % 3 + 1]",
            "target_type": "'pledges.pledge'",
            "target_id": "id::text",
            "address": "'198.51.100.7'",
            "detail": "'{}'::jsonb",
        },
        "WHERE id % 10 = 0",
    ),
    (
        Seal,
        {
            "minute": "date_trunc('minute', created_at) + id * interval '1 minute'",
            "entries": "1",
            "digest": "encode(sha256(id::text::bytea), 'hex')",
        },
        "WHERE id % 20 = 0",
    ),
)
OF_GIFTS: tuple[tuple[type[models.Model], Given, str], ...] = (
    (
        StripeEvent,
        {
            "stripe_event_id": "'evt_seed_' || id",
            "type": "CASE id % 20 WHEN 0 THEN 'charge.updated' ELSE 'checkout.session.completed' END",
            "api_version": "CASE id % 50 WHEN 0 THEN '2020-01-01' ELSE '' END",
            "stripe_object_id": "stripe_checkout_session_id",
            "payload": "'{\"id\": \"evt_seed_' || id || '\"}'",
            "source": "CASE id % 30 WHEN 0 THEN 'poll' ELSE 'webhook' END",
            "status": "CASE WHEN id % 20 = 0 THEN 'ignored' WHEN id % 500 = 1 THEN 'shelved' ELSE 'processed' END",
            "reason": "CASE WHEN id % 20 = 0 OR id % 500 = 1 THEN 'seeded' ELSE '' END",
            "happened_at": "created_at",
            "received_at": "created_at",
            "next_attempt_at": "NULL",
        },
        "",
    ),
    (
        MonthlyGift,
        {
            **CURRENCY_AND_AMOUNT,
            "donor_id": "donor_id",
            "campaign_id": "campaign_id",
            "language": "language",
            "public_id": "'m' || lpad(id::text, 11, '0')",
            "stripe_subscription_id": "'sub_seed_' || id",
            "interval": "CASE id % 9 WHEN 0 THEN 'year' ELSE 'month' END",
            "status": "CASE id % 4 WHEN 0 THEN 'canceled' ELSE 'active' END",
            "status_as_of": "created_at",
            "created_at": "created_at",
        },
        "WHERE id % 20 = 3",
    ),
    (
        Refund,
        {
            **CURRENCY_AND_AMOUNT,
            "donation_id": "id",
            "public_id": "'r' || lpad(id::text, 11, '0')",
            "status": "'declined'",
            "source": "'donor'",
            "why": "'seeded'",
            "created_at": "created_at",
            "next_attempt_at": "NULL",
        },
        "WHERE status = 'succeeded' AND id % 100 = 5",
    ),
    (
        RefundRequest,
        {
            "donation_id": "id",
            "amount_minor": "amount_minor",
            "status": "'declined'",
            "created_at": "created_at",
            "decided_at": "created_at",
        },
        "WHERE status = 'succeeded' AND id % 100 = 5",
    ),
    (
        Dispute,
        {
            **CURRENCY_AND_AMOUNT,
            "donation_id": "id",
            "stripe_dispute_id": "'dp_seed_' || id",
            "reason": "(ARRAY['fraudulent', 'general', 'duplicate'])[id % 3 + 1]",
            "status": "'warning_closed'",
            "status_as_of": "created_at",
            "opened_at": "created_at",
        },
        "WHERE status = 'succeeded' AND id % 200 = 15",
    ),
    (
        FraudWarning,
        {
            "donation_id": "id",
            "stripe_warning_id": "'issfr_seed_' || id",
            "fraud_type": "'made_with_stolen_card'",
            "is_actionable": "id % 4 = 0",
            "warned_at": "created_at",
        },
        "WHERE status = 'succeeded' AND id % 200 = 15",
    ),
    (
        GiftReport,
        {
            "donation_id": "id",
            "reason": REASON,
            "created_at": "created_at",
            "settled_at": "CASE id % 7 WHEN 0 THEN NULL ELSE created_at END",
        },
        "WHERE public_name <> '' AND id % 200 = 9",
    ),
    (
        TransferReference,
        {"reference": "'RF00' || lpad(id::text, 12, '0')", "donor_id": "id", "created_at": "created_at"},
        "WHERE id % 10 = 0",
    ),
)


def load(say: Callable[[str], None]) -> None:
    """Fill the tables of the office's lists, in proportion to the hearts and gifts that are there."""
    for table, kinds in ((HEARTS, OF_HEARTS), (GIFTS, OF_GIFTS)):
        for model, given, which in kinds:
            source = "FROM donations_donor" if model is TransferReference else table
            say(f"{model._meta.verbose_name_plural}: {insert(model, given, f'{source} {which} ORDER BY id'):,}")
