from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0018_what_was_shown"),
    ]

    operations = [
        migrations.AddField(
            model_name="judgment",
            name="origin",
            field=models.CharField(
                choices=[
                    ("manual", "Manual"),
                    ("prediction", "Prediction"),
                    ("prediction-changed", "Prediction Changed"),
                    ("imported", "Imported"),
                    ("model", "Model"),
                ],
                help_text="Of this field alone, in campaigns; null: the response's.",
                max_length=20,
                null=True,
            ),
        ),
    ]
