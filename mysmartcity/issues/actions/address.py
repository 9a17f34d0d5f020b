"""Adding the address that a report came without."""

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.issues.actions.status import comment_issue
from mysmartcity.issues.models import Issue, TimelineEntry
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import Actor
from mysmartcity.lib.street import parse_street
from mysmartcity.lib.text import one_line
from mysmartcity.people.models import Person

MOST = 300


@transaction.atomic
def add_address(
    *, issue: Issue, street: str, number: str, suburb: str, by: Person
) -> TimelineEntry:
    """Say at which street, number and suburb an issue is. What stood there before is kept for staff.

    An address is for those who go there: the entry is inside words, nothing is told to the public.
    Raises NotAllowed when what was typed can't be read as an address again: whoever sends it on must
    find the same street and number in it.
    """
    street, number, suburb = (one_line(part).strip(" ,;") for part in (street, number, suburb))
    first = f"{number} {street}".strip()
    address = f"{first}, {suburb}" if suburb else first
    found = parse_street(address)
    # The reader puts spaces right ("12 a" becomes "12a"), so only what is missing counts.
    if not street or not found.street or (number and not found.number):
        raise NotAllowed(_("Write the street like “Main Road” and the number like “12” or “12a”."))
    if len(address) > MOST:
        raise NotAllowed(_("This address is too long."))
    locked = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    before = locked.address
    locked.address, locked.address_id = address, ""
    locked.save(update_fields=["address", "address_id"])
    issue.address, issue.address_id = address, ""
    words = _("The desk added the address “%(address)s”.") % {"address": address}
    if before:
        words += " " + _("Before it was “%(before)s”.") % {"before": before}
    return comment_issue(issue=locked, actor=Actor.DISPATCHER, by=by, inside_words=words)
