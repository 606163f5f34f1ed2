from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0015_people_in_campaigns")]

    operations = [
        migrations.AddField(
            model_name="form",
            name="confidence",
            field=models.BooleanField(default=False, help_text="Raters say how sure they are."),
        ),
        migrations.AddField(
            model_name="form",
            name="translations",
            field=models.JSONField(default=dict, help_text="The guidelines in further languages, by tag."),
        ),
        migrations.AddField(
            model_name="form",
            name="warning",
            field=models.TextField(blank=True, db_default="", help_text="What raters are told before the first item."),
        ),
        migrations.AddField(
            model_name="formlayer",
            name="modality",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="The one modality to judge by; empty: the item as shown.",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="judgment",
            name="modality",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="By which alone it was given; empty: the item as shown.",
                max_length=12,
            ),
        ),
    ]
