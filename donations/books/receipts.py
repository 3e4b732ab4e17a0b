"""Receipts: no gap in their numbers, and each says what remains of its gift."""

from donations.books.rules import Check

CHECKS = (
    Check(
        "I9",
        "the numbers of receipts have no gap, in each year of each legal entity",
        """
        SELECT format('%s %s: %s receipts up to number %s, the last one drawn is %s', series.entity_id, series.year,
                      count(receipt.id), coalesce(max(receipt.sequence), 0), series.last_sequence)
        FROM donations_receiptseries AS series
        FULL JOIN donations_receipt AS receipt
            ON receipt.entity_id = series.entity_id AND receipt.year = series.year
        GROUP BY series.id, receipt.entity_id, receipt.year
        HAVING count(receipt.id) <> coalesce(max(receipt.sequence), 0)
            OR series.last_sequence IS DISTINCT FROM coalesce(max(receipt.sequence), 0)
            OR min(receipt.sequence) <> 1
        """,
    ),
    Check(
        "I6",
        "a donation has one valid receipt of what remains of it, unless one is still to be issued",
        """
        SELECT format('donation %s: %s %s remain, the receipt says %s', donation.public_id, remains.amount_minor,
                      donation.currency, coalesce(receipt.amount_minor, 0))
        FROM donations_donation AS donation
        CROSS JOIN LATERAL (
            SELECT CASE donation.status WHEN 'succeeded' THEN greatest(donation.amount_minor
                - (SELECT coalesce(sum(amount_minor), 0) FROM donations_refund
                   WHERE donation_id = donation.id AND status = 'succeeded')
                - (SELECT coalesce(sum(amount_minor), 0) FROM donations_dispute
                   WHERE donation_id = donation.id AND status = 'lost' AND currency = donation.currency), 0)
            ELSE 0 END AS amount_minor
        ) AS remains
        LEFT JOIN donations_receipt AS receipt ON receipt.donation_id = donation.id AND receipt.voided_at IS NULL
        WHERE (coalesce(receipt.amount_minor, 0) <> remains.amount_minor
               OR receipt.currency <> donation.currency)
            AND NOT EXISTS (SELECT FROM donations_receiptorder AS due
                            WHERE due.donation_id = donation.id AND due.next_attempt_at IS NOT NULL)
        """,
    ),
    Check(
        "I9",
        "every donation that succeeded has its one receipt mail, unless its receipt is still to be issued",
        """
        SELECT format('donation %s', donation.public_id) FROM donations_donation AS donation
        LEFT JOIN post_message AS message ON message.cause = 'donation-received:' || donation.id
        WHERE donation.status = 'succeeded' AND message.id IS NULL
            AND NOT EXISTS (SELECT FROM donations_receiptorder AS due
                            WHERE due.donation_id = donation.id AND due.next_attempt_at IS NOT NULL)
        """,
    ),
)
