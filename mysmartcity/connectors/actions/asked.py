"""What an operator asks for by hand: news now, a comparison now. The work itself is a job."""

from django.utils.translation import gettext as _

from mysmartcity.connectors.events import ComparisonAsked, NewsAsked
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.rules import check_may_operate
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib import events
from mysmartcity.people.models import Person


def ask_news(*, connection: Connection, by: Person) -> None:
    """Ask a system for news as soon as a worker is free. Raises NotAllowed, for a paused one too."""
    _check(connection, by)
    events.publish(NewsAsked(connection_id=connection.pk))


def ask_comparison(*, connection: Connection, by: Person) -> None:
    """Compare everything open with a system. Raises NotAllowed, for a paused one too."""
    _check(connection, by)
    events.publish(ComparisonAsked(connection_id=connection.pk))


def _check(connection: Connection, by: Person) -> None:
    check_may_operate(by)
    if not connection.is_active:
        raise NotAllowed(_("The connection is paused: nothing is asked until it is resumed."))
