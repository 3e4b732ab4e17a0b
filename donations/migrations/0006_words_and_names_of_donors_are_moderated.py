from django.db import migrations, models
from django.db.models import Q

NOT_SHOWN = [
    ('name', 'the name breaks the name rule'),
    ('not-them', 'somebody else’s name or story'),
    ('abuse', 'insult or threat'),
    ('advertising', 'advertising'),
    ('child', 'about a child'),
    ('may-need-help', 'may need help: never published'),
    ('other', 'something else'),
]


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0005_monthly_gift_changes_come_from_forms'),
    ]

    operations = [
        migrations.AddField(
            model_name='donation',
            name='help_answered_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='answered with the helpline'),
        ),
        migrations.AddField(
            model_name='donation',
            name='may_need_help_at',
            field=models.DateTimeField(
                blank=True,
                help_text='Nothing of such a gift is published any more.',
                null=True,
                verbose_name='may need help',
            ),
        ),
        migrations.AddField(
            model_name='donation',
            name='name_hidden_for',
            field=models.CharField(
                blank=True, choices=NOT_SHOWN, max_length=20, verbose_name='why the name is hidden'
            ),
        ),
        migrations.AddField(
            model_name='donation',
            name='words_declined_for',
            field=models.CharField(
                blank=True, choices=NOT_SHOWN, max_length=20, verbose_name='why the words were declined'
            ),
        ),
        migrations.AddIndex(
            model_name='donation',
            index=models.Index(
                condition=Q(help_answered_at=None, may_need_help_at__isnull=False),
                fields=['-id'],
                name='donation_may_need_help',
            ),
        ),
        migrations.AddConstraint(
            model_name='donation',
            constraint=models.CheckConstraint(
                condition=Q(('words', ''), ('is_16_or_older', True), _connector='OR'),
                name='words_of_a_donor_need_16_years',
            ),
        ),
        migrations.AddConstraint(
            model_name='donation',
            constraint=models.CheckConstraint(
                condition=Q(words_status='declined') & ~Q(words_declined_for='')
                | ~Q(words_status='declined') & Q(words_declined_for=''),
                name='declined_words_say_why',
            ),
        ),
        migrations.AddConstraint(
            model_name='donation',
            constraint=models.CheckConstraint(
                condition=Q(('name_hidden_for', ''), ('public_name_hidden', True), _connector='OR'),
                name='only_a_hidden_name_says_why',
            ),
        ),
        migrations.AddConstraint(
            model_name='donation',
            constraint=models.CheckConstraint(
                condition=Q(may_need_help_at=None, help_answered_at=None)
                | Q(may_need_help_at__isnull=False, public_name_hidden=True) & ~Q(words_status='published'),
                name='who_may_need_help_is_never_published',
            ),
        ),
        migrations.AlterModelOptions(
            name='donation',
            options={
                'ordering': ['-pk'],
                'permissions': [
                    ('moderate_donation', 'Can moderate words and public names of donors'),
                    ('answer_for_help', 'Can answer donors who may need help'),
                ],
                'verbose_name': 'donation',
                'verbose_name_plural': 'donations',
            },
        ),
        migrations.CreateModel(
            name='PublicGift',
            fields=[],
            options={
                'verbose_name': 'words and name of a donor',
                'verbose_name_plural': 'words and names of donors',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('donations.donation',),
        ),
    ]
