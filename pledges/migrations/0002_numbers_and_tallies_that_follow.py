from django.db import migrations

from blueheart.append_only import append_only
from blueheart.pages.noting import NUMBERS, differ, noted, noted_where

# Whatever changes a pledge, and however many at once, its tallies follow in the same transaction: one row of change
# per statement and tally, which the next window adds up. It says on which day its pledges were confirmed, so that the
# days follow, too, and when the last of them was: a suspected pledge that is released later is no new heart. A form that
# is taken is an INSERT … ON CONFLICT of a pending pledge, for which both triggers are called: they end at the first look.
FOLLOW_PLEDGES = """
CREATE FUNCTION pledges_follow_pledges() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM after WHERE is_counted) THEN
            RETURN NULL;
        END IF;
        INSERT INTO pledges_pledgedelta (campaign_id, country, kind, group_id, day, confirmed, fulfilled, on_paper, at)
            SELECT campaign_id, country, kind, group_id, (confirmed_at AT TIME ZONE 'UTC')::date,
                   count(*), count(fulfilled_at), 0, max(confirmed_at)
            FROM after WHERE is_counted GROUP BY 1, 2, 3, 4, 5;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO pledges_pledgedelta (campaign_id, country, kind, group_id, day, confirmed, fulfilled, on_paper, at)
            SELECT campaign_id, country, kind, group_id, (confirmed_at AT TIME ZONE 'UTC')::date,
                   -count(*), -count(fulfilled_at), 0, max(confirmed_at)
            FROM before WHERE is_counted GROUP BY 1, 2, 3, 4, 5;
    ELSE
        IF NOT EXISTS (SELECT FROM after) THEN
            RETURN NULL;
        END IF;
        INSERT INTO pledges_pledgedelta (campaign_id, country, kind, group_id, day, confirmed, fulfilled, on_paper, at)
            SELECT campaign_id, country, kind, group_id, day, sum(hearts), sum(kept), 0, max(confirmed_at) FROM (
                SELECT campaign_id, country, kind, group_id, (confirmed_at AT TIME ZONE 'UTC')::date AS day,
                       confirmed_at, 1 AS hearts, (fulfilled_at IS NOT NULL)::int AS kept
                FROM after WHERE is_counted
                UNION ALL
                SELECT campaign_id, country, kind, group_id, (confirmed_at AT TIME ZONE 'UTC')::date,
                       confirmed_at, -1, -(fulfilled_at IS NOT NULL)::int
                FROM before WHERE is_counted
            ) AS changes GROUP BY 1, 2, 3, 4, 5 HAVING sum(hearts) <> 0 OR sum(kept) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER pledges_follow_insert AFTER INSERT ON pledges_pledge
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION pledges_follow_pledges();
CREATE TRIGGER pledges_follow_update AFTER UPDATE ON pledges_pledge
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION pledges_follow_pledges();
CREATE TRIGGER pledges_follow_delete AFTER DELETE ON pledges_pledge
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION pledges_follow_pledges();
"""
FOLLOW_NO_PLEDGES = """
DROP TRIGGER pledges_follow_delete ON pledges_pledge;
DROP TRIGGER pledges_follow_update ON pledges_pledge;
DROP TRIGGER pledges_follow_insert ON pledges_pledge;
DROP FUNCTION pledges_follow_pledges();
"""

FOLLOW_SHEETS = """
CREATE FUNCTION pledges_follow_sheets() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_group bigint;
    change bigint := 0;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        of_group := OLD.group_id;
        IF OLD.taken_back_at IS NULL THEN change := change - OLD.hearts; END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF TG_OP = 'UPDATE' AND NEW.group_id <> OLD.group_id THEN
            RAISE EXCEPTION 'sheet % stays with its group', NEW.id USING ERRCODE = 'restrict_violation';
        END IF;
        of_group := NEW.group_id;
        IF NEW.taken_back_at IS NULL THEN change := change + NEW.hearts; END IF;
    END IF;
    IF change <> 0 THEN
        INSERT INTO pledges_pledgedelta (campaign_id, country, kind, group_id, confirmed, fulfilled, on_paper)
            SELECT campaign_id, country, 'person', id, 0, 0, change FROM pledges_group WHERE id = of_group;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER pledges_follow_sheets AFTER INSERT OR UPDATE OR DELETE ON pledges_papersheet
    FOR EACH ROW EXECUTE FUNCTION pledges_follow_sheets();
"""
FOLLOW_NO_SHEETS = """
DROP TRIGGER pledges_follow_sheets ON pledges_papersheet;
DROP FUNCTION pledges_follow_sheets();
"""

GROUPS = """
CREATE FUNCTION pledges_keep_group() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.code, NEW.campaign_id, NEW.country, NEW.is_of_pupils)
            IS DISTINCT FROM (OLD.code, OLD.campaign_id, OLD.country, OLD.is_of_pupils) THEN
        RAISE EXCEPTION 'what group % counts for never changes', OLD.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pledges_keep_group BEFORE UPDATE ON pledges_group
    FOR EACH ROW EXECUTE FUNCTION pledges_keep_group();

CREATE FUNCTION pledges_keep_pupils_unnamed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM pledges_group WHERE id = NEW.group_id AND is_of_pupils) THEN
        RAISE EXCEPTION 'a group of pupils holds no pledge, only hearts on paper' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pledges_keep_pupils_unnamed BEFORE INSERT OR UPDATE OF group_id ON pledges_pledge
    FOR EACH ROW WHEN (NEW.group_id IS NOT NULL) EXECUTE FUNCTION pledges_keep_pupils_unnamed();
"""
NO_GROUPS = """
DROP TRIGGER pledges_keep_pupils_unnamed ON pledges_pledge;
DROP FUNCTION pledges_keep_pupils_unnamed();
DROP TRIGGER pledges_keep_group ON pledges_group;
DROP FUNCTION pledges_keep_group();
"""

# What pages read of millions of hearts fits into a block or two: sums of the tallies that change with them. Only the
# process that closes a window writes tallies, so that no row here is a hot one. Always: bulk loads, too.
FOLLOW_TALLIES = """
CREATE FUNCTION pledges_follow_tallies() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tally pledges_pledgetally;
    confirmed bigint := 0;
    fulfilled bigint := 0;
    on_paper bigint := 0;
BEGIN
    IF TG_OP = 'DELETE' THEN tally := OLD; ELSE tally := NEW; END IF;
    IF TG_OP = 'UPDATE' AND (NEW.campaign_id, NEW.country, NEW.kind) <> (OLD.campaign_id, OLD.country, OLD.kind) THEN
        RAISE EXCEPTION 'what tally % counts never changes', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP <> 'INSERT' THEN
        confirmed := -OLD.confirmed; fulfilled := -OLD.fulfilled; on_paper := -OLD.on_paper;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        confirmed := confirmed + NEW.confirmed;
        fulfilled := fulfilled + NEW.fulfilled;
        on_paper := on_paper + NEW.on_paper;
    END IF;
    INSERT INTO pledges_campaigntally AS sums (campaign_id, kind, confirmed, fulfilled, on_paper, last_at)
        VALUES (tally.campaign_id, tally.kind, confirmed, fulfilled, on_paper, tally.last_at)
        ON CONFLICT (campaign_id, kind) DO UPDATE SET
            confirmed = sums.confirmed + excluded.confirmed, fulfilled = sums.fulfilled + excluded.fulfilled,
            on_paper = sums.on_paper + excluded.on_paper, last_at = greatest(sums.last_at, excluded.last_at);
    IF confirmed <> 0 THEN
        INSERT INTO pledges_countrytally AS sums (country, confirmed) VALUES (tally.country, confirmed)
            ON CONFLICT (country) DO UPDATE SET confirmed = sums.confirmed + excluded.confirmed;
        INSERT INTO pledges_campaigncountrytally AS sums (campaign_id, country, confirmed)
            VALUES (tally.campaign_id, tally.country, confirmed)
            ON CONFLICT (campaign_id, country) DO UPDATE SET confirmed = sums.confirmed + excluded.confirmed;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER pledges_follow_tallies AFTER INSERT OR UPDATE OR DELETE ON pledges_pledgetally
    FOR EACH ROW EXECUTE FUNCTION pledges_follow_tallies();
ALTER TABLE pledges_pledgetally ENABLE ALWAYS TRIGGER pledges_follow_tallies;
"""
FOLLOW_NO_TALLIES = """
DROP TRIGGER pledges_follow_tallies ON pledges_pledgetally;
DROP FUNCTION pledges_follow_tallies();
"""

SHOWN_OF_A_PLEDGE = (
    "public_id", "campaign_id", "kind", "group_id", "public_name", "country", "words", "words_status", "language",
    "status", "standing", "verification", "is_counted", "number", "confirmed_at", "erased_at", "hidden_at",
    "featured_at",
)


class Migration(migrations.Migration):

    dependencies = [
        ('pages', '0001_versions_of_what_is_shown'),
        ('pledges', '0001_who_wears_the_heart'),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE pledges_heart_number", "DROP SEQUENCE pledges_heart_number"),
        append_only("pledges_preceptwording"),
        migrations.RunSQL(FOLLOW_PLEDGES, FOLLOW_NO_PLEDGES),
        migrations.RunSQL(FOLLOW_TALLIES, FOLLOW_NO_TALLIES),
        migrations.RunSQL(FOLLOW_SHEETS, FOLLOW_NO_SHEETS),
        migrations.RunSQL(GROUPS, NO_GROUPS),
        noted(
            "pledges_campaignterms", "pledges_group", "pledges_precept", "pledges_preceptoffer",
            "pledges_preceptwording",
        ),
        noted(
            "pledges_answertally", "pledges_campaigncountrytally", "pledges_campaigntally", "pledges_countrytally",
            "pledges_grouptally", "pledges_milestone", "pledges_pledgeday", "pledges_pledgetally",
            "pledges_precepttally",
            topic=NUMBERS,
        ),
        # A pending pledge is shown nowhere. When it is confirmed, the wall's newest number tells, and the next window.
        noted_where(
            "pledges_pledge",
            update=f"OLD.status <> 'pending' AND {differ(SHOWN_OF_A_PLEDGE)}",
            delete="OLD.status <> 'pending'",
        ),
        noted("pledges_pledge_precepts", "pledges_pledgingbody", events=["update", "delete"]),
        # Words and photos are shown when a person has approved them. That a pledge was kept is counted in windows.
        noted_where(
            "pledges_fulfilment",
            insert="NEW.words_status = 'approved'",
            update="'approved' IN (OLD.words_status, NEW.words_status)",
            delete="OLD.words_status = 'approved'",
        ),
        noted_where(
            "pledges_heartphoto",
            insert="NEW.status = 'approved'",
            update="'approved' IN (OLD.status, NEW.status)",
            delete="OLD.status = 'approved'",
        ),
    ]
