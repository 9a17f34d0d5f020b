"""Watching until when the certificates of systems are good, before they run out."""

import logging

from django.conf import settings

from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.lib import http

log = logging.getLogger(__name__)


def check_certificate(*, connection_id: int) -> None:
    """Look once. A system that can't be reached keeps what was known of it."""
    connection = Connection.objects.filter(pk=connection_id).select_related("body").first()
    if connection is None:
        return
    try:
        address = connector_for(connection).address
        if not address:
            return
        until = http.certificate_until(address, allowed_hosts=settings.OUTBOUND_ALLOWED_HOSTS)
    except (UnknownSystem, http.HttpFailure) as error:
        log.warning("The certificate of connection %s can't be looked at: %s", connection_id, error)
        return
    Connection.objects.filter(pk=connection_id).update(certificate_until=until)
