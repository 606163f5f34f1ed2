"""Addresses of endpoints, prompts, pre-labelling, calibration and bake-offs."""

from django.urls import path

from chorale.web.listing_views import routes
from chorale.web.views import asked, bakeoffs, calibrations, endpoints, prelabelling, prompts

urlpatterns = [
    *routes("endpoints", endpoints.Endpoints, "endpoints"),
    path("endpoints/new/", endpoints.new, name="endpoint-new"),
    path("endpoints/<slug:slug>/", endpoints.endpoint, name="endpoint"),
    path("endpoints/<slug:slug>/change/", endpoints.change, name="endpoint-change"),
    path("endpoints/<slug:slug>/probe/", endpoints.probe, name="endpoint-probe"),
    path("items/<uuid:key>/asked/<int:rater>/", asked.asked, name="model-requests"),
    path("jobs/start/prelabel/", prelabelling.start, name="prelabel-start"),
    path("jobs/start/predictions/", prelabelling.from_file, name="predictions-import"),
    path("jobs/<uuid:key>/budget/", prelabelling.budget, name="job-budget"),
    path("jobs/<uuid:key>/whole/", prelabelling.whole, name="dry-run-whole"),
    path("jobs/<uuid:key>/retry/", prelabelling.retry, name="job-retry"),
    *routes("jobs/<uuid:key>/failures", prelabelling.Failures, "job-failures"),
    *routes("bake-offs", bakeoffs.BakeOffs, "bake-offs"),
    path("bake-offs/<uuid:key>/", bakeoffs.bake_off, name="bake-off"),
    *routes("calibrations", calibrations.Calibrations, "calibrations"),
    path("calibrations/<int:pk>/", calibrations.calibration, name="calibration"),
    *routes("prompts", prompts.Prompts, "prompts"),
    path("prompts/<int:pk>/", prompts.prompt, name="prompt"),
    path("prompts/<int:pk>/new/", prompts.new, name="prompt-new"),
    path("prompts/<int:pk>/compare/<int:other>/", prompts.compare, name="prompt-compare"),
]
