"""Layers and areas in the admin: to look up, not to change. Changes come by importing a file."""

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest  # noqa: TID251 - the admin's own signatures ask for it

from mysmartcity.places.models import Area, Layer


class _ReadOnly:
    """Nobody edits areas by hand: the next import would undo it, and issues hang on every row."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Areas come from files."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        """Areas come from files."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        """An area that is gone from its file is retired."""
        return False


@admin.register(Layer)
class LayerAdmin(_ReadOnly, admin.ModelAdmin[Layer]):
    """Which files are in, in which version, from whom."""

    list_display = ("name", "kind", "version", "is_approximate", "imported_at", "source")
    list_filter = ("kind", "is_approximate")
    search_fields: ClassVar = ("name", "source")


@admin.register(Area)
class AreaAdmin(_ReadOnly, admin.ModelAdmin[Area]):
    """Areas by name, code or link word; others' forms pick an area through this search."""

    list_display = ("name", "kind", "code", "municipality_code", "layer", "retired_at")
    list_filter = ("kind", "is_approximate", "municipality_code")
    list_select_related: ClassVar = ("layer",)
    search_fields: ClassVar = ("name", "other_names", "=code", "=slug")
    exclude = ("geometry",)
