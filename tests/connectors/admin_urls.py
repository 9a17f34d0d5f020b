"""The operator's pages alone, without the second factor that the platform asks for on its own address."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
