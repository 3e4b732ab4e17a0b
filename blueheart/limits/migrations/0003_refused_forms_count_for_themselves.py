from importlib import import_module

from django.db import migrations

BEFORE = import_module("blueheart.limits.migrations.0001_counters").SPEND.replace("CREATE ", "CREATE OR REPLACE ", 1)

# As before, but what counts each time comes first, and where it is over its limit nothing is counted in slots, which
# are everybody's: one source, refused again and again, would use up what the whole site may. Still one order of locks.
# count(*) and not EXISTS, which may end at the first row and leave the others for later.
SPEND = """
CREATE OR REPLACE FUNCTION limits_spend(
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
    ), forms AS (
        INSERT INTO limits_counter (scope, key, ends_at, count)
        SELECT scope, key, to_timestamp(window_end), 1 FROM uses WHERE each_time
        ORDER BY scope, key
        ON CONFLICT (scope, key, ends_at) DO UPDATE SET count = limits_counter.count + 1
        RETURNING scope, key, ends_at, count
    ), refused AS (
        SELECT count(*) > 0 AS is_so FROM uses JOIN forms USING (scope, key) WHERE most < count
    ), others AS (
        INSERT INTO limits_counter (scope, key, ends_at, count)
        SELECT scope, key, to_timestamp(window_end), 1 FROM uses, repeat, refused
        WHERE NOT each_time AND NOT is_one AND NOT (in_slots AND is_so)
        ORDER BY scope, key
        ON CONFLICT (scope, key, ends_at) DO UPDATE SET count = limits_counter.count + 1
        RETURNING scope, key, ends_at, count
    ), counted AS (
        SELECT * FROM forms UNION ALL SELECT * FROM others
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
    dependencies = [("limits", "0002_pauses_are_kept_by_a_function")]

    operations = [migrations.RunSQL(SPEND, BEFORE)]
