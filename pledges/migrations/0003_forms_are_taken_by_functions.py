from django.db import migrations

# Functions, so that PostgreSQL plans their statements once per connection and not once per form: the many partial
# indexes of pledges make that longer than what is planned. Who has pledged and who has not run the same ones.

# First come the pledges of the mailbox, as JSON: nobody pays for their many columns where there are none. Then one row
# with the id of a new one and whether a mail may go there now. The lock comes before all: what is read after it is as
# others left it when they committed.
OPEN_MAILBOX = """
CREATE FUNCTION pledges_open_mailbox(
    of_campaign bigint, mailbox text,
    pace_scope text, pace_key text, now_at double precision, paused_until double precision, ends double precision,
    most bigint
) RETURNS TABLE (
    new_id bigint, may_mail boolean, precepts bigint[],
    tries smallint, expires_at timestamptz, digest text,
    pledge text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(format('pledge %s %s', of_campaign, mailbox), 0));
    RETURN QUERY
    SELECT NULL::bigint, NULL::boolean,
           ARRAY(SELECT preceptwording_id FROM pledges_pledge_precepts WHERE pledge_id = known.id),
           newest.tries, newest.expires_at, newest.digest::text, row_to_json(known)::text
    FROM pledges_pledge AS known LEFT JOIN LATERAL (
        SELECT code.tries, code.expires_at, code.digest FROM pledges_confirmationcode AS code
        WHERE code.pledge_id = known.id AND code.expires_at IS NOT NULL
        ORDER BY code.expires_at DESC, code.id DESC LIMIT 1
    ) AS newest ON true
    WHERE known.canonical_email = mailbox AND known.campaign_id = of_campaign ORDER BY known.id FOR UPDATE OF known;
    new_id := nextval('pledges_pledge_id_seq');
    may_mail := coalesce(limits_spend_paced(pace_scope, pace_key, now_at, paused_until, ends, most), false);
    RETURN NEXT;
END $$;
"""
CLOSE_MAILBOX = """
DROP FUNCTION pledges_open_mailbox(
    bigint, text, text, text, double precision, double precision, double precision, bigint
)
"""

# What a form says of its pledge; all else of a new one begins empty. Keys never change, the rest is replaced.
KEYS = {
    "id": "bigint", "public_id": "text", "campaign_id": "bigint", "canonical_email": "text", "created_at": "timestamptz",
}  # fmt: skip
SAID = {
    "kind": "text", "group_id": "bigint", "email": "text", "public_name": "text", "name_key": "text",
    "is_16_or_older": "boolean", "consent_version": "integer", "country": "text", "way": "text", "words": "text",
    "words_status": "text", "language": "text", "standing": "text", "verification": "text", "source_ip": "inet",
    "asked_at": "timestamptz", "suspected_at": "timestamptz", "suspected_for": "text",
}  # fmt: skip
COLUMNS = KEYS | SAID
REST = "target bigint, precepts bigint[], is_person boolean"
WRITE_DOWN = f"""
CREATE FUNCTION pledges_write_down(
    {", ".join(f"its_{name} {kind}" for name, kind in COLUMNS.items())},
    {REST}
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pledges_pledge ({", ".join(COLUMNS)}, status, reminders, hidden_reason)
    VALUES ({", ".join(f"its_{name}" for name in COLUMNS)}, 'pending', 0, '')
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in SAID)};
    DELETE FROM pledges_pledge_precepts WHERE pledge_id = target AND preceptwording_id <> ALL (precepts);
    INSERT INTO pledges_pledge_precepts (pledge_id, preceptwording_id) SELECT its_id, unnest(precepts)
    ON CONFLICT DO NOTHING;
    DELETE FROM pledges_pledgingbody WHERE pledge_id = target AND is_person;
END $$;
"""  # noqa: S608  names of our own columns
WRITE_NOTHING = f"DROP FUNCTION pledges_write_down({', '.join(COLUMNS.values())}, bigint, bigint[], boolean)"

# Older forms join a new round: the next mail's digits are good for them too.
BIND_CODE = """
CREATE FUNCTION pledges_bind_code(
    of_form text, of_pledge bigint, of_mailbox bigint[], promised text, known_digest text, used_tries integer,
    begins_at timestamptz, ends_at timestamptz, is_new_round boolean
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pledges_confirmationcode SET digest = '', tries = 0, expires_at = ends_at
    WHERE pledge_id = ANY (of_mailbox) AND is_new_round;
    INSERT INTO pledges_confirmationcode (form_digest, pledge_id, seal, digest, tries, made_at, expires_at)
    VALUES (of_form, of_pledge, promised, known_digest, used_tries, begins_at, ends_at)
    ON CONFLICT DO NOTHING;
END $$;
"""
BIND_NO_CODE = """
DROP FUNCTION pledges_bind_code(text, bigint, bigint[], text, text, integer, timestamptz, timestamptz, boolean)
"""

# What staff say of a network and of a mail domain, as it was typed or as its mailbox is known. Domain rules are of
# letters, digits, dots, hyphens and the two signs * and ?: as LIKE patterns they need no escaping. The narrowest rule
# of each kind decides; of two as narrow, the one that allows.
RULING = """
CREATE FUNCTION pledges_ruling(address inet, typed text, mailbox text, now_at timestamptz)
RETURNS TABLE (of_network text, of_domain text) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT coalesce((array_agg(act ORDER BY width DESC, act) FILTER (WHERE network <> ''))[1], '')::text,
           coalesce((array_agg(act ORDER BY width DESC, act) FILTER (WHERE network = ''))[1], '')::text
    FROM (
        SELECT rule.act, rule.network,
               CASE WHEN rule.network <> '' THEN masklen(rule.network::inet) ELSE length(rule.domain) END AS width
        FROM pledges_sourcerule AS rule
        WHERE (rule.until IS NULL OR rule.until > now_at) AND CASE
            WHEN rule.network <> '' THEN rule.network::inet >>= address
            ELSE typed LIKE translate(rule.domain, '*?', '%_') OR mailbox LIKE translate(rule.domain, '*?', '%_')
        END
    ) AS rules;
END $$;
"""
NO_RULING = "DROP FUNCTION pledges_ruling(inet, text, text, timestamptz)"


class Migration(migrations.Migration):

    dependencies = [
        ('pledges', '0002_numbers_and_tallies_that_follow'),
        ('limits', '0002_pauses_are_kept_by_a_function'),
    ]

    operations = [
        migrations.RunSQL(OPEN_MAILBOX, CLOSE_MAILBOX),
        migrations.RunSQL(WRITE_DOWN, WRITE_NOTHING),
        migrations.RunSQL(BIND_CODE, BIND_NO_CODE),
        migrations.RunSQL(RULING, NO_RULING),
    ]
