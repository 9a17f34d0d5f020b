"""Responsibility with its simulator, handovers, the dead-letter list and the queue for humans."""

from typing import ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest  # noqa: TID251 - the admin's own signatures
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mysmartcity.dispatch.actions import assign_body, replay_delivery, settle_entry
from mysmartcity.dispatch.models import (
    Delivery,
    Handover,
    HandoverReference,
    QueueEntry,
    Responsibility,
)
from mysmartcity.dispatch.rules import Route, route
from mysmartcity.issues.models import Category
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib.access import declares
from mysmartcity.lib.geo import BadPoint, Point, read_point
from mysmartcity.people.models import Body
from mysmartcity.places.locate import FoundArea, locate


class SimulatorForm(forms.Form):
    """A point and a category."""

    lat = forms.CharField(label=gettext_lazy("Latitude"))
    lng = forms.CharField(label=gettext_lazy("Longitude"))
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True)
        .select_related("jurisdiction")
        .order_by("jurisdiction__name", "name")
    )

    def clean(self) -> dict[str, object]:
        """Turn the two texts into a point."""
        data = super().clean() or {}
        try:
            data["point"] = read_point(data.get("lat", ""), data.get("lng", ""))
        except BadPoint as error:
            raise forms.ValidationError(str(error)) from error
        return data


def simulate(point: Point, category: Category) -> tuple[tuple[FoundArea, ...], Route | None]:
    """Who would get it, and in which areas it lies."""
    areas = locate(point)
    ids = [area.id for area in areas]
    return areas, route(jurisdiction=category.jurisdiction, category=category, area_ids=ids)


@admin.register(Responsibility)
class ResponsibilityAdmin(admin.ModelAdmin[Responsibility]):
    """Who answers for what, where; with a simulator that says why."""

    list_display = (
        "jurisdiction",
        "body",
        "category_code",
        "group",
        "area",
        "priority",
        "reason",
        "is_shared",
        "is_active",
    )
    list_filter = ("jurisdiction", "is_active", "is_shared", "group", "body")
    list_select_related: ClassVar = ("jurisdiction", "body", "area")
    search_fields: ClassVar = ("category_code", "reason", "body__name")
    raw_id_fields: ClassVar = ("area",)
    filter_horizontal: ClassVar = ()
    autocomplete_fields: ClassVar = ()
    exclude = ("except_areas",)
    change_list_template = "dispatch/responsibility_list.html"

    def get_urls(self) -> list[URLPattern]:
        """The simulator beside the list."""
        view = declares("staff")(self.admin_site.admin_view(self.simulator))
        return [path("simulator/", view, name="dispatch_simulator"), *super().get_urls()]

    def simulator(self, request: HttpRequest) -> TemplateResponse:
        """This point and category would go to X because of rule Y."""
        form = SimulatorForm(request.GET or None)
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "title": _("Who gets it?"),
        }
        if form.is_valid():
            data = form.cleaned_data
            context["areas"], context["found"] = simulate(data["point"], data["category"])
            context["asked"] = True
        return TemplateResponse(request, "dispatch/simulator.html", context)


class ReferenceInline(admin.TabularInline[HandoverReference, Handover]):
    """Every name that a body has for it, and what was said of each work item."""

    model = HandoverReference
    extra = 0
    can_delete = False
    fields: ClassVar = (
        "reference",
        "kind",
        "replaced_by",
        "said",
        "said_at",
        "body_status",
        "learned_at",
    )
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Handover | None = None) -> bool:
        """References come from bodies."""
        return False


@admin.register(Handover)
class HandoverAdmin(admin.ModelAdmin[Handover]):
    """What was given to whom, who leads and who has a part, with the body's own references and words."""

    list_display = (
        "issue",
        "body",
        "is_current",
        "is_shared",
        "state",
        "body_reference",
        "said",
        "body_status",
        "promised_at",
        "made_at",
    )
    list_filter = ("state", "is_shared", "body")
    list_select_related: ClassVar = ("issue", "body")
    search_fields: ClassVar = (
        "=issue__reference",
        "=body_reference",
        "=references__reference",
    )
    inlines: ClassVar = [ReferenceInline]
    raw_id_fields: ClassVar = ("issue", "passed_from")
    exclude = ("reply_hash",)

    def has_change_permission(self, request: HttpRequest, obj: Handover | None = None) -> bool:
        """Looking only."""
        return False


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin[Delivery]):
    """The outbox. Filter by `dead` for the dead-letter list; send again after mending the cause."""

    list_display = (
        "key",
        "kind",
        "state",
        "error_class",
        "error",
        "attempt_count",
        "next_try_at",
    )
    list_filter = ("state", "kind", "error_class", "handover__body")
    search_fields: ClassVar = ("=key", "=handover__issue__reference")
    actions = ["send_again"]

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        """Messages are changed by actions only."""
        return False

    @admin.action(description=gettext_lazy("Send again"), permissions=["view"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """Replay the chosen dead letters."""
        for delivery in chosen:
            try:
                replay_delivery(delivery=delivery, by=request.user)  # type: ignore[arg-type]
            except NotAllowed as refusal:
                self.message_user(request, f"{delivery.key}: {refusal}", messages.ERROR)


class BodyChoice(ActionForm):
    """Beside the action: which body."""

    body = forms.ModelChoiceField(Body.objects.order_by("name"), required=False)


@admin.register(QueueEntry)
class QueueEntryAdmin(admin.ModelAdmin[QueueEntry]):
    """What humans must look at, oldest first."""

    list_display = ("issue", "reason", "words", "opened_at", "settled_at", "outcome")
    list_filter = (("settled_at", admin.EmptyFieldListFilter), "reason")
    list_select_related: ClassVar = ("issue",)
    search_fields: ClassVar = ("=issue__reference",)
    ordering: ClassVar = ("settled_at", "opened_at")
    actions = ["give_to_body", "give_although_refused", "settle"]
    action_form = BodyChoice

    def has_change_permission(self, request: HttpRequest, obj: QueueEntry | None = None) -> bool:
        """Entries are settled by actions only."""
        return False

    @admin.action(description=gettext_lazy("Give to the chosen body"), permissions=["view"])
    def give_to_body(self, request: HttpRequest, chosen: QuerySet[QueueEntry]) -> None:
        """Say who is responsible."""
        self._give(request, chosen, insists=False)

    @admin.action(
        description=gettext_lazy("Give to the chosen body, although it said “not ours”"),
        permissions=["view"],
    )
    def give_although_refused(self, request: HttpRequest, chosen: QuerySet[QueueEntry]) -> None:
        """Say who is responsible, against their word."""
        self._give(request, chosen, insists=True)

    def _give(self, request: HttpRequest, chosen: QuerySet[QueueEntry], *, insists: bool) -> None:
        body = Body.objects.filter(pk=request.POST.get("body") or 0).first()
        if body is None:
            self.message_user(request, _("Choose a body first."), messages.ERROR)
            return
        for entry in chosen:
            try:
                assign_body(
                    issue=entry.issue,
                    body=body,
                    by=request.user,  # type: ignore[arg-type]
                    insists=insists,
                )
            except NotAllowed as refusal:
                self.message_user(request, str(refusal), messages.ERROR)

    @admin.action(description=gettext_lazy("Settled"), permissions=["view"])
    def settle(self, request: HttpRequest, chosen: QuerySet[QueueEntry]) -> None:
        """Dealt with by hand."""
        for entry in chosen:
            settle_entry(entry=entry, by=request.user, outcome="dealt with")  # type: ignore[arg-type]
