"""Addresses of the residents' pages. Sign-in has its own list, sign_in_urls.py."""

from django.urls import path, re_path

from mysmartcity.web.views import (
    area,
    health,
    home,
    issue,
    lists,
    mine,
    pages,
    photos,
    report_category,
    report_check,
    report_place,
    report_start,
    secrets,
)

app_name = "web"

urlpatterns = [
    path("", home.home, name="home"),
    path("places", home.places, name="places"),
    path("here", home.here, name="here"),
    path("report", report_start.start, name="report"),
    path("report/<str:draft_id>/photos", report_start.photos, name="report-photos"),
    path(
        "report/<str:draft_id>/photos/<str:digest>",
        report_start.draft_photo,
        name="report-photo",
    ),
    path("report/<str:draft_id>/place", report_place.place, name="report-place"),
    path("report/<str:draft_id>/kind", report_category.category, name="report-category"),
    path("report/<str:draft_id>/emergency", report_category.emergency, name="report-emergency"),
    path("report/<str:draft_id>/check", report_check.check, name="report-check"),
    path("report/<str:draft_id>/join", report_check.join, name="report-join"),
    path("report/<str:draft_id>/done", report_check.done, name="report-done"),
    path("i/<str:reference>", issue.issue, name="issue"),
    path("i/<str:reference>/join", issue.join, name="issue-join"),
    path("i/<str:reference>/follow", issue.follow, name="issue-follow"),
    path("i/<str:reference>/confirm", issue.confirm, name="issue-confirm"),
    path("i/<str:reference>/dispute", issue.dispute, name="issue-dispute"),
    path("i/<str:reference>/withdraw", issue.withdraw, name="issue-withdraw"),
    path("t/<str:secret>", secrets.track, name="track"),
    path("stop/<str:secret>", secrets.stop, name="stop"),
    path("issues", lists.issues, name="issues"),
    path("map", lists.map_page, name="map"),
    path("map/data", lists.data, name="map-data"),
    path("map/outlines", lists.outlines, name="map-outlines"),
    path("a/<slug:slug>", area.area, name="area"),
    path("mine", mine.mine, name="mine"),
    re_path(r"^photos/(?P<path>[0-9a-f]{2}/[0-9a-z.]{1,100})$", photos.photo, name="photo"),
    path("about", pages.about, name="about"),
    path("privacy", pages.privacy, name="privacy"),
    path("language", pages.language, name="language"),
    path("look/", pages.look, name="look"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("manifest.webmanifest", pages.manifest, name="manifest"),
    path("robots.txt", pages.robots, name="robots"),
    path("favicon.ico", pages.favicon, name="favicon"),
]
