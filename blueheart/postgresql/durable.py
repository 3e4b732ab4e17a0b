"""Commits that are on the disk when they return, whatever the role, the database or the server is set to.

Operators may relax what a commit waits for (`ALTER ROLE … SET synchronous_commit = off`); money and what people hold in
their hands insist. docs/adr/0027-what-a-commit-means.md says who does, and what the others may lose.
"""

from django.db import connection

# A term for any statement of the transaction. Stricter settings, such as remote_apply, stay as they are.
INSIST = "CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END"


def insist() -> None:
    """Let the commit of the transaction under way wait for the disk; one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {INSIST}")
