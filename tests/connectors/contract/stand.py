"""What a contract test stands on: a simulated system, the fault proxy before it, and a connector."""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from inspect import signature
from typing import Any, ClassVar, Literal
from urllib.parse import quote, unquote_plus

import pytest

from mysmartcity.connectors import registry
from mysmartcity.connectors.contract import (
    Capabilities,
    ConnectionValues,
    Connector,
    DeliveryFailed,
    Message,
    Reporter,
    Sent,
    Update,
)
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.demo.cities.switches import Switches
from mysmartcity.dispatch.status import DeliveryKind
from mysmartcity.lib import clock, http, ids
from tests.connectors.contract.faults import FOR_WIRE, Fault
from tests.connectors.contract.terms import Terms
from tests.demo.processes import Running, running, wait_for

SHORT = http.Timeouts(connect=1.0, total=0.4)
"""The patience of connectors with a slow system: faults that are slow outlast it."""
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Stand:
    """The running system, the proxy (None where the wire is none), and what connectors waited for."""

    simulator: Running
    proxy: Running | None
    place: str
    is_impatient: bool = False
    waits: list[float] = field(default_factory=list)

    @contextmanager
    def spoilt(self, fault: Fault, *, only: str = "", times: int | None = None) -> Iterator[None]:
        """The fault is on inside, and off again afterwards."""
        if fault.simulator:
            assert self.simulator.control(**fault.simulator)[0] == 200
        if fault.proxy:
            assert self.proxy is not None
            if fault.proxy.get("away"):
                assert self.proxy.control(away=True)[0] == 200
            else:
                assert self.proxy.control(**fault.proxy, only=only, times=times)[0] == 200
        self.is_impatient = fault.is_slow
        try:
            yield
        finally:
            self.is_impatient = False
            if fault.proxy and self.proxy is not None:
                self.proxy.control(reset=True)

    def settle(self) -> None:
        """Wait until the proxy has passed on whatever was under way."""
        if self.proxy is not None:
            its = self.proxy
            wait_for(lambda: its.json("/_control")["under_way"] == 0)


class Trial:
    """What a subclass says of its system; the tests are in the classes that build on this one.

    A subclass names `system` (and `definition`, where a declarative file is tried), starts its
    `simulator` (a fixture, once for the class), and gives `settings_for`; the rest has defaults.
    """

    system: ClassVar[str] = ""
    definition: ClassVar[str] = ""
    """A file under data/systems/, where one is tried."""
    claims: ClassVar[Capabilities] = Capabilities()
    """What the connector must say that it can, field by field."""
    secrets: ClassVar[Mapping[str, str]] = {}
    wrong_secrets: ClassVar[Mapping[str, str]] = {}
    """With these a message must be refused as `auth`; empty where nothing is secret."""
    gives: ClassVar[Literal["reference", "token", "nothing"]] = "reference"
    """What the answer to a first message carries."""

    wire: ClassVar[Literal["http", "tcp", "none"]] = "http"
    """How the fault proxy stands in front; "none" for systems without a wire (a folder, a person)."""
    write_path: ClassVar[str] = "^POST "
    """A pattern on "METHOD /path": the exchanges in which messages go over (not the sign-in)."""
    read_path: ClassVar[str] = "^GET "
    """The exchanges in which news, states, categories and look-ups are read."""
    own_faults: ClassVar[tuple[Fault, ...]] = ()
    """Faults by the simulator's own switches, for what only this system can suffer."""
    impossible: ClassVar[Mapping[str, str]] = {}
    """Faults or switches that can't happen here, each with the reason."""
    has_session: ClassVar[bool] = False
    """It signs in first: the simulator's switch `expired` ends its sessions."""
    page_size: ClassVar[int] = 0
    """So many entries on a page of what a look-up reads; 0 where it reads no pages."""
    date_formats: ClassVar[tuple[str, ...]] = ()
    """Values of the simulator's switch `date_format` that must all be read alike."""
    finished: ClassVar[frozenset[str]] = frozenset()
    """The system's words, in lower case, for work that is done."""
    shares: ClassVar[frozenset[str]] = frozenset()
    """Fields of the reporter that this system has a place for, so that they go when they are given."""
    carries_reply_token: ClassVar[bool] = False
    keeps: ClassVar[frozenset[str]] = frozenset({"values"})
    """What an instance may hold; more than `values` only for the length of one use."""
    has_pushes: ClassVar[bool] = False
    """The system tells news over HTTP in a form of its own (`pushes`)."""
    patience: ClassVar[float] = 10.0
    """So many seconds until the simulator has finished a piece of work, at most."""
    pytestmark: ClassVar[list[pytest.MarkDecorator]] = []
    _done: ClassVar[dict[tuple[str, str], str]] = {}

    @classmethod
    def is_asked(cls, test: Any) -> bool:
        """Whether a test is one for this system: nobody is promised what it does not claim.

        That the claims are whole is a test of its own (`Manners.test_it_says_what_it_can`).
        """
        if cls.claims.by_hand and test.__qualname__.split(".")[0] in ("Sending", "Asking", "News"):
            return False  # A person calls there: nothing is sent or asked.
        terms: Terms = getattr(test, "terms", Terms())
        return (
            all(getattr(cls.claims, name) for name in terms.claims)
            and all(getattr(cls, name) for name in terms.has)
            and not any(name in cls.impossible for name in terms.switches)
            and all(cls.chosen().get(name, True) for name in signature(test).parameters)
        )

    def __init_subclass__(cls, **named: Any) -> None:
        """With `--dist loadgroup` one worker tries a system, so that it is started once."""
        super().__init_subclass__(**named)
        cls.pytestmark = [pytest.mark.xdist_group(f"{cls.__module__}.{cls.__name__}")]

    # --- What a subclass gives --------------------------------------------------------------------

    @pytest.fixture(scope="class")
    @classmethod
    def simulator(cls) -> Iterator[Running]:
        """The system as a process of its own."""
        raise NotImplementedError

    def settings_for(self, place: str) -> dict[str, Any]:
        """Settings of a connection to the system at `host:port`."""
        raise NotImplementedError

    @classmethod
    def behind(cls, simulator: Running) -> str:
        """The `host:port` to which the proxy passes on."""
        return simulator.place

    def message(self, **its: Any) -> Message:
        """A message that the system takes, new each time."""
        reference = its.pop("reference", None) or ids.new_reference("CPT")
        values: dict[str, Any] = {
            "key": f"{reference}-row-4711", "thread_key": f"{reference}-row-4711",
            "kind": DeliveryKind.CREATE, "reference": reference, "body_name": "Kwaggafontein",
            "category_code": "pothole", "category_name": "Pothole", "remote_category": "POTHOLE",
            "description": "A hole at the gate, größer as a wheel", "lat": -33.92, "lng": 18.42,
            "address": "12 Main Road, Woodstock", "street": "Main Road", "street_number": "12",
            "suburb": "Woodstock", "place_name": "Woodstock, Ward 57", "reported_at": clock.now(),
            "issue_url": f"https://mysmart.example/i/{reference}",
            "reply_token": "0123456789abcdef012345678",
        }  # fmt: skip
        return Message(**{**values, **its})

    def accepted(self, stand: Stand, message: Message) -> int:
        """How often the system took this first message."""
        return int(stand.simulator.json("/_control/references").get(message.reference, 0))

    def additions(self, stand: Stand) -> int:
        """How many later messages the system has kept."""
        raise NotImplementedError

    def written(self, stand: Stand) -> str:
        """Everything that has left for the system lately, as text."""
        assert stand.proxy is not None
        return "\n".join(map(unquote_plus, stand.proxy.json("/_control/seen")))

    def calm(self, simulator: Running) -> None:
        """Switch every fault of the simulator off."""
        assert simulator.control(**asdict(Switches()))[0] == 200

    def secret_words(self) -> list[str]:
        """What must stand in no sentence and no log, also in the clothes of the wire."""
        words = [word for word in self.secrets.values() if word]
        dressed = [base64.b64encode(word.encode()).decode() for word in words]
        return [*words, *map(quote, words), *dressed]

    # --- What is shared ---------------------------------------------------------------------------

    @pytest.fixture(scope="class")
    @classmethod
    def front(cls, simulator: Running) -> Iterator[Running | None]:
        """The fault proxy before the system."""
        if cls.wire == "none":
            yield None
            return
        with running("fault_proxy", "--mode", cls.wire, "--to", cls.behind(simulator)) as proxy:
            yield proxy

    @pytest.fixture
    def stand(
        self,
        simulator: Running,
        front: Running | None,
        monkeypatch: pytest.MonkeyPatch,
    ) -> Stand:
        """Everything is calm at the start of each test."""
        self.calm(simulator)
        place = simulator.place
        if front is not None:
            place = str(front.control(reset=True)[1]["address"])
        stand = Stand(simulator, front, place)
        monkeypatch.setattr(http, "request", _watched(stand))
        self.prepare(stand, monkeypatch)
        return stand

    def prepare(self, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
        """What else must be set up before each test."""

    def connect(
        self,
        stand: Stand,
        *,
        secrets: Mapping[str, str] | None = None,
        memory: ConnectionMemory | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> Connector:
        """A connector as the platform makes one for each use."""
        given = self.secrets if secrets is None else secrets
        values = ConnectionValues(
            body_name="Kwaggafontein",
            settings=self.settings_for(stand.place) if settings is None else settings,
            secret=given.get("key", ""),
            statuses={},
            allowed_hosts=[stand.place, stand.simulator.place],
            memory=memory or ConnectionMemory(),
            secrets=given,
        )
        return registry.SYSTEMS[self.system](values)

    @classmethod
    def chosen(cls) -> dict[str, list[Any]]:
        """For each name that a test may ask for, the values that this system must stand."""

        def marked(faults: Iterable[Fault]) -> list[Any]:
            return [
                pytest.param(one, marks=[pytest.mark.slow] if one.is_slow else [], id=one.name)
                for one in faults
                if one.name not in cls.impossible
            ]

        asked = ("look_up", "poll", "states", "lists_categories", "by_hand")
        return {
            "fault": marked((*FOR_WIRE[cls.wire], *cls.own_faults)),
            "wire_fault": marked(FOR_WIRE[cls.wire]),
            # Where there is no sign-in, every message is the first of all.
            "is_warm": [True, False] if cls.has_session else [False],
            "date_format": list(cls.date_formats),
            "unclaimed": [name for name in asked if not getattr(cls.claims, name)],
        }

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Each test that asks for one of these runs once for each value."""
        for name, values in self.chosen().items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, values)

    def switch(self, stand: Stand, **switches: Any) -> None:
        """Turn a fault of the content on."""
        assert stand.simulator.control(**switches)[0] == 200

    def attempt(self, act: Callable[[], Any], caplog: pytest.LogCaptureFixture) -> Any:
        """What `act` gives, or its DeliveryFailed; neither it nor any log holds a secret."""
        outcome: Any = None
        try:
            outcome = act()
        except DeliveryFailed as failure:
            outcome = failure
        told = [record.getMessage() for record in caplog.records if _is_ours(record.name)]
        error: BaseException | None = outcome if isinstance(outcome, DeliveryFailed) else None
        while error is not None:
            told.append(f"{error} {error.args}")
            error = error.__cause__
        for word in self.secret_words():
            assert not any(word in one for one in told), f"a secret is told: {told}"
        if isinstance(outcome, DeliveryFailed):
            assert outcome.sentence.strip().endswith((".", "!", "?", "…")) or outcome.sentence
        return outcome

    def look_up(self, connector: Connector, message: Message) -> Sent | None:
        """As the outbox asks: from a little before the first try until a little after it."""
        around = timedelta(minutes=10)
        return connector.look_up(message, since=clock.now() - around, until=clock.now() + around)

    def news(self, connector: Connector, reference: str) -> list[Update]:
        """What is told about one reference."""
        told = list(connector.fetch_updates(since=LONG_AGO, references=[reference]))
        return [one for one in told if one.body_reference == reference]

    def reference_of(self, connector: Connector, sent: Sent) -> str:
        """The system's reference, which may come later by token."""
        if sent.remote_reference is None and sent.token is not None:
            token = sent.token
            return str(wait_for(lambda: connector.resolve_token(token), seconds=self.patience))
        assert sent.remote_reference
        return sent.remote_reference

    def finished_one(self, stand: Stand) -> str:
        """The reference of a piece of work that the system has finished: the same for all who only read."""
        key = (type(self).__name__, stand.simulator.url)
        if key not in self._done:
            self._done[key] = self.newly_finished(stand)
        return self._done[key]

    def newly_finished(self, stand: Stand) -> str:
        """The same, of a piece of work that no other test knows."""
        connector = self.connect(stand)
        reference = self.reference_of(connector, connector.send(self.message()))
        assert self.finished, "say which words mean that work is finished"
        wait_for(
            lambda: [
                one
                for one in self.news(connector, reference)
                if one.remote_status.lower() in self.finished
            ],
            seconds=self.patience,
        )
        return reference


def full_reporter() -> Reporter:
    """A resident with everything that may be private."""
    return Reporter("Nomsa Visser-Kuzwayo", "nomsa@visser.example", "0825550199", "ACC-778899")


def _is_ours(logger: str) -> bool:
    return logger.split(".")[0] not in ("httpcore", "httpx", "asyncio")


def _watched(stand: Stand) -> Callable[..., http.Reply]:
    """`lib.http.request`, noting how long a connector is ready to wait; shorter where one must."""
    real = http.request

    def request(method: str, url: str, **named: Any) -> http.Reply:
        if "/_control" in url:
            return real(method, url, **named)
        stand.waits.append(named.get("timeout", http.DEFAULT_TIMEOUTS).total)
        if stand.is_impatient:
            named["timeout"] = SHORT
        return real(method, url, **named)

    return request
