"""The API under /api/v1: one NinjaAPI, its routers, its errors."""

from __future__ import annotations

from ninja import NinjaAPI

from chorale.api import problems
from chorale.api.auth import SIGNED_IN
from chorale.api.routers import adjudication, agreement, corpora, curation, intakes, language, releases, work

# docs_url is None: the shipped viewers load scripts from another host. The page /api/ draws the same schema.
api = NinjaAPI(
    title="Chorale",
    version="1",
    description="Emotion datasets in which every label keeps its distribution, its raters and its origin.",
    urls_namespace="api",
    docs_url=None,
    auth=SIGNED_IN,
)
problems.install(api)
for part in (agreement, adjudication, corpora, curation, intakes, work, releases, language):
    api.add_router("", part.router)
