"""Every system and every declarative file keeps the contract: each has a subclass that tries it."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from mysmartcity.connectors.registry import SYSTEMS
from tests.connectors.contract.contract import ConnectorContract

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS = ROOT / "data" / "systems"
TRIALS = ROOT / "tests" / "connectors" / "systems"


def trials() -> list[type[ConnectorContract]]:
    """Every subclass that pytest collects."""
    for file in sorted(TRIALS.rglob("test_contract*.py")):
        import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))

    def below(one: type[ConnectorContract]) -> Iterator[type[ConnectorContract]]:
        for each in one.__subclasses__():
            yield each
            yield from below(each)

    found = list(below(ConnectorContract))
    return [one for one in found if one.__name__.startswith("Test")]


def untried(systems: set[str], definitions: set[str]) -> set[str]:
    """Systems and files without a trial of their own."""
    tried = trials()
    return (systems - {one.system for one in tried}) | (
        definitions - {one.definition for one in tried}
    )


def test_every_system_keeps_the_contract() -> None:
    files = {file.name for file in DEFINITIONS.glob("*.y*ml")}
    assert untried(set(SYSTEMS), files) == set()


def test_a_system_without_a_trial_is_found() -> None:
    assert untried({*SYSTEMS, "untried"}, {"untried.yaml"}) == {"untried", "untried.yaml"}
