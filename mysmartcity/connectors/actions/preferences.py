"""Which categories go through which connection of a body, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.connectors.models import Connection, Preference
from mysmartcity.connectors.rules import check_may_operate
from mysmartcity.issues.models import Category
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.people.models import Person

MAX_POSITION = 20
MAX_HOURS = 24 * 14


@dataclass(frozen=True)
class Wanted:
    """One line of what an operator wants; an empty code is every category without lines of its own."""

    category_code: str
    position: int
    after_hours: int


@transaction.atomic
def set_preferences(*, connection: Connection, wanted: Sequence[Wanted], by: Person) -> None:
    """Replace what this connection is used for. Other connections of the body keep their lines.

    Raises NotAllowed for a category that nobody knows, one that is named twice, and odd numbers.
    """
    check_may_operate(by)
    _check(wanted)
    Connection.objects.select_for_update().get(pk=connection.pk)
    Preference.objects.filter(connection=connection).delete()
    Preference.objects.bulk_create(
        Preference(
            body_id=connection.body_id,
            connection=connection,
            category_code=one.category_code,
            position=one.position,
            after_hours=one.after_hours,
        )
        for one in wanted
    )


def _check(wanted: Sequence[Wanted]) -> None:
    codes = [one.category_code for one in wanted]
    if len(set(codes)) != len(codes):
        raise NotAllowed(_("Each category can stand in one line only."))
    named = {code for code in codes if code}
    known = set(Category.objects.filter(code__in=named).values_list("code", flat=True))
    if named - known:
        words = _("No category has the code %(codes)s.")
        raise NotAllowed(words % {"codes": ", ".join(sorted(named - known))})
    for one in wanted:
        if not 0 <= one.position <= MAX_POSITION or not 0 <= one.after_hours <= MAX_HOURS:
            words = _("Numbers go from 1 to %(most)s, hours from 0 to %(hours)s.")
            raise NotAllowed(words % {"most": MAX_POSITION + 1, "hours": MAX_HOURS})
