"""Stripe's events, and that nothing here is live."""

from donations.books.rules import Check

CHECKS = (
    Check(
        "I10",
        "every Stripe event has ended as processed, ignored or shelved, or is due within a day",
        """
        SELECT format('%s has waited since %s', stripe_event_id, received_at) FROM donations_stripeevent
        WHERE status = 'received' AND coalesce(next_attempt_at, received_at) < now() - interval '1 day'
        """,
    ),
    Check(
        "I10",
        "every Stripe event that was ignored or shelved says why",
        """
        SELECT stripe_event_id FROM donations_stripeevent WHERE status IN ('ignored', 'shelved') AND reason = ''
        """,
    ),
    Check(
        "I12",
        "nothing live is here",
        """
        SELECT stripe_event_id FROM donations_stripeevent WHERE livemode
        UNION ALL
        SELECT stripe_checkout_session_id FROM donations_donation
        WHERE left(stripe_checkout_session_id, 8) = 'cs_live_'
        """,
    ),
)
