"""Addresses of the service: pages, API, login, metrics."""

from django.urls import include, path

from chorale.api import docs
from chorale.web.views import metrics

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("chorale.api.urls")),
    path("api/", docs.api_docs, name="api-docs"),
    path("", include("chorale.web.urls")),
    path("metrics", metrics.metrics, name="metrics"),
]

handler403 = "chorale.web.errors.forbidden"
handler404 = "chorale.web.errors.not_found"
handler500 = "chorale.web.errors.server_error"
