from django.db import migrations

# A function, so that PostgreSQL plans its statement once per connection, and so that an act which locks something first
# can count in the same round trip. NULL is no: the pause is not over.
SPEND_PACED = """
CREATE FUNCTION limits_spend_paced(
    of_scope text, of_key text, now_at double precision, paused_until double precision, ends double precision,
    most bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    uses bigint;
BEGIN
    INSERT INTO limits_pause AS pause (scope, key, until) VALUES (of_scope, of_key, to_timestamp(paused_until))
    ON CONFLICT (scope, key) DO UPDATE SET until = excluded.until WHERE pause.until <= to_timestamp(now_at);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO limits_counter AS counter (scope, key, ends_at, count) VALUES (of_scope, of_key, to_timestamp(ends), 1)
    ON CONFLICT (scope, key, ends_at) DO UPDATE SET count = counter.count + 1
    RETURNING count INTO uses;
    RETURN uses <= most;
END $$;
"""
SPEND_UNPACED = """
DROP FUNCTION limits_spend_paced(text, text, double precision, double precision, double precision, bigint)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('limits', '0001_counters'),
    ]

    operations = [
        migrations.RunSQL(SPEND_PACED, SPEND_UNPACED),
    ]
