from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("post", "0002_shelved_messages_have_an_index"),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="status",
            field=models.CharField(choices=[("waiting", "waiting"), ("sent", "sent"), ("returned", "returned: the mailbox does not take it"), ("dropped", "dropped: nothing left to send"), ("shelved", "shelved")], default="waiting", max_length=10, verbose_name="status"),
        ),
    ]
