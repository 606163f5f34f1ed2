"""Chorale, the service: Django above the pure packages harmonize, annotation and exports."""

from chorale.celery import app as celery_app

__all__ = ["celery_app"]
