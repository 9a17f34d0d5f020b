"""Addresses of the machine doors. Each view says who may open it."""

from django.urls import re_path

from mysmartcity.api import hooks
from mysmartcity.api.open311 import reading, writing
from mysmartcity.api.open311.door import nothing_here, opens
from mysmartcity.lib.access import declares

app_name = "api"

_public = declares("public")
_SUFFIX = r"\.(?P<suffix>[A-Za-z0-9]{1,12})$"

urlpatterns = [
    re_path(r"^hooks/(?P<public_id>[A-Za-z0-9_-]{1,64})$", hooks.push, name="push"),
    re_path(
        rf"^open311/v2/discovery{_SUFFIX}", _public(opens(get=reading.discovery)), name="discovery"
    ),
    re_path(
        rf"^open311/v2/services{_SUFFIX}", _public(opens(get=reading.services)), name="services"
    ),
    re_path(
        rf"^open311/v2/services/(?P<code>.+){_SUFFIX}",
        _public(opens(get=reading.service)),
        name="service",
    ),
    re_path(
        rf"^open311/v2/requests{_SUFFIX}",
        declares("public", "key")(opens(get=reading.requests, post=writing.create)),
        name="requests",
    ),
    re_path(
        rf"^open311/v2/requests/(?P<reference>[^/]+){_SUFFIX}",
        _public(opens(get=reading.request)),
        name="request",
    ),
    re_path(
        rf"^open311/v2/tokens/(?P<token>[^/]+){_SUFFIX}",
        _public(opens(get=reading.token)),
        name="token",
    ),
    re_path(
        rf"^open311/v2/servicerequestupdates{_SUFFIX}",
        _public(opens(get=reading.updates)),
        name="updates",
    ),
    re_path(r"^open311(?:/.*)?$", _public(nothing_here)),
]
