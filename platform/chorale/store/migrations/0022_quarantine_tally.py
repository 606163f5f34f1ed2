"""Problems of whole files are marked as such, and triggers keep how many rows are in quarantine for what."""

import django.db.models.deletion
from django.db import migrations, models

MARKED = """UPDATE quarantine SET whole_file = true WHERE "where" !~ ', (line|row|element) [0-9]+$'"""

COUNTED = """
INSERT INTO quarantine_tally (corpus_id, code, state, whole_file, rows)
SELECT corpus_id, code, state, whole_file, count(*) FROM quarantine GROUP BY 1, 2, 3, 4
"""

# What a statement took away or changed is in "gone", what it brought in "came". A row of the tally is never made by
# taking away: where a corpus is deleted, its tally may be gone before its rows.
KEPT = """
CREATE FUNCTION keep_quarantine_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE quarantine_tally t SET rows = t.rows - g.n
    FROM (SELECT corpus_id, code, state, whole_file, count(*) AS n FROM gone GROUP BY 1, 2, 3, 4) g
    WHERE (t.corpus_id, t.code, t.state, t.whole_file) = (g.corpus_id, g.code, g.state, g.whole_file);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO quarantine_tally AS t (corpus_id, code, state, whole_file, rows)
    SELECT corpus_id, code, state, whole_file, count(*) FROM came GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (corpus_id, code, state, whole_file) DO UPDATE SET rows = t.rows + excluded.rows;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER quarantine_tally_came AFTER INSERT ON quarantine
  REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION keep_quarantine_tally();
CREATE TRIGGER quarantine_tally_gone AFTER DELETE ON quarantine
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION keep_quarantine_tally();
CREATE TRIGGER quarantine_tally_moved AFTER UPDATE ON quarantine
  REFERENCING OLD TABLE AS gone NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION keep_quarantine_tally();
"""

LEFT = """
DROP TRIGGER quarantine_tally_came ON quarantine;
DROP TRIGGER quarantine_tally_gone ON quarantine;
DROP TRIGGER quarantine_tally_moved ON quarantine;
DROP FUNCTION keep_quarantine_tally();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0021_web_cache"),
    ]

    operations = [
        migrations.AddField(
            model_name="quarantine",
            name="whole_file",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(MARKED, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="quarantine",
            name="corpus",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="quarantine",
                to="store.corpus",
            ),
        ),
        migrations.AddIndex(
            model_name="quarantine",
            index=models.Index(fields=["corpus", "id"], name="quarantine_corpus"),
        ),
        migrations.AddIndex(
            model_name="quarantine",
            index=models.Index(
                condition=models.Q(("state", "open"), ("whole_file", True)),
                fields=["corpus"],
                name="quarantine_whole_file",
            ),
        ),
        migrations.CreateModel(
            name="QuarantineTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60)),
                ("state", models.CharField(max_length=10)),
                ("whole_file", models.BooleanField()),
                ("rows", models.BigIntegerField()),
                (
                    "corpus",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quarantine_tally",
                        to="store.corpus",
                    ),
                ),
            ],
            options={
                "db_table": "quarantine_tally",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("corpus", "code", "state", "whole_file"), name="quarantine_tally_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(COUNTED, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT, LEFT),
    ]
