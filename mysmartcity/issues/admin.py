"""Categories and jurisdictions for operators; issues to look at. Words and statuses change by actions."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest  # noqa: TID251 - the admin's own signatures

from mysmartcity.issues.models import Category, Issue, Jurisdiction, Question, TimelineEntry


@admin.register(Jurisdiction)
class JurisdictionAdmin(admin.ModelAdmin[Jurisdiction]):
    """The municipalities we serve."""

    list_display = ("name", "slug", "prefix", "body", "is_active")
    raw_id_fields: ClassVar = ("area",)


class QuestionInline(admin.StackedInline[Question, Category]):
    """The questions of a category."""

    model = Question
    extra = 0


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin[Category]):
    """What can be reported, what is asked, what was promised and where that is published."""

    list_display = ("name", "code", "jurisdiction", "group", "privacy", "is_active")
    list_filter = ("jurisdiction", "group", "privacy", "is_active")
    search_fields: ClassVar = ("name", "code", "keywords")
    inlines: ClassVar = [QuestionInline]


class EntryInline(admin.TabularInline[TimelineEntry, Issue]):
    """What happened, public and inside words."""

    model = TimelineEntry
    extra = 0
    can_delete = False
    fields: ClassVar = (
        "happened_at",
        "actor",
        "actor_name",
        "before",
        "after",
        "public_words",
        "inside_words",
    )
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        """Entries are written by actions only."""
        return False


@admin.register(Issue)
class IssueAdmin(admin.ModelAdmin[Issue]):
    """Issues with their whole timeline; read only."""

    list_display = ("reference", "category", "jurisdiction", "status", "reported_at")
    list_filter = ("jurisdiction", "status")
    search_fields: ClassVar = ("=reference",)
    inlines: ClassVar = [EntryInline]
    exclude = ("tracking_hash", "request_key", "request_digest")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Issue]:
        """With what the list shows, in one query."""
        return super().get_queryset(request).select_related("category", "jurisdiction")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Issues are reported, not typed in here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        """Looking only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        """Nothing acknowledged is deleted."""
        return False
