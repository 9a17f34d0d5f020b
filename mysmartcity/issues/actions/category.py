"""Moving an issue to another category of its jurisdiction."""

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.issues import rules
from mysmartcity.issues.actions.counts import count_issue
from mysmartcity.issues.actions.status import comment_issue
from mysmartcity.issues.models import Category, Issue, TimelineEntry
from mysmartcity.issues.models.category import Privacy
from mysmartcity.issues.service_level import due_at
from mysmartcity.issues.status import Actor
from mysmartcity.lib import geo
from mysmartcity.lib.geo import Point
from mysmartcity.people.models import Person


@transaction.atomic
def move_to_category(
    *, issue: Issue, category: Category, by: Person, words: str = ""
) -> TimelineEntry:
    """It is of another kind. Its clock runs on from the report; its place is shown as that kind allows.

    A place that was hidden stays hidden. Raises NotAllowed when the category can't be used here.
    """
    locked = (
        Issue.objects.select_for_update(of=("self",)).select_related("category").get(pk=issue.pk)
    )
    if category.jurisdiction_id != locked.jurisdiction_id or rules.check_category(category):
        raise rules.NotAllowed(_("This kind of problem can't be reported here now."))
    before = locked.category
    if before.pk == category.pk:
        raise rules.NotAllowed(_("It is of this kind already."))
    count_issue(issue=locked, change=-1)
    locked.category = category
    locked.promised_at = due_at(locked.reported_at, category)
    if category.privacy == Privacy.COARSE and before.privacy != Privacy.COARSE:
        public = geo.coarse(Point(locked.lat, locked.lng))
        locked.public_lat, locked.public_lng = public.lat, public.lng
        locked.cell7, locked.cell8, locked.cell9 = (geo.cell(public, n) for n in (7, 8, 9))
    locked.save()
    count_issue(issue=locked, change=1)
    says = _("It was moved from “%(before)s” to “%(after)s”.")
    public_words = says % {"before": before.name, "after": category.name}
    return comment_issue(
        issue=locked,
        actor=Actor.DISPATCHER,
        by=by,
        public_words="\n".join(filter(None, (public_words, words))),
    )
