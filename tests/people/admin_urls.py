"""Only the admin, for tests of the admin itself (the second factor is a matter of the web face)."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
