"""Fixtures of the exchange."""

from tests.connectors.build import city

__all__ = ["city"]
