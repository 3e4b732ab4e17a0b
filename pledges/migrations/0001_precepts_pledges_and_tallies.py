import django.db.models.deletion
import django.utils.timezone
import pledges.models.pledges
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('campaigns', '0001_what_the_campaign_says'),
    ]

    operations = [
        migrations.CreateModel(
            name='Precept',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=40, unique=True, verbose_name='slug')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('is_offered', models.BooleanField(default=True, help_text='Off: nobody can choose it any more; old pledges keep it.', verbose_name='offered')),
            ],
            options={
                'verbose_name': 'precept',
                'verbose_name_plural': 'precepts',
                'ordering': ['order', 'slug'],
            },
        ),
        migrations.CreateModel(
            name='PledgeDelta',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(max_length=2, verbose_name='country')),
                ('kind', models.CharField(choices=[('person', 'person'), ('organisation', 'organisation'), ('authority', 'authority')], max_length=12, verbose_name='kind')),
                ('change', models.IntegerField(verbose_name='change')),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'change of a tally',
                'verbose_name_plural': 'changes of tallies',
            },
        ),
        migrations.CreateModel(
            name='PreceptWording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField(verbose_name='version')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('title_en', models.CharField(max_length=80, null=True, verbose_name='title')),
                ('title_ar', models.CharField(max_length=80, null=True, verbose_name='title')),
                ('title_zh_hans', models.CharField(max_length=80, null=True, verbose_name='title')),
                ('title_fr', models.CharField(max_length=80, null=True, verbose_name='title')),
                ('title_ru', models.CharField(max_length=80, null=True, verbose_name='title')),
                ('title_es', models.CharField(max_length=80, null=True, verbose_name='title')),
                ('title_pt', models.CharField(max_length=80, null=True, verbose_name='title')),
                ('text', models.CharField(max_length=300, verbose_name='text')),
                ('text_en', models.CharField(max_length=300, null=True, verbose_name='text')),
                ('text_ar', models.CharField(max_length=300, null=True, verbose_name='text')),
                ('text_zh_hans', models.CharField(max_length=300, null=True, verbose_name='text')),
                ('text_fr', models.CharField(max_length=300, null=True, verbose_name='text')),
                ('text_ru', models.CharField(max_length=300, null=True, verbose_name='text')),
                ('text_es', models.CharField(max_length=300, null=True, verbose_name='text')),
                ('text_pt', models.CharField(max_length=300, null=True, verbose_name='text')),
                ('is_by_staff', models.BooleanField(default=False, editable=False, verbose_name='written by staff')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='since')),
                ('precept', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wordings', to='pledges.precept', verbose_name='precept')),
            ],
            options={
                'verbose_name': 'wording of a precept',
                'verbose_name_plural': 'wordings of precepts',
                'ordering': ['precept__order', '-version'],
                'constraints': [
                    models.UniqueConstraint(fields=('precept', 'version'), name='precept_has_one_wording_per_version'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Pledge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=pledges.models.pledges.new_public_id, editable=False, max_length=16, verbose_name='public id')),
                ('kind', models.CharField(choices=[('person', 'person'), ('organisation', 'organisation'), ('authority', 'authority')], default='person', max_length=12, verbose_name='kind')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('canonical_email', models.EmailField(editable=False, max_length=254, null=True, verbose_name='e-mail, canonical')),
                ('public_name', models.CharField(blank=True, max_length=40, verbose_name='public name')),
                ('name_key', models.CharField(blank=True, editable=False, max_length=120, verbose_name='name, canonical')),
                ('is_16_or_older', models.BooleanField(default=False, verbose_name='16 or older')),
                ('country', models.CharField(max_length=2, verbose_name='country')),
                ('way', models.CharField(choices=[('pin', 'A pin or a ribbon'), ('clothing', 'Clothing or a scarf'), ('profile-picture', 'My profile picture'), ('social-post', 'A post to my friends'), ('window', 'In my window or on my door'), ('building', 'A building lit in blue'), ('event', 'At an event or in class'), ('other', 'In a way of my own')], max_length=20, verbose_name='way of wearing')),
                ('words', models.CharField(blank=True, max_length=280, verbose_name='words')),
                ('words_status', models.CharField(choices=[('none', 'none'), ('waiting', 'waiting to be read'), ('approved', 'approved'), ('refused', 'refused')], default='none', max_length=10, verbose_name='words')),
                ('language', models.CharField(choices=[('en', 'English'), ('ar', 'العربية'), ('zh-hans', '中文'), ('fr', 'Français'), ('ru', 'Русский'), ('es', 'Español'), ('pt', 'Português')], max_length=10, verbose_name='language')),
                ('status', models.CharField(choices=[('pending', 'waiting for confirmation'), ('confirmed', 'confirmed'), ('withdrawn', 'withdrawn')], default='pending', max_length=10, verbose_name='status')),
                ('number', models.BigIntegerField(blank=True, help_text='Drawn from a sequence when confirmed; no count.', null=True, unique=True, verbose_name='number')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made')),
                ('asked_at', models.DateTimeField(blank=True, help_text='When a mail with a link was last promised.', null=True, verbose_name='last asked to confirm')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed')),
                ('hidden_at', models.DateTimeField(blank=True, null=True, verbose_name='hidden')),
                ('hidden_reason', models.CharField(blank=True, choices=[('name', 'the name breaks the name rule'), ('not-them', 'somebody else’s name'), ('abuse', 'insult or threat'), ('advertising', 'advertising'), ('child', 'about a child'), ('may-need-help', 'may need help: never published'), ('own-wish', 'the supporter asked for it')], max_length=20, verbose_name='why hidden')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pledges', to='campaigns.campaign', verbose_name='campaign')),
                ('precepts', models.ManyToManyField(related_name='pledges', to='pledges.preceptwording', verbose_name='precepts')),
            ],
            options={
                'verbose_name': 'pledge',
                'verbose_name_plural': 'pledges',
                'ordering': ['-pk'],
                'permissions': [('moderate_pledge', 'Can moderate pledges')],
                'indexes': [
                    models.Index(condition=models.Q(('hidden_at__isnull', True), ('status', 'confirmed')), fields=['-number'], name='pledge_wall'),
                    models.Index(fields=['canonical_email'], name='pledge_canonical_email'),
                    models.Index(condition=models.Q(('status', 'pending')), fields=['created_at'], name='pledge_unconfirmed'),
                    models.Index(condition=models.Q(('status', 'confirmed'), ('words_status', 'waiting')), fields=['-number'], name='pledge_words_to_read'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('public_id',), name='pledge_public_id_is_unique'),
                    models.UniqueConstraint(fields=('campaign', 'canonical_email', 'name_key'), name='one_pledge_per_campaign_address_and_name'),
                    models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('number', None), ('status', 'pending')), models.Q(('confirmed_at__isnull', False), ('number__isnull', False), ('status__in', ['confirmed', 'withdrawn'])), _connector='OR'), name='pledge_has_a_number_once_confirmed'),
                    models.CheckConstraint(condition=models.Q(models.Q(('public_name', ''), ('words', '')), ('is_16_or_older', True), _connector='OR'), name='public_name_or_words_need_16_years'),
                    models.CheckConstraint(condition=models.Q(models.Q(('words', ''), ('words_status', 'none')), models.Q(models.Q(('words', ''), _negated=True), models.Q(('words_status', 'none'), _negated=True)), _connector='OR'), name='words_wait_until_a_person_approves'),
                    models.CheckConstraint(condition=models.Q(models.Q(('hidden_at', None), ('hidden_reason', '')), models.Q(('hidden_at__isnull', False), models.Q(('hidden_reason', ''), _negated=True)), _connector='OR'), name='hidden_pledge_has_a_reason'),
                    models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='pledge_country_is_an_iso_code'),
                ],
            },
        ),
        migrations.CreateModel(
            name='MailedLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('confirm', 'confirm')], max_length=10, verbose_name='purpose')),
                ('digest', models.CharField(max_length=64, verbose_name='digest')),
                ('sent_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='sent')),
                ('expires_at', models.DateTimeField(db_index=True, verbose_name='expires')),
                ('pledge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='pledges.pledge', verbose_name='pledge')),
            ],
            options={
                'verbose_name': 'mailed link',
                'verbose_name_plural': 'mailed links',
                'constraints': [models.UniqueConstraint(fields=('digest',), name='mailed_link_digest_is_unique')],
            },
        ),
        migrations.CreateModel(
            name='HeartReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('not-them', 'It uses somebody else’s name'), ('abuse', 'It insults or threatens'), ('advertising', 'It advertises something'), ('child', 'It is about a child'), ('may-need-help', 'Somebody may need help'), ('other', 'Something else')], max_length=20, verbose_name='reason')),
                ('words', models.CharField(blank=True, max_length=500, verbose_name='in the visitor’s words')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='reported')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ('pledge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='pledges.pledge', verbose_name='heart')),
            ],
            options={
                'verbose_name': 'report of a heart',
                'verbose_name_plural': 'reports of hearts',
                'ordering': ['-pk'],
                'indexes': [models.Index(condition=models.Q(('settled_at', None)), fields=['-id'], name='heart_report_open')],
            },
        ),
        migrations.CreateModel(
            name='PledgeTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(max_length=2, verbose_name='country')),
                ('kind', models.CharField(choices=[('person', 'person'), ('organisation', 'organisation'), ('authority', 'authority')], max_length=12, verbose_name='kind')),
                ('confirmed', models.BigIntegerField(default=0, verbose_name='confirmed')),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.campaign', verbose_name='campaign')),
            ],
            options={
                'verbose_name': 'tally',
                'verbose_name_plural': 'tallies',
                'constraints': [models.UniqueConstraint(fields=('campaign', 'country', 'kind'), name='one_tally_per_campaign_country_and_kind')],
            },
        ),
    ]
