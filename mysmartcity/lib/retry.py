"""How background jobs are tried again when something outside them breaks, such as the database."""

from typing import Final

from procrastinate import RetryStrategy

PATIENT: Final = RetryStrategy(max_attempts=20, wait=2, linear_wait=3)
"""2 s, 5 s, 8 s … : about ten minutes in all, longer than any restart of a database takes.

What a job does is safe to run twice, so trying again never doubles anything. A job that is lost all
the same is found by the sweeps over the rows it was about.
"""
