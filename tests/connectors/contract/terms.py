"""For which systems a test of the contract is one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., None])


@dataclass(frozen=True)
class Terms:
    """What a system must have for a test to be one for it: flags of its `claims`, values of the trial
    itself, and switches that are possible there.
    """

    claims: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()


def where(
    *claims: str, has: tuple[str, ...] = (), switches: tuple[str, ...] = ()
) -> Callable[[Test], Test]:
    """The test is one for systems on these terms only; for others it is not collected."""

    def marked(test: Test) -> Test:
        vars(test)["terms"] = Terms(claims, has, switches)
        return test

    return marked
