"""Promises, grants and the bank beside the ledger."""

from donations.books.rules import Check

CHECKS = (
    Check(
        "I6",
        "the instalments of every promised gift add up to it",
        """
        SELECT format('promised gift %s: %s promised, %s in instalments', promise.public_id, promise.amount_minor,
                      coalesce(sum(instalment.amount_minor), 0))
        FROM donations_promisedgift AS promise
        LEFT JOIN donations_instalment AS instalment ON instalment.promised_gift_id = promise.id
        GROUP BY promise.id HAVING promise.amount_minor <> coalesce(sum(instalment.amount_minor), 0)
        """,
    ),
    Check(
        "I6",
        "what an instalment says was paid is what payments brought for it",
        """
        SELECT format('instalment %s of promised gift %s: %s paid, %s in payments', instalment.number,
                      instalment.promised_gift_id, instalment.paid_minor, coalesce(sum(part.amount_minor), 0))
        FROM donations_instalment AS instalment
        LEFT JOIN (donations_paymentpart AS part
                   JOIN donations_promisepayment AS payment ON payment.id = part.payment_id
                       AND payment.status = 'booked') ON part.instalment_id = instalment.id
        GROUP BY instalment.id HAVING instalment.paid_minor <> coalesce(sum(part.amount_minor), 0)
        """,
    ),
    Check(
        "I6",
        "the parts of every payment of a contributor add up to it",
        """
        SELECT format('payment %s: %s received, %s in parts', payment.public_id, payment.amount_minor,
                      coalesce(sum(part.received_minor), 0))
        FROM donations_promisepayment AS payment
        LEFT JOIN donations_paymentpart AS part ON part.payment_id = payment.id
        GROUP BY payment.id HAVING payment.amount_minor <> coalesce(sum(part.received_minor), 0)
        """,
    ),
    Check(
        "I6",
        "what is receivable in the books is what is outstanding of the promised gifts",
        """
        SELECT format('%s %s receivable, %s outstanding', sum(receivable), currency, sum(outstanding))
        FROM (
            SELECT currency, amount_minor AS receivable, 0 AS outstanding FROM donations_ledgerentry
            WHERE account = 'PROMISED_GIFTS_RECEIVABLE'
            UNION ALL
            SELECT promise.currency, 0, instalment.amount_minor - instalment.paid_minor
                   - instalment.written_off_minor - instalment.cancelled_minor
            FROM donations_instalment AS instalment
            JOIN donations_promisedgift AS promise ON promise.id = instalment.promised_gift_id
        ) AS both_sides
        GROUP BY currency HAVING sum(receivable) <> sum(outstanding)
        """,
    ),
    Check(
        "I8",
        "a payment of a contributor or of a grant is in the books, and reversed there if and only if it is",
        """
        SELECT format('%s %s is %s, booked: %s, reversed in the books: %s', kind, public_id, status,
                      booked.id IS NOT NULL, contrary.id IS NOT NULL)
        FROM (
            SELECT 'payment' AS kind, id AS promise_payment_id, NULL::bigint AS grant_payment_id, public_id, status
            FROM donations_promisepayment
            UNION ALL
            SELECT 'payment of a grant', NULL, id, public_id, status FROM donations_grantpayment
        ) AS payment
        LEFT JOIN donations_ledgertransaction AS booked ON booked.reverses_id IS NULL
            AND (booked.promise_payment_id = payment.promise_payment_id
                 OR booked.grant_payment_id = payment.grant_payment_id)
        LEFT JOIN donations_ledgertransaction AS contrary ON contrary.reverses_id = booked.id
        WHERE booked.id IS NULL OR (status = 'reversed') <> (contrary.id IS NOT NULL)
        """,
    ),
    Check(
        "I6",
        "no grant is paid more than was granted, less than nothing, or without two signatures",
        """
        SELECT format('grant %s is %s: %s granted, %s paid', given.public_id, given.status, given.amount_minor,
                      paid.amount_minor)
        FROM donations_grant AS given
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(CASE kind WHEN 'paid' THEN amount_minor ELSE -amount_minor END), 0) AS amount_minor
            FROM donations_grantpayment WHERE grant_id = given.id AND status = 'booked'
        ) AS paid
        WHERE paid.amount_minor > given.amount_minor OR paid.amount_minor < 0
            OR paid.amount_minor <> 0 AND given.status NOT IN ('approved', 'closed')
        """,
    ),
    Check(
        "I6",
        "the matches of every bank line add up to it, and a line is matched if and only if it has some",
        """
        SELECT format('bank line %s is %s: %s %s, matched %s', line.id, line.status, line.amount_minor, line.currency,
                      coalesce(sum(made.amount_minor), 0))
        FROM donations_bankline AS line
        LEFT JOIN donations_bankmatch AS made ON made.line_id = line.id AND made.undone_at IS NULL
        GROUP BY line.id
        HAVING coalesce(sum(made.amount_minor), 0) <> CASE line.status WHEN 'matched' THEN line.amount_minor ELSE 0 END
        """,
    ),
)
