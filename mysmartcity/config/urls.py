"""Every address of the platform."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

handler400 = "mysmartcity.web.views.errors.bad_request"
handler403 = "mysmartcity.web.views.errors.forbidden"
handler404 = "mysmartcity.web.views.errors.not_found"
handler500 = "mysmartcity.web.views.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("mysmartcity.web.urls")),
    path("accounts/", include("mysmartcity.web.sign_in_urls")),
    path("admin/", admin.site.urls),
    path("", include("mysmartcity.desk.urls")),
    path("", include("mysmartcity.api.urls")),
]
