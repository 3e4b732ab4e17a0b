from django.db import migrations

from blueheart.append_only import append_only
from blueheart.pages.noting import NUMBERS, differ, noted, noted_where

# Balance is checked when the transaction commits: entries come one after the other. Entries that are added to a
# ledger transaction of the past are checked with all the others of it.
BALANCE = """
CREATE FUNCTION donations_check_balance() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    checked bigint;
    entries bigint;
    off text;
BEGIN
    IF TG_TABLE_NAME = 'donations_ledgertransaction' THEN
        checked := NEW.id;
    ELSE
        checked := NEW.transaction_id;
    END IF;
    SELECT sum(number), string_agg(currency || ' ' || total, ', ') FILTER (WHERE total <> 0) INTO entries, off
        FROM (SELECT currency, count(*) AS number, sum(amount_minor) AS total
              FROM donations_ledgerentry WHERE transaction_id = checked GROUP BY currency) AS by_currency;
    IF coalesce(entries, 0) < 2 THEN
        RAISE EXCEPTION 'ledger transaction % has fewer than two entries', checked
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_transaction_has_two_sides';
    END IF;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'ledger transaction % is out of balance: %', checked, off
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_transaction_adds_up_to_zero';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transaction_has_two_sides AFTER INSERT ON donations_ledgertransaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donations_check_balance();
CREATE CONSTRAINT TRIGGER ledger_entries_add_up_to_zero AFTER INSERT ON donations_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donations_check_balance();
ALTER TABLE donations_ledgertransaction ENABLE ALWAYS TRIGGER ledger_transaction_has_two_sides;
ALTER TABLE donations_ledgerentry ENABLE ALWAYS TRIGGER ledger_entries_add_up_to_zero;
"""
NO_BALANCE = """
DROP TRIGGER ledger_entries_add_up_to_zero ON donations_ledgerentry;
DROP TRIGGER ledger_transaction_has_two_sides ON donations_ledgertransaction;
DROP FUNCTION donations_check_balance();
"""

FORWARD = """
CREATE FUNCTION donations_keep_agreement() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'not-started' THEN
            RAISE EXCEPTION 'donation % has been to Stripe and stays', OLD.public_id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.public_id, NEW.amount_minor, NEW.currency, NEW.interval, NEW.method)
            IS DISTINCT FROM (OLD.public_id, OLD.amount_minor, OLD.currency, OLD.interval, OLD.method) THEN
        RAISE EXCEPTION 'what donation % is about never changes', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT (OLD.status, NEW.status) IN (
        ('not-started', 'pending'), ('not-started', 'processing'), ('not-started', 'succeeded'),
        ('not-started', 'failed'), ('not-started', 'expired'), ('not-started', 'quarantined'),
        ('pending', 'processing'), ('pending', 'succeeded'), ('pending', 'failed'), ('pending', 'expired'),
        ('pending', 'quarantined'),
        ('processing', 'succeeded'), ('processing', 'failed'), ('processing', 'quarantined'),
        ('failed', 'quarantined'), ('expired', 'quarantined'),
        ('succeeded', 'reversed')
    ) THEN
        RAISE EXCEPTION 'donation % cannot go from % to %', OLD.public_id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER donation_moves_forward BEFORE UPDATE OR DELETE ON donations_donation
    FOR EACH ROW EXECUTE FUNCTION donations_keep_agreement();
ALTER TABLE donations_donation ENABLE ALWAYS TRIGGER donation_moves_forward;
"""
NOT_FORWARD = """
DROP TRIGGER donation_moves_forward ON donations_donation;
DROP FUNCTION donations_keep_agreement();
"""

# A refund's status moves along the graph of `Refund.MOVES`; what it is about never changes.
REFUND = """
CREATE FUNCTION donations_keep_refund() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'refund % stays', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.public_id, NEW.donation_id, NEW.amount_minor, NEW.currency)
            IS DISTINCT FROM (OLD.public_id, OLD.donation_id, OLD.amount_minor, OLD.currency) THEN
        RAISE EXCEPTION 'what refund % is about never changes', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT (OLD.status, NEW.status) IN (
        ('waiting', 'approved'), ('waiting', 'declined'), ('waiting', 'canceled'),
        ('approved', 'pending'), ('approved', 'requires_action'), ('approved', 'succeeded'), ('approved', 'failed'),
        ('approved', 'canceled'),
        ('pending', 'requires_action'), ('pending', 'succeeded'), ('pending', 'failed'), ('pending', 'canceled'),
        ('requires_action', 'pending'), ('requires_action', 'succeeded'), ('requires_action', 'failed'),
        ('requires_action', 'canceled'),
        ('succeeded', 'failed')
    ) THEN
        RAISE EXCEPTION 'refund % cannot go from % to %', OLD.public_id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_moves_forward BEFORE UPDATE OR DELETE ON donations_refund
    FOR EACH ROW EXECUTE FUNCTION donations_keep_refund();
ALTER TABLE donations_refund ENABLE ALWAYS TRIGGER refund_moves_forward;
"""
NO_REFUND = """
DROP TRIGGER refund_moves_forward ON donations_refund;
DROP FUNCTION donations_keep_refund();
"""

# I5. Only what Stripe has counts here: a refund of the dashboard's is a fact, even beside one that waits with us. Of a
# payment that was set aside, what it really brought counts, which the books hold in suspense.
NOT_MORE = """
CREATE FUNCTION donations_refund_not_more() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    charged bigint;
    charged_in text;
    gift_status text;
    refunded bigint;
BEGIN
    SELECT amount_minor, currency, status INTO charged, charged_in, gift_status
        FROM donations_donation WHERE id = NEW.donation_id FOR NO KEY UPDATE;
    IF gift_status = 'quarantined' THEN
        SELECT -entry.amount_minor, entry.currency INTO charged, charged_in FROM donations_ledgerentry AS entry
            JOIN donations_ledgertransaction AS booked ON booked.id = entry.transaction_id
            WHERE booked.donation_id = NEW.donation_id AND booked.purpose = 'suspense' AND entry.account = 'SUSPENSE';
    END IF;
    SELECT coalesce(sum(amount_minor), 0) INTO refunded FROM donations_refund
        WHERE donation_id = NEW.donation_id AND status IN ('pending', 'requires_action', 'succeeded');
    IF NEW.currency IS DISTINCT FROM charged_in OR refunded > charged THEN
        RAISE EXCEPTION 'refunds of % % are more than the % % of donation %', refunded, NEW.currency, charged,
            charged_in, NEW.donation_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refunds_are_not_more_than_the_charge';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refunds_are_not_more_than_the_charge AFTER INSERT OR UPDATE ON donations_refund
    FOR EACH ROW EXECUTE FUNCTION donations_refund_not_more();
ALTER TABLE donations_refund ENABLE ALWAYS TRIGGER refunds_are_not_more_than_the_charge;
"""
MORE = """
DROP TRIGGER refunds_are_not_more_than_the_charge ON donations_refund;
DROP FUNCTION donations_refund_not_more();
"""

# Closing locks the ledger against writers (`donations.ledger.periods`), so a posting sees every day that was closed.
CLOSED = """
CREATE FUNCTION donations_post_when_open() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    closed date;
BEGIN
    SELECT max(closed_through) INTO closed FROM donations_closedperiod;
    IF NEW.posted_on <= closed THEN
        RAISE EXCEPTION 'the books are closed through %: nothing is posted on %', closed, NEW.posted_on
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'nothing_is_posted_in_a_closed_period';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nothing_is_posted_in_a_closed_period BEFORE INSERT ON donations_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION donations_post_when_open();
ALTER TABLE donations_ledgertransaction ENABLE ALWAYS TRIGGER nothing_is_posted_in_a_closed_period;
CREATE FUNCTION donations_close_forward() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.closed_through <= (SELECT max(closed_through) FROM donations_closedperiod) THEN
        RAISE EXCEPTION 'a later day than % is closed already', NEW.closed_through
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'periods_are_closed_in_order';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER periods_are_closed_in_order BEFORE INSERT ON donations_closedperiod
    FOR EACH ROW EXECUTE FUNCTION donations_close_forward();
ALTER TABLE donations_closedperiod ENABLE ALWAYS TRIGGER periods_are_closed_in_order;
"""
NOT_CLOSED = """
DROP TRIGGER periods_are_closed_in_order ON donations_closedperiod;
DROP FUNCTION donations_close_forward();
DROP TRIGGER nothing_is_posted_in_a_closed_period ON donations_ledgertransaction;
DROP FUNCTION donations_post_when_open();
"""

# A receipt is written once. It may be voided once; and when the law no longer wants it kept, its words may be taken
# out, never put in others.
RECEIPT = """
CREATE FUNCTION donations_keep_receipt() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'receipt % stays: void it', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - '{voided_at,void_reason,snapshot}'::text[])
            IS DISTINCT FROM (to_jsonb(OLD) - '{voided_at,void_reason,snapshot}'::text[]) THEN
        RAISE EXCEPTION 'receipt % never changes: void it', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.voided_at IS NOT NULL AND (NEW.voided_at, NEW.void_reason) IS DISTINCT FROM (OLD.voided_at, OLD.void_reason)
    THEN
        RAISE EXCEPTION 'receipt % was voided before', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.snapshot IS DISTINCT FROM OLD.snapshot
            AND NOT (NEW.snapshot = '{}'::jsonb AND OLD.kept_until < CURRENT_DATE) THEN
        RAISE EXCEPTION 'what receipt % says never changes, and is kept until %', OLD.number, OLD.kept_until
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER receipt_is_kept BEFORE UPDATE OR DELETE ON donations_receipt
    FOR EACH ROW EXECUTE FUNCTION donations_keep_receipt();
CREATE TRIGGER receipts_are_kept BEFORE TRUNCATE ON donations_receipt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE donations_receipt ENABLE ALWAYS TRIGGER receipt_is_kept;
ALTER TABLE donations_receipt ENABLE ALWAYS TRIGGER receipts_are_kept;
"""
NO_RECEIPT = """
DROP TRIGGER receipts_are_kept ON donations_receipt;
DROP TRIGGER receipt_is_kept ON donations_receipt;
DROP FUNCTION donations_keep_receipt();
"""


# The instalments of a promised gift add up to it, and the parts of a payment to what was received: checked when the
# transaction commits, for they are written one after the other.
SUMS = """
CREATE FUNCTION donations_check_promise() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    checked bigint;
    promised bigint;
    parts bigint;
BEGIN
    IF TG_TABLE_NAME = 'donations_promisedgift' THEN
        checked := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        checked := OLD.promised_gift_id;
    ELSE
        checked := NEW.promised_gift_id;
    END IF;
    SELECT amount_minor INTO promised FROM donations_promisedgift WHERE id = checked;
    SELECT coalesce(sum(amount_minor), 0) INTO parts FROM donations_instalment WHERE promised_gift_id = checked;
    IF parts <> promised THEN
        RAISE EXCEPTION 'promised gift %: % was promised, the instalments are %', checked, promised, parts
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'instalments_add_up_to_the_promise';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER promise_has_its_instalments AFTER INSERT OR UPDATE ON donations_promisedgift
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donations_check_promise();
CREATE CONSTRAINT TRIGGER instalments_add_up_to_the_promise AFTER INSERT OR UPDATE OR DELETE ON donations_instalment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donations_check_promise();
CREATE FUNCTION donations_check_parts() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    checked bigint;
    received bigint;
    parts bigint;
BEGIN
    IF TG_TABLE_NAME = 'donations_promisepayment' THEN
        checked := NEW.id;
    ELSE
        checked := NEW.payment_id;
    END IF;
    SELECT amount_minor INTO received FROM donations_promisepayment WHERE id = checked;
    SELECT coalesce(sum(received_minor), 0) INTO parts FROM donations_paymentpart WHERE payment_id = checked;
    IF parts <> received THEN
        RAISE EXCEPTION 'payment %: % was received, its parts are %', checked, received, parts
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_parts_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER promise_payment_has_its_parts AFTER INSERT ON donations_promisepayment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donations_check_parts();
CREATE CONSTRAINT TRIGGER payment_parts_add_up AFTER INSERT ON donations_paymentpart
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donations_check_parts();
CREATE FUNCTION donations_check_matches() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    line donations_bankline;
    wanted bigint := 0;
    matched bigint;
BEGIN
    SELECT * INTO line FROM donations_bankline WHERE id = NEW.line_id;
    IF line.status = 'matched' THEN
        wanted := line.amount_minor;
    END IF;
    SELECT coalesce(sum(amount_minor), 0) INTO matched FROM donations_bankmatch
        WHERE line_id = NEW.line_id AND undone_at IS NULL;
    IF matched <> wanted OR sign(NEW.amount_minor) <> sign(line.amount_minor) THEN
        RAISE EXCEPTION 'bank line % is % and of %, matched is %', line.id, line.status, line.amount_minor, matched
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'bank_matches_add_up_to_the_line';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER bank_matches_add_up_to_the_line AFTER INSERT OR UPDATE ON donations_bankmatch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donations_check_matches();
ALTER TABLE donations_promisedgift ENABLE ALWAYS TRIGGER promise_has_its_instalments;
ALTER TABLE donations_instalment ENABLE ALWAYS TRIGGER instalments_add_up_to_the_promise;
ALTER TABLE donations_promisepayment ENABLE ALWAYS TRIGGER promise_payment_has_its_parts;
ALTER TABLE donations_paymentpart ENABLE ALWAYS TRIGGER payment_parts_add_up;
ALTER TABLE donations_bankmatch ENABLE ALWAYS TRIGGER bank_matches_add_up_to_the_line;
"""
NO_SUMS = """
DROP TRIGGER bank_matches_add_up_to_the_line ON donations_bankmatch;
DROP TRIGGER payment_parts_add_up ON donations_paymentpart;
DROP TRIGGER promise_payment_has_its_parts ON donations_promisepayment;
DROP TRIGGER instalments_add_up_to_the_promise ON donations_instalment;
DROP TRIGGER promise_has_its_instalments ON donations_promisedgift;
DROP FUNCTION donations_check_matches();
DROP FUNCTION donations_check_parts();
DROP FUNCTION donations_check_promise();
"""

# Records that stand in the books: what they are about never changes, and none is deleted. The arguments name what may.
KEPT = """
CREATE FUNCTION donations_keep_record() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'row % of % stays', OLD.id, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - TG_ARGV[0]::text[]) IS DISTINCT FROM (to_jsonb(OLD) - TG_ARGV[0]::text[]) THEN
        RAISE EXCEPTION 'what row % of % is about never changes', OLD.id, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(OLD) ->> 'status' = 'reversed' AND to_jsonb(NEW) ->> 'status' <> 'reversed' THEN
        RAISE EXCEPTION 'row % of % was reversed', OLD.id, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER promised_gift_is_kept BEFORE UPDATE OR DELETE ON donations_promisedgift
    FOR EACH ROW EXECUTE FUNCTION donations_keep_record('{amount_minor,status,note,document,campaign_id}');
CREATE TRIGGER promise_payment_is_kept BEFORE UPDATE OR DELETE ON donations_promisepayment
    FOR EACH ROW EXECUTE FUNCTION donations_keep_record('{status,reversed_at,note}');
CREATE TRIGGER grant_payment_is_kept BEFORE UPDATE OR DELETE ON donations_grantpayment
    FOR EACH ROW EXECUTE FUNCTION donations_keep_record('{status,reversed_at}');
CREATE TRIGGER bank_line_keeps_its_word BEFORE UPDATE OR DELETE ON donations_bankline
    FOR EACH ROW EXECUTE FUNCTION donations_keep_record(
        '{status,duplicate_of_id,ignored_for,fingerprint,counterparty,counterparty_iban,remittance,end_to_end_id}');
ALTER TABLE donations_promisedgift ENABLE ALWAYS TRIGGER promised_gift_is_kept;
ALTER TABLE donations_promisepayment ENABLE ALWAYS TRIGGER promise_payment_is_kept;
ALTER TABLE donations_grantpayment ENABLE ALWAYS TRIGGER grant_payment_is_kept;
ALTER TABLE donations_bankline ENABLE ALWAYS TRIGGER bank_line_keeps_its_word;
"""
NOT_KEPT = """
DROP TRIGGER bank_line_keeps_its_word ON donations_bankline;
DROP TRIGGER grant_payment_is_kept ON donations_grantpayment;
DROP TRIGGER promise_payment_is_kept ON donations_promisepayment;
DROP TRIGGER promised_gift_is_kept ON donations_promisedgift;
DROP FUNCTION donations_keep_record();
"""

# A grant moves along the graph of `Grant.MOVES`, is paid when two persons have signed, and never more than was granted.
GRANT = """
CREATE FUNCTION donations_keep_grant() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'grant % stays', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.public_id, NEW.organisation_id, NEW.amount_minor, NEW.currency)
            IS DISTINCT FROM (OLD.public_id, OLD.organisation_id, OLD.amount_minor, OLD.currency) THEN
        RAISE EXCEPTION 'what grant % is about never changes', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT (OLD.status, NEW.status) IN (
        ('proposed', 'approved'), ('proposed', 'declined'),
        ('approved', 'closed')
    ) THEN
        RAISE EXCEPTION 'grant % cannot go from % to %', OLD.public_id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grant_moves_forward BEFORE UPDATE OR DELETE ON donations_grant
    FOR EACH ROW EXECUTE FUNCTION donations_keep_grant();
ALTER TABLE donations_grant ENABLE ALWAYS TRIGGER grant_moves_forward;
CREATE FUNCTION donations_grant_not_more() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    given donations_grant;
    paid bigint;
BEGIN
    SELECT * INTO given FROM donations_grant WHERE id = NEW.grant_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(CASE kind WHEN 'paid' THEN amount_minor ELSE -amount_minor END), 0) INTO paid
        FROM donations_grantpayment WHERE grant_id = NEW.grant_id AND status = 'booked';
    IF paid > given.amount_minor OR paid < 0 OR given.status NOT IN ('approved', 'closed') THEN
        RAISE EXCEPTION 'grant % is %: % was granted, % would be paid', given.public_id, given.status,
            given.amount_minor, paid
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'grant_is_not_paid_too_much';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER grant_is_not_paid_too_much AFTER INSERT OR UPDATE ON donations_grantpayment
    FOR EACH ROW EXECUTE FUNCTION donations_grant_not_more();
ALTER TABLE donations_grantpayment ENABLE ALWAYS TRIGGER grant_is_not_paid_too_much;
"""
NO_GRANT = """
DROP TRIGGER grant_is_not_paid_too_much ON donations_grantpayment;
DROP FUNCTION donations_grant_not_more();
DROP TRIGGER grant_moves_forward ON donations_grant;
DROP FUNCTION donations_keep_grant();
"""

# A closing that was signed says for ever what was signed; one that was withdrawn stays so.
CLOSING = """
CREATE FUNCTION donations_keep_closing() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'closing % stays', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status <> 'prepared' OR (NEW.kind, NEW.begins_on, NEW.ends_on, NEW.prepared_by_id)
            IS DISTINCT FROM (OLD.kind, OLD.begins_on, OLD.ends_on, OLD.prepared_by_id) THEN
        RAISE EXCEPTION 'closing % has ended or is of another period', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closing_moves_forward BEFORE UPDATE OR DELETE ON donations_closing
    FOR EACH ROW EXECUTE FUNCTION donations_keep_closing();
ALTER TABLE donations_closing ENABLE ALWAYS TRIGGER closing_moves_forward;
"""
NO_CLOSING = """
DROP TRIGGER closing_moves_forward ON donations_closing;
DROP FUNCTION donations_keep_closing();
"""

# A rate of exchange is withdrawn once, and nothing else of it ever changes.
RATE = """
CREATE FUNCTION donations_rate_is_only_withdrawn() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL
            AND to_jsonb(NEW) - 'withdrawn_at' = to_jsonb(OLD) - 'withdrawn_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rates of exchange are never changed or deleted: withdraw them'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER donations_exchangerate_keep_rows BEFORE UPDATE OR DELETE ON donations_exchangerate
    FOR EACH ROW EXECUTE FUNCTION donations_rate_is_only_withdrawn();
ALTER TABLE donations_exchangerate ENABLE ALWAYS TRIGGER donations_exchangerate_keep_rows;
CREATE TRIGGER donations_exchangerate_keep_table BEFORE TRUNCATE ON donations_exchangerate
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE donations_exchangerate ENABLE ALWAYS TRIGGER donations_exchangerate_keep_table;
"""
NO_RATE = """
DROP TRIGGER donations_exchangerate_keep_table ON donations_exchangerate;
DROP TRIGGER donations_exchangerate_keep_rows ON donations_exchangerate;
DROP FUNCTION donations_rate_is_only_withdrawn();
"""

SHOWN_OF_A_GIFT = (
    "campaign_id", "amount_minor", "currency", "public_name", "public_name_kind", "public_name_hidden",
    "is_amount_shown", "is_16_or_older", "language", "public_id", "method", "interval", "words", "words_status",
    "may_need_help_at", "in_kind", "status", "succeeded_at",
)


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0001_what_the_portal_knows_of_money'),
        ('pages', '0001_versions_of_what_is_shown'),
    ]

    operations = [
        append_only("donations_ledgertransaction"),
        append_only("donations_ledgerentry"),
        append_only("donations_closedperiod"),
        append_only("donations_monthlygiftchange"),
        append_only("donations_payoutline"),
        append_only("donations_promisechange"),
        append_only("donations_paymentpart"),
        migrations.RunSQL(RATE, NO_RATE),
        migrations.RunSQL(BALANCE, NO_BALANCE),
        migrations.RunSQL(FORWARD, NOT_FORWARD),
        migrations.RunSQL(REFUND, NO_REFUND),
        migrations.RunSQL(NOT_MORE, MORE),
        migrations.RunSQL(CLOSED, NOT_CLOSED),
        migrations.RunSQL(RECEIPT, NO_RECEIPT),
        migrations.RunSQL(SUMS, NO_SUMS),
        migrations.RunSQL(KEPT, NOT_KEPT),
        migrations.RunSQL(GRANT, NO_GRANT),
        migrations.RunSQL(CLOSING, NO_CLOSING),
        noted(
            "donations_contributor", "donations_dispute", "donations_exchangerate", "donations_grant",
            "donations_grantpayment", "donations_instalment", "donations_organisation", "donations_paymentpart",
            "donations_promisedgift", "donations_promisepayment", "donations_refund",
        ),
        noted("donations_bookstotal", "donations_daytotal", "donations_ledgertotal", topic=NUMBERS),
        # A gift that arrives is told by the wall's newest one, and by the next window.
        noted_where(
            "donations_donation",
            update=f"OLD.status = 'succeeded' AND {differ(SHOWN_OF_A_GIFT)}",
            delete="OLD.status = 'succeeded'",
        ),
    ]
