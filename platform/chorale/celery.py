"""The Celery application. A task is one short step; the truth about long work is in PostgreSQL (`chorale.jobs`)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chorale.settings")

app = Celery("chorale")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["chorale.jobs"])
