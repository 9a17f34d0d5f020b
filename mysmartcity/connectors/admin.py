"""Connections (pause, resume, codes), what came in, and messages of which nobody knows."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest  # noqa: TID251 - the admin's own signatures
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mysmartcity.connectors.actions import (
    check_codes,
    give_codes,
    pause_connection,
    resume_connection,
    settle_uncertain,
    use_codes,
)
from mysmartcity.connectors.codes import BadCodes
from mysmartcity.connectors.models import Connection, InboxItem, UncertainDelivery
from mysmartcity.connectors.registry import SYSTEMS
from mysmartcity.dispatch.status import DeliveryState
from mysmartcity.issues.rules import NotAllowed


class ConnectionForm(forms.ModelForm[Connection]):
    """The secret goes in and never comes out; codes must mean something."""

    system = forms.ChoiceField(choices=lambda: [(name, name) for name in sorted(SYSTEMS)])
    new_secret = forms.CharField(
        label=gettext_lazy("New secret"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Leave empty to keep the one that is there."),
    )

    category_codes = forms.JSONField(required=False)
    statuses = forms.JSONField(required=False)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Connection
        fields = ("body", "system", "settings")

    def __init__(self, *args: Any, **named: Any) -> None:
        """The codes are shown as they are, with their version; saving them is an action of its own."""
        super().__init__(*args, **named)
        self.initial.setdefault("category_codes", self.instance.category_codes)
        self.initial.setdefault("statuses", self.instance.statuses)
        self.initial.setdefault("seen_version", self.instance.codes_version)

    def clean(self) -> dict[str, Any]:
        """Codes must mean something, and nobody may have given others meanwhile."""
        cleaned = super().clean() or self.cleaned_data
        given = {name: cleaned.get(name) or {} for name in ("category_codes", "statuses")}
        cleaned |= given
        try:
            check_codes(**given)
        except BadCodes as error:
            for fault in error.faults:
                field = "statuses" if fault.kind == "status" else "category_codes"
                self.add_error(field, fault.sentence)
        seen = cleaned.get("seen_version")
        if self.instance.pk and seen not in (None, self.instance.codes_version):
            raise forms.ValidationError(_("Somebody changed the codes meanwhile. Look again."))
        return cleaned

    def save(self, commit: bool = True) -> Connection:  # noqa: FBT001, FBT002  # Django's signature
        """Keep the old secret where none was typed."""
        if self.cleaned_data["new_secret"]:
            self.instance.secrets = {
                **self.instance.secrets,
                "key": self.cleaned_data["new_secret"],
            }
        return super().save(commit)


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin[Connection]):
    """How we exchange with each body, and how that goes."""

    form = ConnectionForm
    list_display = (
        "body",
        "system",
        "is_active",
        "pause_reason",
        "last_out_at",
        "last_in_at",
        "last_error",
        "last_error_at",
    )
    list_filter = ("is_active", "system")
    list_select_related: ClassVar = ("body",)
    search_fields: ClassVar = ("body__name",)
    readonly_fields: ClassVar = (
        "public_id",
        "codes_version",
        "is_active",
        "pause_reason",
        "cursor_at",
        "last_out_at",
        "last_in_at",
        "last_error",
        "last_error_at",
    )
    actions = ["pause", "resume", "replay"]

    def save_model(
        self,
        request: HttpRequest,
        obj: Connection,
        form: forms.ModelForm[Connection],
        change: bool,  # noqa: FBT001  # Django's signature
    ) -> None:
        """New codes come into force as a version of their own."""
        given = {name: form.cleaned_data[name] for name in ("category_codes", "statuses")}
        if change:
            # Only what the form shows: what the exchange wrote meanwhile stays.
            obj.save(update_fields=["body", "system", "settings", "secrets"])
        else:
            obj.category_codes, obj.statuses = {}, {}
            super().save_model(request, obj, form, change)
        if not {*given} & {*form.changed_data}:
            return
        try:
            give_codes(
                connection=obj,
                **given,
                note=_("Edited in the admin."),
                by=request.user,  # type: ignore[arg-type]
                seen_version=form.cleaned_data["seen_version"],
            )
        except NotAllowed as refusal:
            self.message_user(request, str(refusal), messages.ERROR)

    @admin.action(description=gettext_lazy("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Connection]) -> None:
        """Stop the exchange; what is to be sent waits."""
        for connection in chosen:
            pause_connection(connection=connection, reason=_("Staff paused it."))

    @admin.action(description=gettext_lazy("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Connection]) -> None:
        """Start again; what waited goes now."""
        count = 0
        for connection in chosen:
            count += resume_connection(connection=connection, by=request.user)  # type: ignore[arg-type]
        words = ngettext("%(n)s message goes now.", "%(n)s messages go now.", count)
        self.message_user(request, words % {"n": count})

    @admin.action(
        description=gettext_lazy("Apply what waited for a mapping"), permissions=["change"]
    )
    def replay(self, request: HttpRequest, chosen: QuerySet[Connection]) -> None:
        """The codes were completed: use them on what waited."""
        count = sum(use_codes(connection=connection) for connection in chosen)
        words = ngettext("%(n)s update applied.", "%(n)s updates applied.", count)
        self.message_user(request, words % {"n": count})


@admin.register(InboxItem)
class InboxItemAdmin(admin.ModelAdmin[InboxItem]):
    """What systems told us, as they told it. Looking only."""

    list_display = (
        "event_id",
        "connection",
        "body_reference",
        "remote_status",
        "happened_at",
        "applied_at",
        "outcome",
    )
    list_filter = (("applied_at", admin.EmptyFieldListFilter), "connection")
    list_select_related: ClassVar = ("connection",)
    search_fields: ClassVar = ("=body_reference", "=event_id")
    raw_id_fields: ClassVar = ("handover",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only systems add to it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: InboxItem | None = None) -> bool:
        """What was told stays as it was told."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: InboxItem | None = None) -> bool:
        """A deleted item would be read again."""
        return False


class TheirReference(ActionForm):
    """Beside the action: the reference that the body gave on the phone."""

    body_reference = forms.CharField(required=False, max_length=100)


@admin.register(UncertainDelivery)
class UncertainDeliveryAdmin(admin.ModelAdmin[UncertainDelivery]):
    """Ask the body whether they have it, then say what you heard."""

    list_display = ("key", "kind", "handover", "error", "first_try_at", "attempt_count")
    list_select_related: ClassVar = ("handover",)
    search_fields: ClassVar = ("=handover__issue__reference",)
    actions = ["it_arrived", "it_did_not"]
    action_form = TheirReference

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Uncertain ones only."""
        return super().get_queryset(request).filter(state=DeliveryState.UNCERTAIN)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Messages are made by actions only."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: UncertainDelivery | None = None
    ) -> bool:
        """Messages are changed by actions only."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: UncertainDelivery | None = None
    ) -> bool:
        """What was sent stays written down."""
        return False

    @admin.action(description=gettext_lazy("They have it"), permissions=["view"])
    def it_arrived(self, request: HttpRequest, chosen: QuerySet[UncertainDelivery]) -> None:
        """It arrived, with the reference they gave."""
        self._settle(request, chosen, has_arrived=True)

    @admin.action(description=gettext_lazy("They don't have it: send again"), permissions=["view"])
    def it_did_not(self, request: HttpRequest, chosen: QuerySet[UncertainDelivery]) -> None:
        """It never arrived."""
        self._settle(request, chosen, has_arrived=False)

    def _settle(
        self, request: HttpRequest, chosen: QuerySet[UncertainDelivery], *, has_arrived: bool
    ) -> None:
        reference = str(request.POST.get("body_reference", "")).strip()
        if reference and len(chosen) > 1:
            self.message_user(request, _("One reference belongs to one message."), messages.ERROR)
            return
        for delivery in chosen:
            try:
                settle_uncertain(
                    delivery=delivery,
                    arrived=has_arrived,
                    body_reference=reference,
                    by=request.user,  # type: ignore[arg-type]
                )
            except NotAllowed as refusal:
                self.message_user(request, f"{delivery.key}: {refusal}", messages.ERROR)
