"""Mail addresses of 0.1.0 whose domain is in its own alphabet get it as mail servers write it, as new ones have it."""

import idna
from django.db import IntegrityError, migrations, transaction

OWN_ALPHABET = r"[^ -~]"
ADDRESSES = [("Pledge", "email"), ("Pledge", "canonical_email"), ("Group", "keeper_email")]


def as_servers_write(email):
    local, at, domain = email.rpartition("@")
    try:
        return f"{local}{at}{idna.encode(idna.decode(domain, uts46=True), uts46=True).decode('ascii')}"
    except idna.IDNAError:  # mail never reached it
        return email


def respell(apps, schema_editor):
    """Two rows that would become one keep their old spellings: staff see both, and nothing is lost."""
    for model, name in ADDRESSES:
        rows = apps.get_model("pledges", model)._default_manager.using(schema_editor.connection.alias)
        for pk, email in list(rows.filter(**{f"{name}__regex": OWN_ALPHABET}).values_list("pk", name)):
            try:
                with transaction.atomic(using=schema_editor.connection.alias):
                    rows.filter(pk=pk, **{name: email}).update(**{name: as_servers_write(email)})
            except IntegrityError:
                continue


class Migration(migrations.Migration):

    dependencies = [("pledges", "0003_forms_are_taken_by_functions")]

    # Backwards nothing is done: the addresses are the same mailboxes in either spelling.
    operations = [migrations.RunPython(respell, migrations.RunPython.noop)]
