"""Sealing the secrets of all connections again, after the sealing key was changed."""

from django.db import transaction

from mysmartcity.connectors.models import Connection
from mysmartcity.lib.sealing import CannotOpen


def reseal_secrets() -> int:
    """Seal every secret with the key in use now; gives how many connections had any.

    Raises CannotOpen naming all connections that no key opens; the others are done by then.
    """
    resealed, closed = 0, list[str]()
    for pk in Connection.objects.order_by("pk").values_list("pk", flat=True):
        try:
            resealed += _reseal(pk)
        except CannotOpen:
            closed.append(str(pk))
    if closed:
        raise CannotOpen(
            f"No key opens the secrets of connections {', '.join(closed)}. List the key they were"
            " sealed with in SECRETS_KEY_FALLBACKS, or give them new secrets."
        )
    return resealed


@transaction.atomic
def _reseal(pk: int) -> bool:
    connection = Connection.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if connection is None or not connection.secrets:
        return False
    connection.save(update_fields=["secrets"])
    return True
