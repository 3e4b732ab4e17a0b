"""Closing a month holds postings, and the application's role may not change rows of the ledger, which PostgreSQL asks
of whoever locks it. The function locks with its owner's right, and does nothing else."""

from django.db import migrations

HOLD = """
CREATE FUNCTION donations_hold_postings() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    LOCK TABLE public.donations_ledgertransaction IN SHARE ROW EXCLUSIVE MODE;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0004_domains_as_mail_servers_write_them'),
    ]

    operations = [
        migrations.RunSQL(HOLD, "DROP FUNCTION donations_hold_postings()"),
    ]
