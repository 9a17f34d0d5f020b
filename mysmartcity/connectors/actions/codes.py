"""Giving a connection's codes a new version, and going back to an older one."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.apply import replay_unmapped
from mysmartcity.connectors.codes import BadCodes, meaning_of
from mysmartcity.connectors.models import CodeBook, Connection
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.people.models import Person


class CodesChanged(NotAllowed):
    """Somebody else saved a newer version meanwhile."""


@transaction.atomic
def give_codes(
    *,
    connection: Connection,
    category_codes: Mapping[str, str],
    statuses: Mapping[str, str],
    note: str,
    by: Person | None,
    seen_version: int,
) -> CodeBook:
    """A new version comes into force, and what waited is replayed. Raises CodesChanged, BadCodes."""
    wrong = [word for word in statuses if meaning_of(word, statuses) is None]
    if wrong:
        raise BadCodes([_("“%(word)s” leads to no status of ours.") % {"word": w} for w in wrong])
    locked = Connection.objects.select_for_update().get(pk=connection.pk)
    if locked.codes_version != seen_version:
        raise CodesChanged(_("Somebody else saved these codes while you had them open."))
    book = CodeBook.objects.create(
        connection=locked,
        version=locked.codes_version + 1,
        category_codes=dict(category_codes),
        statuses=dict(statuses),
        note=note[:300],
        made_by=by,
    )
    locked.category_codes, locked.statuses = book.category_codes, book.statuses
    locked.codes_version = book.version
    locked.save(update_fields=["category_codes", "statuses", "codes_version"])
    replay_unmapped(connection=Connection.objects.select_related("body").get(pk=locked.pk))
    return book


def restore_codes(*, connection: Connection, version: int, by: Person | None) -> CodeBook:
    """An older version comes into force again, as a new version. Raises NotAllowed."""
    old = CodeBook.objects.filter(connection=connection, version=version).first()
    if old is None:
        raise NotAllowed(_("There is no such version."))
    return give_codes(
        connection=connection,
        category_codes=old.category_codes,
        statuses=old.statuses,
        note=_("Version %(version)s again") % {"version": version},
        by=by,
        seen_version=connection.codes_version,
    )
