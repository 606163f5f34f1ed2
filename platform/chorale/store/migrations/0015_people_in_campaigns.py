"""People in campaigns: rounds and plans, sheets, links, qualification, reports, verification."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0014_erasures"),
    ]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="taken_out",
            field=models.BooleanField(db_default=False, help_text="Withdrew, and took the answers along."),
        ),
        migrations.AddField(
            model_name="campaign",
            name="parent",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="children", to="store.campaign"
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="plan",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="campaign",
            name="round",
            field=models.CharField(
                choices=[
                    ("main", "Main"),
                    ("pilot", "Pilot"),
                    ("tutorial", "Tutorial"),
                    ("gold", "Gold"),
                    ("repeat", "Repeat"),
                ],
                db_default="main",
                default="main",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="JoinLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=64, unique=True)),
                (
                    "platform",
                    models.CharField(
                        choices=[
                            ("prolific", "Prolific"),
                            ("mturk", "Mturk"),
                            ("open", "Open"),
                            ("invitation", "Invitation"),
                        ],
                        max_length=10,
                    ),
                ),
                ("title", models.CharField(blank=True, db_default="", max_length=120)),
                ("places", models.IntegerField(default=1)),
                ("items", models.IntegerField(help_text="Items a person; null: as many as there are.", null=True)),
                ("minutes", models.IntegerField(default=60)),
                ("code", models.CharField(blank=True, db_default="", help_text="Completion code.", max_length=60)),
                (
                    "back",
                    models.URLField(
                        blank=True, db_default="", help_text="The platform's page of completion.", max_length=400
                    ),
                ),
                (
                    "state",
                    models.CharField(choices=[("open", "open"), ("closed", "closed")], default="open", max_length=6),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="store.campaign",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "join_link",
            },
        ),
        migrations.CreateModel(
            name="Participation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("worker", models.CharField(help_text="Keyed hash of the platform's worker id.", max_length=64)),
                (
                    "session",
                    models.CharField(
                        blank=True, db_default="", help_text="Keyed hash of its session id.", max_length=64
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("working", "Working"),
                            ("completed", "Completed"),
                            ("timed-out", "Timed Out"),
                            ("returned", "Returned"),
                        ],
                        default="working",
                        max_length=9,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "link",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participations",
                        to="store.joinlink",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="participations", to="store.rater"
                    ),
                ),
            ],
            options={
                "db_table": "participation",
            },
        ),
        migrations.CreateModel(
            name="Qualification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attempt", models.SmallIntegerField()),
                ("right", models.IntegerField()),
                ("checked", models.IntegerField()),
                ("passed", models.BooleanField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="qualifications",
                        to="store.campaign",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="qualifications", to="store.rater"
                    ),
                ),
            ],
            options={
                "db_table": "qualification",
            },
        ),
        migrations.CreateModel(
            name="RaterLanguage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=20)),
                (
                    "rater",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="languages",
                        to="store.rater",
                    ),
                ),
            ],
            options={
                "db_table": "rater_language",
            },
        ),
        migrations.CreateModel(
            name="Sheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.CharField(max_length=40)),
                ("text", models.TextField(help_text="Markdown.")),
                ("support", models.TextField(blank=True, db_default="", help_text="Whom to turn to; markdown.")),
                ("traits", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sheets",
                        to="store.campaign",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "sheet",
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("accepted", "accepted"), ("edited", "edited"), ("rejected", "rejected")], max_length=8
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                (
                    "judgment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="verifications", to="store.judgment"
                    ),
                ),
                (
                    "ruling",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to="store.ruling"
                    ),
                ),
            ],
            options={
                "db_table": "verification",
            },
        ),
        migrations.CreateModel(
            name="ItemReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=20)),
                ("words", models.TextField(blank=True, db_default="")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("kept", "kept"), ("removed", "removed")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("answer", models.TextField(blank=True, db_default="", help_text="What the rater is told.")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="item_reports",
                        to="store.campaign",
                    ),
                ),
                ("item", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.item")),
                ("rater", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.rater")),
            ],
            options={
                "db_table": "item_report",
                "indexes": [models.Index(fields=["campaign", "state"], name="item_report_open")],
            },
        ),
        migrations.AddIndex(
            model_name="joinlink",
            index=models.Index(fields=["campaign"], name="join_link_campaign"),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(fields=["state", "until"], name="participation_until"),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=models.UniqueConstraint(fields=("link", "worker"), name="participation_once"),
        ),
        migrations.AddConstraint(
            model_name="qualification",
            constraint=models.UniqueConstraint(fields=("campaign", "rater", "attempt"), name="qualification_once"),
        ),
        migrations.AddConstraint(
            model_name="raterlanguage",
            constraint=models.UniqueConstraint(fields=("rater", "language"), name="rater_language_once"),
        ),
        migrations.AddConstraint(
            model_name="sheet",
            constraint=models.UniqueConstraint(fields=("campaign", "version"), name="sheet_version_once"),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.UniqueConstraint(fields=("judgment",), name="verification_once"),
        ),
    ]
