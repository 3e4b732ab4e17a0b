from django.db import migrations

from blueheart.append_only import append_only

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
    IF (NEW.public_id, NEW.amount_minor, NEW.currency, NEW.interval)
            IS DISTINCT FROM (OLD.public_id, OLD.amount_minor, OLD.currency, OLD.interval) THEN
        RAISE EXCEPTION 'what donation % is about never changes', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT (OLD.status, NEW.status) IN (
        ('not-started', 'pending'), ('not-started', 'processing'), ('not-started', 'succeeded'),
        ('not-started', 'failed'), ('not-started', 'expired'), ('not-started', 'quarantined'),
        ('pending', 'processing'), ('pending', 'succeeded'), ('pending', 'failed'), ('pending', 'expired'),
        ('pending', 'quarantined'),
        ('processing', 'succeeded'), ('processing', 'failed'), ('processing', 'quarantined'),
        ('failed', 'quarantined'), ('expired', 'quarantined')
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


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0001_donations_and_ledger'),
    ]

    operations = [
        append_only("donations_ledgertransaction"),
        append_only("donations_ledgerentry"),
        migrations.RunSQL(BALANCE, NO_BALANCE),
        migrations.RunSQL(FORWARD, NOT_FORWARD),
    ]
