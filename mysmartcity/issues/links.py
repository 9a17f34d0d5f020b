"""Secrets in links: tracking an issue, and stopping its news. Made by HMAC, so none must be kept.

The same request key gives the same tracking secret, so that a report that is sent twice (bad network)
gets the first answer again although only the secret's hash is stored. 192 bits of the HMAC are used.
"""

import base64
import hashlib
import hmac

from django.conf import settings

from mysmartcity.lib import ids


def _derive(purpose: str, value: str) -> str:
    mac = hmac.new(settings.SECRET_KEY.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()[:24]).decode()


def tracking_secret(request_key: str) -> str:
    """The tracking secret of the report with this client-made key; a random one without a key."""
    return _derive("tracking", request_key) if request_key else ids.new_secret()


def stop_secret(follow_id: int) -> str:
    """The secret in the link that stops the news of one follower."""
    return _derive("stop", str(follow_id))


def tracking_url(secret: str) -> str:
    """Where the reporter follows the report and may confirm or withdraw."""
    return f"{settings.PUBLIC_URL}/t/{secret}"


def stop_url(secret: str) -> str:
    """Where a follower stops the news."""
    return f"{settings.PUBLIC_URL}/stop/{secret}"


def issue_url(reference: str) -> str:
    """The public page of an issue."""
    return f"{settings.PUBLIC_URL}/i/{reference}"
