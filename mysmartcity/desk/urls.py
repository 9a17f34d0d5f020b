"""Addresses of the desk. Staff with a second factor only: web.middleware holds them to it."""

from django.urls import path
from django.views.generic import RedirectView

from mysmartcity.desk.views import (
    calls,
    codes,
    connection,
    connections,
    dead_letters,
    facts,
    home,
    mapping,
    reconciliation,
    route,
    uncertain,
    use,
)
from mysmartcity.lib.access import declares

app_name = "desk"

_ONE = "desk/connections/<str:public_id>"

urlpatterns = [
    path("desk", declares("staff")(RedirectView.as_view(pattern_name="desk:home"))),
    path("desk/", home.home, name="home"),
    path("desk/connections", connections.connections, name="connections"),
    path(_ONE, connection.connection, name="connection"),
    path(f"{_ONE}/act", connection.act, name="connection-act"),
    path(f"{_ONE}/messages", connection.messages, name="connection-messages"),
    path(f"{_ONE}/categories", connection.categories, name="connection-categories"),
    path(f"{_ONE}/use", use.use, name="connection-use"),
    path(f"{_ONE}/codes", codes.codes, name="connection-codes"),
    path(f"{_ONE}/codes/restore", codes.restore, name="connection-restore"),
    path("desk/mapping", mapping.mapping, name="mapping"),
    path("desk/dead-letters", dead_letters.dead_letters, name="dead-letters"),
    path("desk/dead-letters/again", dead_letters.again, name="dead-letters-again"),
    path("desk/dead-letters/care", dead_letters.care, name="dead-letters-care"),
    path("desk/uncertain", uncertain.uncertain, name="uncertain"),
    path("desk/facts", facts.facts, name="facts"),
    path("desk/reconciliation", reconciliation.reconciliation, name="reconciliation"),
    path("desk/route", route.route, name="route"),
    path("desk/calls", calls.calls, name="calls"),
    path("desk/calls/<str:key>", calls.call, name="call"),
]
