"""A request to a language model keeps what it cost; those asked before are counted at their endpoint's prices of now."""

from django.db import migrations, models

COUNTED = """
UPDATE model_request q SET cost = (q.prompt_tokens * e.price_in + q.completion_tokens * e.price_out) / 1e6
FROM rater r, (SELECT DISTINCT ON (url, model) url, model, price_in, price_out FROM endpoint ORDER BY url, model, id) e
WHERE r.id = q.rater_id AND e.url = r.model ->> 'url' AND e.model = r.model ->> 'name'
"""


class Migration(migrations.Migration):
    dependencies = [("store", "0023_form_wording")]

    operations = [
        migrations.AddField(
            model_name="modelrequest",
            name="cost",
            field=models.FloatField(help_text="At the endpoint's prices of that time; null: it had none.", null=True),
        ),
        migrations.RunSQL(COUNTED, migrations.RunSQL.noop),
    ]
