"""Reading what was typed at the desk: moments on the cities' clocks, whole numbers, ways back."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib import clock
from mysmartcity.lib.text import one_line


def words_in(request: HttpRequest, name: str, *, most: int = 300) -> str:
    """One line of a posted form."""
    return one_line(request.POST.get(name, ""))[:most]


def moment_in(request: HttpRequest, name: str) -> datetime | None:
    """A posted moment; None when it was left empty. Raises NotAllowed for anything else."""
    typed = words_in(request, name, most=40)
    if not typed:
        return None
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=clock.CITY_ZONE)
    except ValueError as error:
        words = _("Write day and time like 2026-05-14 09:30.")
        raise NotAllowed(words) from error


def number_in(request: HttpRequest, name: str, *, most: int) -> int | None:
    """A posted whole number; None when it was left empty. Raises NotAllowed for anything else."""
    typed = words_in(request, name, most=12)
    if not typed:
        return None
    if not typed.isdecimal() or int(typed) > most:
        words = _("Write a whole number up to %(most)s.")
        raise NotAllowed(words % {"most": most})
    return int(typed)


def way_back(request: HttpRequest, default: str) -> str:
    """Where the form stood: a path of the desk, or the default."""
    given = request.POST.get("back", "")
    is_ours = given.startswith("/desk/") and url_has_allowed_host_and_scheme(
        given, allowed_hosts=None
    )
    return given if is_ours else default
