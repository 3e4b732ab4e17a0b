"""Payouts: what reached our bank is what the gifts brought, less what went out."""

from donations.books.rules import Check

CHECKS = (
    Check(
        "I7",
        "the lines of a payout that was read add up to it: gross, less fees, refunds and disputes, and adjustments",
        """
        SELECT format('payout %s of %s %s: %s', payout.stripe_payout_id, payout.amount_minor, payout.currency,
                      string_agg(format('%s %s − %s', line.kind, line.amount_minor, line.fee_minor), ', '
                                 ORDER BY line.kind))
        FROM donations_payout AS payout
        LEFT JOIN (
            SELECT payout_id, kind, sum(amount_minor) AS amount_minor, sum(fee_minor) AS fee_minor,
                   bool_and(currency = (SELECT currency FROM donations_payout WHERE id = payout_id)) AS is_alike
            FROM donations_payoutline GROUP BY payout_id, kind
        ) AS line ON line.payout_id = payout.id
        WHERE payout.reconciled_at IS NOT NULL AND (payout.is_automatic OR line.payout_id IS NOT NULL)
        GROUP BY payout.id
        HAVING coalesce(sum(line.amount_minor - line.fee_minor), 0) <> payout.amount_minor
            OR NOT bool_and(line.is_alike)
        """,
    ),
    Check(
        "I7",
        "each line of a payout is booked with the same gross, fee and net",
        """
        SELECT format('%s of %s: %s − %s = %s, booked: %s − %s', line.stripe_balance_transaction_id,
                      payout.stripe_payout_id, line.amount_minor, line.fee_minor, line.net_minor,
                      coalesce((booked.net + booked.fee)::text, 'nothing'), coalesce(booked.fee::text, 'nothing'))
        FROM donations_payoutline AS line
        JOIN donations_payout AS payout ON payout.id = line.payout_id
        LEFT JOIN (
            SELECT moved.stripe_balance_transaction_id, moved.purpose,
                   coalesce(sum(entry.amount_minor) FILTER (WHERE entry.account = 'STRIPE_BALANCE'), 0) AS net,
                   coalesce(sum(entry.amount_minor)
                            FILTER (WHERE entry.account IN ('PROCESSING_FEES', 'DISPUTE_FEES')), 0) AS fee
            FROM donations_ledgertransaction AS moved
            JOIN donations_ledgerentry AS entry ON entry.transaction_id = moved.id
            GROUP BY moved.id
        ) AS booked ON booked.stripe_balance_transaction_id = line.stripe_balance_transaction_id
        WHERE booked.net IS DISTINCT FROM line.net_minor
            OR booked.purpose <> 'stripe-fee' AND booked.fee <> line.fee_minor
        """,
    ),
    Check(
        "I6",
        "each posting of a payout is of its amount and currency",
        """
        SELECT format('payout %s of %s %s: %s is booked', payout.stripe_payout_id, payout.amount_minor,
                      payout.currency, coalesce(sum(entry.amount_minor), 0))
        FROM donations_ledgertransaction AS booked
        JOIN donations_payout AS payout ON payout.id = booked.payout_id
        LEFT JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
            AND entry.account = 'BANK' AND entry.currency = payout.currency
        GROUP BY booked.id, payout.id
        HAVING coalesce(sum(entry.amount_minor), 0)
            <> CASE booked.purpose WHEN 'payout' THEN payout.amount_minor ELSE -payout.amount_minor END
        """,
    ),
    Check(
        "I8",
        "a payout is booked as far as its status says",
        """
        SELECT format('payout %s is %s; left: %s, came back: %s', payout.stripe_payout_id, payout.status,
                      count(*) FILTER (WHERE booked.purpose = 'payout'),
                      count(*) FILTER (WHERE booked.purpose = 'payout-failure'))
        FROM donations_payout AS payout
        LEFT JOIN donations_ledgertransaction AS booked ON booked.payout_id = payout.id
        GROUP BY payout.id
        HAVING NOT CASE
            WHEN payout.status = 'paid' THEN count(*) FILTER (WHERE booked.purpose = 'payout') = 1
                AND count(booked.id) = 1
            WHEN payout.status IN ('failed', 'canceled') THEN count(booked.id) IN (0, 2)
                AND count(*) FILTER (WHERE booked.purpose = 'payout') * 2 = count(booked.id)
            ELSE count(*) FILTER (WHERE booked.purpose = 'payout') = count(booked.id) AND count(booked.id) <= 1
        END
        """,
    ),
)
