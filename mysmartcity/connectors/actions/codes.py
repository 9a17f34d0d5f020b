"""Giving a connection new codes, as a version that is kept for good, and using it on what waited."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.apply import replay_unmapped
from mysmartcity.connectors.actions.shadow import note_shadow
from mysmartcity.connectors.codes import BadCodes, category_faults, status_faults
from mysmartcity.connectors.models import CodeBook, Connection
from mysmartcity.connectors.status import Mode
from mysmartcity.issues.models import Category
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.people.models import Person

BEFORE_VERSIONS = "as it stood before the first version"


def give_codes(
    *,
    connection: Connection,
    category_codes: Mapping[str, Any],
    statuses: Mapping[str, Any],
    note: str,
    by: Person | None,
    seen_version: int | None = None,
) -> CodeBook:
    """Put new codes into force, and apply what waited for them.

    `seen_version` is the version that was edited; without it, that of `connection` as it was read.
    Raises BadCodes with a sentence for each wrong word, NotAllowed when somebody gave other codes
    meanwhile.
    """
    check_codes(category_codes=category_codes, statuses=statuses)
    with transaction.atomic():
        seen = connection.codes_version if seen_version is None else seen_version
        locked = _locked(connection, seen_version=seen)
        book = _write(locked, category_codes, statuses, note=note, by=by)
    use_codes(connection=connection)
    return book


def restore_codes(
    *, connection: Connection, version: int, by: Person | None, seen_version: int | None = None
) -> CodeBook:
    """Put an old version into force again, as a new one.

    Raises NotAllowed when there is no such version, or somebody gave other codes meanwhile.
    """
    with transaction.atomic():
        seen = connection.codes_version if seen_version is None else seen_version
        locked = _locked(connection, seen_version=seen)
        old = locked.code_books.filter(version=version).first()
        if old is None:
            raise NotAllowed(_("There is no version %(n)s of these codes.") % {"n": version})
        note = _("Version %(version)s again.") % {"version": version}
        book = _write(locked, old.category_codes, old.statuses, note=note, by=by)
    use_codes(connection=connection)
    return book


def check_codes(*, category_codes: Any, statuses: Any) -> None:
    """Whether these codes may come into force. Raises BadCodes."""
    known = set(Category.objects.values_list("code", flat=True).distinct())
    faults = [*status_faults(statuses), *category_faults(category_codes, known)]
    if faults:
        raise BadCodes(faults)


def _locked(connection: Connection, *, seen_version: int) -> Connection:
    locked = Connection.objects.select_for_update(of=("self",)).get(pk=connection.pk)
    if locked.codes_version != seen_version:
        sentence = _(
            "Somebody changed them meanwhile: they are at version %(now)s, you saw %(seen)s."
        )
        raise NotAllowed(sentence % {"now": locked.codes_version, "seen": seen_version})
    found: Connection = locked
    return found


def _write(
    locked: Connection,
    category_codes: Mapping[str, Any],
    statuses: Mapping[str, Any],
    *,
    note: str,
    by: Person | None,
) -> CodeBook:
    """The next version, and the current copy beside it. The caller holds the connection's row."""
    if locked.codes_version == 0 and (locked.category_codes or locked.statuses):
        # Loaded with the reference data or typed in before there were versions: kept as number 0.
        CodeBook.objects.get_or_create(
            connection=locked,
            version=0,
            defaults={
                "category_codes": locked.category_codes,
                "statuses": locked.statuses,
                "note": BEFORE_VERSIONS,
            },
        )
    locked.category_codes, locked.statuses = dict(category_codes), dict(statuses)
    locked.codes_version += 1
    locked.save(update_fields=["category_codes", "statuses", "codes_version"])
    return CodeBook.objects.create(
        connection=locked,
        version=locked.codes_version,
        category_codes=locked.category_codes,
        statuses=locked.statuses,
        note=note[:300],
        made_by=by,
    )


def use_codes(*, connection: Connection) -> int:
    """Apply what waited for a mapping and has one now, or judge it again in shadow mode; gives how many.

    Outside the transaction that gave the codes: each thing that waited is applied in a small one of its
    own. Should the process end in between, the next poll finds what still waits for a word now known.
    """
    connection.refresh_from_db(fields=["category_codes", "statuses", "codes_version", "mode"])
    if connection.mode == Mode.SHADOW:
        return note_shadow(connection=connection, again=True)
    return replay_unmapped(connection=connection)
