"""Addresses of people in campaigns: a rater's own pages, links to join by, and what admins do about both."""

from django.urls import path

from chorale.web.listing_views import routes
from chorale.web.views import (
    assistance,
    campaign_people,
    check_items,
    comparisons,
    consents,
    item_reports,
    joining,
    my_work,
    sheets,
    verification,
)

urlpatterns = [
    path("join/<str:token>/", joining.arrive, name="join"),
    path("work/languages/", my_work.languages, name="work-languages"),
    path("work/<slug:slug>/", my_work.campaign, name="work"),
    path("work/<slug:slug>/join/", my_work.join, name="work-join"),
    path("work/<slug:slug>/guidelines/", my_work.guidelines, name="work-guidelines"),
    path("work/<slug:slug>/answers/<int:pk>/", my_work.take_back, name="work-take-back"),
    path("work/<slug:slug>/report/", item_reports.report, name="work-report"),
    path("work/<slug:slug>/support/", my_work.support, name="work-support"),
    path("work/<slug:slug>/consent/", consents.consent, name="work-consent"),
    path("work/<slug:slug>/come-back/", consents.come_back, name="work-come-back"),
    path("work/<slug:slug>/complete/", joining.complete, name="work-complete"),
    path("work/<slug:slug>/give-back/", joining.give_back, name="work-give-back"),
    path("campaigns/<slug:slug>/people/", campaign_people.people, name="campaign-people"),
    path("campaigns/<slug:slug>/people/invite/", campaign_people.invite, name="campaign-invite"),
    path("campaigns/<slug:slug>/people/<int:pk>/", campaign_people.place, name="campaign-place"),
    path("campaigns/<slug:slug>/links/", campaign_people.make_link, name="campaign-link"),
    path("campaigns/<slug:slug>/links/<int:pk>/close/", campaign_people.close_link, name="campaign-link-close"),
    path("campaigns/<slug:slug>/extend/", campaign_people.extend, name="campaign-extend"),
    path("campaigns/<slug:slug>/checks/", check_items.checks, name="campaign-checks"),
    path("campaigns/<slug:slug>/information/", sheets.edit, name="campaign-information"),
    path("campaigns/compare/new/", comparisons.new, name="compare"),
    path("campaigns/<slug:slug>/scores/", comparisons.scores, name="campaign-scores"),
    path("campaigns/<slug:slug>/scores.json", comparisons.table, {"form": "json"}, name="campaign-scores-json"),
    path("campaigns/<slug:slug>/scores.csv", comparisons.table, {"form": "csv"}, name="campaign-scores-csv"),
    path("campaigns/<slug:slug>/assistance/", assistance.assistance, name="campaign-assistance"),
    *routes("campaigns/<slug:slug>/reports", item_reports.Reports, "item-reports"),
    path("campaigns/<slug:slug>/reports/<int:pk>/", item_reports.answer, name="item-report"),
    *routes("verification", verification.Queues, "verification"),
    path("verification/<int:rater>/<str:scheme>/<str:perspective>/", verification.one, name="verify"),
    path("verification/judgments/<int:pk>/", verification.decide, name="verify-decide"),
]
