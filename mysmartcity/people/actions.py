"""What is written about people: keys for machines, and accounts that nobody ever used."""

from datetime import timedelta

from mysmartcity.lib import clock, ids
from mysmartcity.people.models import ApiKey, Person, Role

_ACTIVE_KEY = "SELECT * FROM people_apikey WHERE key_hash = %s AND is_active"


def issue_api_key(*, name: str, jurisdiction_slug: str = "") -> tuple[ApiKey, str]:
    """Make a key for a machine. The second value is the key itself, shown once and never kept."""
    secret = ids.new_secret()
    key = ApiKey.objects.create(
        name=name,
        prefix=secret[:6],
        key_hash=ids.hash_secret(secret),
        jurisdiction_slug=jurisdiction_slug,
    )
    return key, secret


def recognise_api_key(*, secret: str) -> ApiKey | None:
    """The active key behind a secret, marked as used; None when there is none."""
    # Asked with every report: written out, it costs a third of what building the query costs. It is
    # never kept in the process, because a key that is taken back must stop at once.
    key = next(iter(ApiKey.objects.raw(_ACTIVE_KEY, [ids.hash_secret(secret)])), None)
    if key is None:
        return None
    # Once a minute is enough to know that a key lives, and spares a write on every post.
    now = clock.now()
    if key.last_used_at is None or (now - key.last_used_at).total_seconds() > 60:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


UNUSED = timedelta(days=2)


def remove_unused_accounts() -> int:
    """Remove residents' accounts that were made by asking for a code which nobody typed; gives how many.

    An account that ever signed in stays, and so does one that an operator made for staff.
    """
    unused = Person.objects.filter(
        role=Role.RESIDENT, is_staff=False, last_login=None, joined_at__lt=clock.now() - UNUSED
    )
    removed = 0
    for person in unused.filter(issues=None, follows=None):
        if not person.has_usable_password():
            person.delete()
            removed += 1
    return removed
