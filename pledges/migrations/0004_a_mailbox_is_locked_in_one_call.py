from django.db import migrations

# Functions, so that PostgreSQL plans their statements once per connection and not once per form: the many partial
# indexes of pledges make that longer than what is planned. The lock comes first: what is read after it is as others
# left it when they committed.
LOCK_MAILBOX = """
CREATE FUNCTION pledges_lock_mailbox(of_campaign bigint, mailbox text) RETURNS SETOF pledges_pledge LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(format('pledge %s %s', of_campaign, mailbox), 0));
    RETURN QUERY SELECT * FROM pledges_pledge
        WHERE canonical_email = mailbox AND campaign_id = of_campaign ORDER BY id FOR UPDATE;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pledges', '0003_pages_changes_are_noted'),
    ]

    operations = [
        migrations.RunSQL(LOCK_MAILBOX, "DROP FUNCTION pledges_lock_mailbox(bigint, text)"),
    ]
