from django.db import migrations, models
from django.db.models import Q

from blueheart.append_only import REFUSE

# A rate is withdrawn once, and nothing else of it ever changes.
WITHDRAWN = (
    REFUSE
    + """
CREATE FUNCTION donations_rate_is_only_withdrawn() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL
            AND to_jsonb(NEW) - 'withdrawn_at' = to_jsonb(OLD) - 'withdrawn_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rates of exchange are never changed or deleted: withdraw them'
        USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER donations_exchangerate_keep_rows ON donations_exchangerate;
CREATE TRIGGER donations_exchangerate_keep_rows BEFORE UPDATE OR DELETE ON donations_exchangerate
    FOR EACH ROW EXECUTE FUNCTION donations_rate_is_only_withdrawn();
ALTER TABLE donations_exchangerate ENABLE ALWAYS TRIGGER donations_exchangerate_keep_rows;
"""
)
KEPT = """
DROP TRIGGER donations_exchangerate_keep_rows ON donations_exchangerate;
CREATE TRIGGER donations_exchangerate_keep_rows BEFORE UPDATE OR DELETE ON donations_exchangerate
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE donations_exchangerate ENABLE ALWAYS TRIGGER donations_exchangerate_keep_rows;
DROP FUNCTION donations_rate_is_only_withdrawn();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("donations", "0008_consents_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="exchangerate",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="withdrawn"),
        ),
        migrations.RemoveConstraint(model_name="exchangerate", name="one_rate_per_currency_and_day"),
        migrations.AddConstraint(
            model_name="exchangerate",
            constraint=models.UniqueConstraint(
                condition=Q(withdrawn_at=None), fields=("currency", "valid_from"), name="one_rate_per_currency_and_day"
            ),
        ),
        migrations.RunSQL(WITHDRAWN, KEPT),
    ]
