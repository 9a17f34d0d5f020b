"""Fixtures of the exchange."""

from tests.connectors.build import city
from tests.connectors.processes import manage, zygote

__all__ = ["city", "manage", "zygote"]
