"""Who may change how we exchange with the systems of bodies."""

from django.utils.translation import gettext as _

from mysmartcity.issues.rules import NotAllowed
from mysmartcity.people.models import Person, Role


def may_operate(person: Person) -> bool:
    """Operators change connections: codes, preferences, pausing, shadow and live."""
    return person.is_active and person.is_staff and person.role == Role.OPERATOR


def check_may_operate(person: Person) -> None:
    """Raises NotAllowed for everybody but an operator."""
    if not may_operate(person):
        raise NotAllowed(_("Only an operator may change a connection. Ask one of them."))
