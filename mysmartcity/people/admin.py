"""Persons, bodies and keys for operators. A key is shown once, right after it was made."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest  # noqa: TID251 - the admin's own signatures ask for it
from django.utils.translation import gettext_lazy as _

from mysmartcity.people.actions import issue_api_key
from mysmartcity.people.models import ApiKey, Body, Person


@admin.register(Body)
class BodyAdmin(admin.ModelAdmin[Body]):
    """The organisations that answer for things."""

    list_display = ("name", "kind", "parent", "phone", "email")
    list_filter = ("kind",)
    search_fields: ClassVar = ("name", "short_name", "slug")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    autocomplete_fields: ClassVar = ("parent",)


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin[Person]):
    """Who may sign in, as what. Passwords and second factors are never set or seen here."""

    list_display = ("__str__", "role", "body", "is_active", "joined_at")
    list_filter = ("role", "is_active", "is_staff")
    search_fields: ClassVar = ("email", "display_name")
    autocomplete_fields: ClassVar = ("body",)
    filter_horizontal: ClassVar = ("groups",)
    fields: ClassVar = (
        "email",
        "display_name",
        "phone",
        "language",
        "role",
        "body",
        "is_active",
        "is_staff",
        "groups",
        "last_login",
        "joined_at",
    )
    readonly_fields: ClassVar = ("last_login", "joined_at")

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:  # noqa: FBT001
        """A new person signs in by e-mailed code until they choose a password themselves."""
        obj.email = obj.email.lower()
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[ApiKey]):
    """Keys for machines. Only the hash is kept, so a lost key is replaced, never read again."""

    list_display = ("name", "prefix", "jurisdiction_slug", "is_active", "last_used_at")
    list_filter = ("is_active",)
    search_fields: ClassVar = ("name", "prefix")
    fields: ClassVar = (
        "name",
        "jurisdiction_slug",
        "is_active",
        "prefix",
        "created_at",
        "last_used_at",
    )
    readonly_fields: ClassVar = ("prefix", "created_at", "last_used_at")

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        """A new key needs a name and where it may post; the rest is made."""
        return self.fields if obj is not None else ("name", "jurisdiction_slug")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:  # noqa: FBT001
        """Make the key by the one action, and show it this one time."""
        if change:
            super().save_model(request, obj, form, change)
            return
        key, secret = issue_api_key(name=obj.name, jurisdiction_slug=obj.jurisdiction_slug)
        obj.__dict__.update({**key.__dict__})
        words = _("Copy this key now; it is shown only this once: %(secret)s")
        messages.warning(request, words % {"secret": secret})
