from django.db import migrations, models

# A refund that Stripe never took may be called off; the rest of the graph is as it was.
REFUND = """
CREATE OR REPLACE FUNCTION donations_keep_refund() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'refund % stays', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.public_id, NEW.donation_id, NEW.amount_minor, NEW.currency)
            IS DISTINCT FROM (OLD.public_id, OLD.donation_id, OLD.amount_minor, OLD.currency) THEN
        RAISE EXCEPTION 'what refund % is about never changes', OLD.public_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT (OLD.status, NEW.status) IN (
        ('waiting', 'approved'), ('waiting', 'declined'){called_off},
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
"""

# Of a payment that was set aside, what it really brought counts, which the books hold in suspense.
NOT_MORE = """
CREATE OR REPLACE FUNCTION donations_refund_not_more() RETURNS trigger LANGUAGE plpgsql
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
"""
NOT_MORE_BEFORE = """
CREATE OR REPLACE FUNCTION donations_refund_not_more() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    charged bigint;
    charged_in text;
    refunded bigint;
BEGIN
    SELECT amount_minor, currency INTO charged, charged_in
        FROM donations_donation WHERE id = NEW.donation_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount_minor), 0) INTO refunded FROM donations_refund
        WHERE donation_id = NEW.donation_id AND status IN ('pending', 'requires_action', 'succeeded');
    IF NEW.currency <> charged_in OR refunded > charged THEN
        RAISE EXCEPTION 'refunds of % % are more than the % % of donation %', refunded, NEW.currency, charged,
            charged_in, NEW.donation_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refunds_are_not_more_than_the_charge';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0003_first_settings_of_money'),
    ]

    operations = [
        migrations.AddField(
            model_name='refund',
            name='refusals',
            field=models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='refusals by Stripe'),
        ),
        migrations.RemoveConstraint(model_name='refund', name='refund_at_stripe_has_its_id'),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ('status__in', ['waiting', 'declined', 'approved', 'canceled']),
                    ('stripe_refund_id__isnull', False),
                    _connector='OR',
                ),
                name='refund_at_stripe_has_its_id',
            ),
        ),
        migrations.RunSQL(
            REFUND.replace("{called_off}", ", ('waiting', 'canceled')"), REFUND.replace("{called_off}", "")
        ),
        migrations.RunSQL(NOT_MORE, NOT_MORE_BEFORE),
    ]
