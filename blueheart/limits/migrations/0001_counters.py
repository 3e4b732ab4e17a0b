from django.db import migrations, models

# A function, so that PostgreSQL plans its statement once per connection and not once per form.
# One statement for all that one request uses. Counters are taken in one order, so that two requests that share several
# never wait for each other in a circle. What is `in_slots` lies in rows of one scope: the other rows are as of the
# start of the statement, so a sum is too small by no more than the requests that are counted in that very moment.
SPEND = """
CREATE FUNCTION limits_spend(
    scopes text[], keys text[], ends bigint[], mosts bigint[], each_times boolean[], in_slots boolean[],
    once_scope text, once_key text, once_end bigint, remembers boolean
) RETURNS SETOF text LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH uses AS (
        SELECT * FROM unnest(scopes, keys, ends, mosts, each_times, in_slots)
            AS uses (scope, key, window_end, most, each_time, in_slots)
    ), repeat AS (
        SELECT EXISTS (
            SELECT FROM limits_counter WHERE scope = once_scope AND key = once_key AND ends_at = to_timestamp(once_end)
        ) AS is_one
    ), counted AS (
        INSERT INTO limits_counter (scope, key, ends_at, count)
        SELECT scope, key, to_timestamp(window_end), 1 FROM uses, repeat WHERE each_time OR NOT is_one
        ORDER BY scope, key
        ON CONFLICT (scope, key, ends_at) DO UPDATE SET count = limits_counter.count + 1
        RETURNING scope, key, ends_at, count
    ), over AS (
        SELECT uses.scope FROM uses JOIN counted USING (scope, key)
        WHERE most < count + CASE WHEN in_slots THEN (
            SELECT coalesce(sum(slot.count), 0) FROM limits_counter AS slot
            WHERE slot.scope = counted.scope AND slot.ends_at = counted.ends_at AND slot.key <> counted.key
        ) ELSE 0 END
    ), remembered AS (
        INSERT INTO limits_counter (scope, key, ends_at, count)
        SELECT once_scope, once_key, to_timestamp(once_end), 1 FROM repeat
        WHERE remembers AND NOT is_one AND NOT EXISTS (SELECT FROM over)
        ON CONFLICT DO NOTHING
    )
    SELECT scope FROM over;
END $$;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=40, verbose_name='scope')),
                ('key', models.CharField(max_length=32, verbose_name='key')),
                ('ends_at', models.DateTimeField(verbose_name='end of window')),
                ('count', models.PositiveIntegerField(verbose_name='count')),
            ],
            options={
                'verbose_name': 'counter',
                'verbose_name_plural': 'counters',
                'indexes': [models.Index(fields=['ends_at'], name='counter_ends_at')],
                'constraints': [models.UniqueConstraint(fields=('scope', 'key', 'ends_at'), name='one_counter_per_window')],
            },
        ),
        migrations.RunSQL("ALTER TABLE limits_counter SET UNLOGGED", "ALTER TABLE limits_counter SET LOGGED"),
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=40, verbose_name='scope')),
                ('key', models.CharField(max_length=32, verbose_name='key')),
                ('until', models.DateTimeField(verbose_name='until')),
            ],
            options={
                'verbose_name': 'pause',
                'verbose_name_plural': 'pauses',
                'constraints': [models.UniqueConstraint(fields=('scope', 'key'), name='one_pause_per_source')],
            },
        ),
        migrations.RunSQL("ALTER TABLE limits_pause SET UNLOGGED", "ALTER TABLE limits_pause SET LOGGED"),
        migrations.RunSQL(
            SPEND,
            "DROP FUNCTION limits_spend("
            "text[], text[], bigint[], bigint[], boolean[], boolean[], text, text, bigint, boolean)",
        ),
    ]
