"""Donations and monthly gifts beside the ledger."""

from donations.books.rules import Check

CHECKS = (
    Check(
        "I6",
        "what is booked as income of a donation is what was agreed",
        """
        SELECT format('donation %s: %s %s agreed, %s booked', donation.public_id, donation.amount_minor,
                      donation.currency, coalesce(-sum(entry.amount_minor), 0))
        FROM donations_ledgertransaction AS booked
        JOIN donations_donation AS donation ON donation.id = booked.donation_id
        LEFT JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
            AND entry.account IN ('DONATION_INCOME', 'IN_KIND_INCOME') AND entry.currency = donation.currency
        WHERE booked.purpose = 'donation'
        GROUP BY donation.id HAVING coalesce(-sum(entry.amount_minor), 0) <> donation.amount_minor
        """,
    ),
    Check(
        "I6",
        "payments to be cleared up belong to quarantined donations, and no more is sent back than came in",
        """
        SELECT format('donation %s is %s; %s %s are to be cleared up', donation.public_id, donation.status,
                      -sum(entry.amount_minor), entry.currency)
        FROM donations_ledgerentry AS entry
        JOIN donations_ledgertransaction AS booked ON booked.id = entry.transaction_id
        JOIN donations_donation AS donation ON donation.id = booked.donation_id
        WHERE entry.account = 'SUSPENSE'
        GROUP BY donation.id, entry.currency
        HAVING donation.status <> 'quarantined' OR sum(entry.amount_minor) > 0
        """,
    ),
    Check(
        "I8",
        "a donation is in the ledger if and only if it succeeded or was reversed later",
        """
        SELECT format('donation %s is %s, booked: %s', donation.public_id, donation.status, booked.id IS NOT NULL)
        FROM donations_donation AS donation
        LEFT JOIN donations_ledgertransaction AS booked
            ON booked.donation_id = donation.id AND booked.purpose = 'donation'
        WHERE (donation.status IN ('succeeded', 'reversed')) <> (booked.id IS NOT NULL)
        """,
    ),
    Check(
        "I8",
        "a donation is reversed if and only if its posting is",
        """
        SELECT format('donation %s is %s, reversed in the books: %s', donation.public_id, donation.status,
                      contrary.id IS NOT NULL)
        FROM donations_donation AS donation
        JOIN donations_ledgertransaction AS booked ON booked.donation_id = donation.id AND booked.purpose = 'donation'
        LEFT JOIN donations_ledgertransaction AS contrary ON contrary.reverses_id = booked.id
        WHERE (donation.status = 'reversed') <> (contrary.id IS NOT NULL)
        """,
    ),
    Check(
        "I8",
        "each charge of a monthly gift is of its donor, its currency and its interval",
        """
        SELECT format('donation %s and monthly gift %s differ', donation.public_id, gift.public_id)
        FROM donations_donation AS donation
        JOIN donations_monthlygift AS gift ON gift.id = donation.monthly_gift_id
        WHERE (donation.donor_id, donation.currency, donation.interval)
            IS DISTINCT FROM (gift.donor_id, gift.currency, gift.interval)
        """,
    ),
    Check(
        "I8",
        "what a monthly gift is today follows from what was agreed, change by change",
        """
        SELECT format('monthly gift %s is %s, and its changes lead from %s to %s and then from %s', gift.public_id,
                      gift.amount_minor, step.old_amount_minor, step.new_amount_minor, step.next_minor)
        FROM (
            SELECT monthly_gift_id, old_amount_minor, new_amount_minor,
                   lead(old_amount_minor) OVER (PARTITION BY monthly_gift_id ORDER BY id) AS next_minor
            FROM donations_monthlygiftchange WHERE kind = 'amount'
        ) AS step
        JOIN donations_monthlygift AS gift ON gift.id = step.monthly_gift_id
        WHERE step.new_amount_minor <> coalesce(step.next_minor, gift.amount_minor)
        """,
    ),
)
