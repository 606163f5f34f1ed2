"""Forms say in which language they are written, and hold their questions and names in further ones."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0022_quarantine_tally")]

    operations = [
        migrations.AddField(
            model_name="form",
            name="language",
            field=models.CharField(db_default="en", default="en", help_text="In which it is written.", max_length=20),
        ),
        migrations.AddField(
            model_name="form",
            name="wording",
            field=models.JSONField(
                db_default={}, default=dict, help_text="Its questions, names and warning in further languages, by tag."
            ),
        ),
    ]
