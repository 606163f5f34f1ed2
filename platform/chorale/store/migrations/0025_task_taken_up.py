"""Where an item has all its raters is noted, so that the next one with room is found by an index; old ones are noted
as they were."""

from django.db import migrations, models

NOTED = """
UPDATE studio_task t SET taken_up = true FROM studio_project p, campaign c
WHERE p.id = t.project_id AND c.id = p.campaign_id AND coalesce(t.cap, c.overlap) <= (
  SELECT count(*) FROM seat s WHERE s.task_id = t.id AND s.state IN ('filled', 'sending'))
"""


class Migration(migrations.Migration):
    atomic = False  # rows and their index in one transaction would wait for each other
    dependencies = [("store", "0024_request_cost")]

    operations = [
        migrations.AddField(
            model_name="studiotask",
            name="taken_up",
            field=models.BooleanField(default=False, help_text="A hint to whoever looks for room: there is none here."),
        ),
        migrations.RunSQL(NOTED, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="studiotask",
            index=models.Index(
                condition=models.Q(("taken_up", False)), fields=["project", "id"], name="studio_task_open"
            ),
        ),
    ]
