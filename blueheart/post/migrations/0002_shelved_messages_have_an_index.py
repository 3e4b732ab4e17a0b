
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("post", "0001_messages"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(condition=models.Q(("status", "shelved")), fields=["-id"], name="message_shelved"),
        ),
    ]
