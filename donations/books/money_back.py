"""Refunds and disputes beside the ledger."""

from donations.books.rules import Check

CHECKS = (
    Check(
        "I5",
        # Of a payment that was set aside, the suspense says how much may go back.
        "refunds of a donation are in its currency and not more than the charge",
        """
        SELECT format('donation %s: %s %s charged, %s refunded', donation.public_id, donation.amount_minor,
                      donation.currency, sum(refund.amount_minor))
        FROM donations_refund AS refund JOIN donations_donation AS donation ON donation.id = refund.donation_id
        WHERE refund.status IN ('pending', 'requires_action', 'succeeded') AND donation.status <> 'quarantined'
        GROUP BY donation.id
        HAVING sum(refund.amount_minor) > donation.amount_minor OR bool_or(refund.currency <> donation.currency)
        """,
    ),
    Check(
        "I5",
        "a refund or dispute is booked to its own donation",
        """
        SELECT format('transaction %s', booked.id) FROM donations_ledgertransaction AS booked
        LEFT JOIN donations_refund AS refund ON refund.id = booked.refund_id
        LEFT JOIN donations_dispute AS dispute ON dispute.id = booked.dispute_id
        WHERE refund.donation_id <> booked.donation_id OR dispute.donation_id <> booked.donation_id
        """,
    ),
    Check(
        "I5",
        "a dispute takes no more than its amount, and gives back no more than it took",
        """
        SELECT format('dispute %s over %s %s: %s is booked', dispute.stripe_dispute_id, dispute.amount_minor,
                      dispute.currency, sum(entry.amount_minor))
        FROM donations_ledgertransaction AS booked
        JOIN donations_dispute AS dispute ON dispute.id = booked.dispute_id
        JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
            AND entry.account IN ('DISPUTES', 'SUSPENSE')
        GROUP BY dispute.id
        HAVING sum(entry.amount_minor) NOT BETWEEN 0 AND dispute.amount_minor
            OR bool_or(entry.currency <> dispute.currency)
        """,
    ),
    Check(
        "I6",
        "each posting of a refund is of its amount and currency",
        """
        SELECT format('refund %s of %s %s: %s is booked', refund.public_id, refund.amount_minor, refund.currency,
                      coalesce(sum(entry.amount_minor), 0))
        FROM donations_ledgertransaction AS booked
        JOIN donations_refund AS refund ON refund.id = booked.refund_id
        LEFT JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
            AND entry.account IN ('REFUNDS', 'SUSPENSE') AND entry.currency = refund.currency
        GROUP BY booked.id, refund.id
        HAVING coalesce(sum(entry.amount_minor), 0)
            <> CASE booked.purpose WHEN 'refund' THEN refund.amount_minor ELSE -refund.amount_minor END
        """,
    ),
    Check(
        "I6",
        "each posting of a dispute is of its amount and currency",
        """
        SELECT format('dispute %s of %s %s: %s is booked', dispute.stripe_dispute_id, dispute.amount_minor,
                      dispute.currency, coalesce(sum(entry.amount_minor), 0))
        FROM donations_ledgertransaction AS booked
        JOIN donations_dispute AS dispute ON dispute.id = booked.dispute_id
        LEFT JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
            AND entry.account IN ('DISPUTES', 'SUSPENSE') AND entry.currency = dispute.currency
        GROUP BY booked.id, dispute.id
        HAVING CASE booked.purpose WHEN 'dispute' THEN 1 ELSE -1 END * coalesce(sum(entry.amount_minor), 0)
            NOT BETWEEN 0 AND dispute.amount_minor
        """,
    ),
    Check(
        "I8",
        "a refund is booked as far as its status says",
        """
        SELECT format('refund %s is %s; left: %s, came back: %s', refund.public_id, refund.status,
                      count(*) FILTER (WHERE booked.purpose = 'refund'),
                      count(*) FILTER (WHERE booked.purpose = 'refund-failure'))
        FROM donations_refund AS refund
        LEFT JOIN donations_ledgertransaction AS booked ON booked.refund_id = refund.id
        GROUP BY refund.id
        HAVING NOT CASE
            WHEN refund.status IN ('waiting', 'declined', 'approved') THEN count(booked.id) = 0
            WHEN refund.status = 'succeeded' THEN count(*) FILTER (WHERE booked.purpose = 'refund') = 1
                AND count(booked.id) = 1
            WHEN refund.status IN ('failed', 'canceled') THEN count(booked.id) IN (0, 2)
                AND count(*) FILTER (WHERE booked.purpose = 'refund') * 2 = count(booked.id)
            ELSE count(*) FILTER (WHERE booked.purpose = 'refund') = count(booked.id) AND count(booked.id) <= 1
        END
        """,
    ),
    Check(
        "I8",
        "a dispute that was won or was only an inquiry has taken nothing",
        """
        SELECT format('dispute %s is %s and keeps %s %s', dispute.stripe_dispute_id, dispute.status,
                      sum(entry.amount_minor), dispute.currency)
        FROM donations_dispute AS dispute
        JOIN donations_ledgertransaction AS booked ON booked.dispute_id = dispute.id
        JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
            AND entry.account IN ('DISPUTES', 'SUSPENSE') AND entry.currency = dispute.currency
        WHERE dispute.status IN ('won', 'warning_needs_response', 'warning_under_review', 'warning_closed')
            AND dispute.status_as_of < now() - interval '1 day'
        GROUP BY dispute.id HAVING sum(entry.amount_minor) <> 0
        """,
    ),
)
