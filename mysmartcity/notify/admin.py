"""The mail list for operators; addresses and words are not shown in the list."""

from typing import ClassVar

from django.contrib import admin

from mysmartcity.notify.models import Mail


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin[Mail]):
    """Which mails wait, went out or failed."""

    list_display = ("key", "state", "attempt_count", "error", "created_at", "sent_at")
    list_filter = ("state",)
    search_fields: ClassVar = ("key",)
