import django.db.models.deletion
from django.db import migrations, models

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
SUM_UP = """
INSERT INTO pledges_campaigntally (campaign_id, kind, confirmed, fulfilled, on_paper, last_at)
    SELECT campaign_id, kind, sum(confirmed), sum(fulfilled), sum(on_paper), max(last_at)
    FROM pledges_pledgetally GROUP BY campaign_id, kind;
INSERT INTO pledges_countrytally (country, confirmed)
    SELECT country, sum(confirmed) FROM pledges_pledgetally GROUP BY country HAVING sum(confirmed) <> 0;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0001_what_the_campaign_says'),
        ('pledges', '0011_abuse_suspects_in_order'),
    ]

    operations = [
        migrations.CreateModel(
            name='CountryTally',
            fields=[
                ('country', models.CharField(max_length=2, primary_key=True, serialize=False, verbose_name='country')),
                ('confirmed', models.BigIntegerField(default=0, verbose_name='confirmed')),
            ],
            options={
                'verbose_name': 'sum of a country',
                'verbose_name_plural': 'sums of countries',
            },
        ),
        migrations.CreateModel(
            name='CampaignTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('person', 'person'), ('organisation', 'organisation'), ('authority', 'authority')], max_length=12, verbose_name='kind')),
                ('confirmed', models.BigIntegerField(default=0, verbose_name='confirmed')),
                ('fulfilled', models.BigIntegerField(default=0, verbose_name='kept')),
                ('on_paper', models.BigIntegerField(default=0, verbose_name='on paper')),
                ('last_at', models.DateTimeField(blank=True, null=True, verbose_name='last heart')),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'sum of a campaign',
                'verbose_name_plural': 'sums of campaigns',
                'constraints': [models.UniqueConstraint(fields=('campaign', 'kind'), name='one_sum_per_campaign_and_kind')],
            },
        ),
        migrations.RunSQL(FOLLOW_TALLIES, FOLLOW_NO_TALLIES),
        migrations.RunSQL(SUM_UP, migrations.RunSQL.noop),
    ]
