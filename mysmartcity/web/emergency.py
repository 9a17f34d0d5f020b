"""The numbers to call before anything is reported, with the words that say who answers."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mysmartcity.issues.models import Category

WHO_ANSWERS: Final[dict[str, Promise]] = {
    "10111": gettext_lazy("Police"),
    "10177": gettext_lazy("Ambulance or fire"),
    "112": gettext_lazy("Any emergency, from a cell phone"),
}
"""National numbers; a city's own stand in its data."""


def calls_of(category: Category) -> list[dict[str, str]]:
    """The category's numbers as the look's hard stop wants them: {number, label}."""
    numbers = [part.strip() for part in category.emergency_numbers.split(",") if part.strip()]
    return [
        {"number": number, "label": str(WHO_ANSWERS.get(number, _("City emergency line")))}
        for number in numbers or ["112"]
    ]
