import django.db.models.deletion
from django.db import migrations, models

# Each change says on which day its pledges were confirmed, so that the days follow as the other tallies do, and when
# the last of them was: a suspected pledge that is released later is no new heart.
FOLLOW_PLEDGES = """
CREATE OR REPLACE FUNCTION pledges_follow_pledges() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
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
"""
FOLLOW_WITHOUT_DAYS = """
CREATE OR REPLACE FUNCTION pledges_follow_pledges() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO pledges_pledgedelta (campaign_id, country, kind, group_id, confirmed, fulfilled, on_paper)
            SELECT campaign_id, country, kind, group_id, count(*), count(fulfilled_at), 0
            FROM after WHERE is_counted GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO pledges_pledgedelta (campaign_id, country, kind, group_id, confirmed, fulfilled, on_paper)
            SELECT campaign_id, country, kind, group_id, -count(*), -count(fulfilled_at), 0
            FROM before WHERE is_counted GROUP BY 1, 2, 3, 4;
    ELSE
        INSERT INTO pledges_pledgedelta (campaign_id, country, kind, group_id, confirmed, fulfilled, on_paper)
            SELECT campaign_id, country, kind, group_id, sum(hearts), sum(kept), 0 FROM (
                SELECT campaign_id, country, kind, group_id, 1 AS hearts, (fulfilled_at IS NOT NULL)::int AS kept
                FROM after WHERE is_counted
                UNION ALL
                SELECT campaign_id, country, kind, group_id, -1, -(fulfilled_at IS NOT NULL)::int
                FROM before WHERE is_counted
            ) AS changes GROUP BY 1, 2, 3, 4 HAVING sum(hearts) <> 0 OR sum(kept) <> 0;
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0001_what_the_campaign_says'),
        ('pledges', '0002_numbers_and_tallies_that_follow'),
    ]

    operations = [
        migrations.AddField(
            model_name='pledgedelta',
            name='day',
            field=models.DateField(blank=True, null=True, verbose_name='confirmed on'),
        ),
        migrations.CreateModel(
            name='PledgeDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('confirmed', models.BigIntegerField(default=0, verbose_name='confirmed')),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'tally of a day',
                'verbose_name_plural': 'tallies of days',
                'constraints': [models.UniqueConstraint(fields=('day', 'campaign'), name='one_tally_per_day_and_campaign')],
            },
        ),
        migrations.RunSQL(FOLLOW_PLEDGES, FOLLOW_WITHOUT_DAYS),
    ]
