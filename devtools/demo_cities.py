"""The simulated city systems of the demo: which there are, how they are started, and where they answer.

Each metro speaks another language, as in life: Cape Town its own, eThekwini and the roads agency of
Johannesburg Open311, Ekurhuleni Collaborator, Tshwane SAP, the waste company of Johannesburg files in a
folder. Everybody else is reached by mail; the office's SMTP server also takes the mail to residents,
which its page shows. How a body is connected stands in data/demo/systems.yaml; addresses and keys are
added here.
"""

import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from devtools.environment import ROOT, free_port

PYTHON = sys.executable

LIFE_SECONDS = 100.0
"""From filed to fixed at --pace 1: every metro answers within two minutes."""

API_KEY = "demo-city-key"
PRIVATE_KEY, PUBLIC_KEY = "5f0c1a52-0d3e-4c55-9a11-6f2d3b7e8c90", "demo-service"
LOGIN = {"user": "demo", "password": "demo-city-password"}
"""Of simulated systems on this machine: they open nothing else."""


@dataclass(frozen=True)
class City:
    """One simulated system over HTTP. `where`: the setting that takes its address, and the path there."""

    body: str
    name: str
    kind: str
    module: str
    where: tuple[str, ...] = ()
    path: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()
    jurisdiction: str = ""
    """Whose categories it offers, for those that must be told."""


CITIES = (
    City(
        "city-of-cape-town",
        "City of Cape Town (simulated)",
        "requests",
        "capetown_city",
        where=("endpoint",),
        path="/coct/api",
        secrets={"private_key": PRIVATE_KEY, "public_key": PUBLIC_KEY},
        options=("--private-key", PRIVATE_KEY, "--public-key", PUBLIC_KEY),
    ),
    City(
        "johannesburg-roads-agency",
        "Johannesburg Roads Agency (simulated)",
        "open311",
        "open311_city",
        where=("endpoint",),
        path="/open311/v2",
        secrets={"key": API_KEY},
        options=("--api-key", API_KEY, "--reference-style", "plain"),
        jurisdiction="johannesburg",
    ),
    City(
        "ethekwini-municipality",
        "eThekwini Municipality (simulated)",
        "open311",
        "open311_city",
        where=("endpoint",),
        path="/open311/v2",
        secrets={"key": API_KEY},
        options=("--api-key", API_KEY, "--reference-style", "daily"),
        jurisdiction="ethekwini",
    ),
    City(
        "city-of-ekurhuleni",
        "City of Ekurhuleni (simulated)",
        "collaborator",
        "collaborator_city",
        where=("base_url",),
        secrets=LOGIN,
    ),
    City(
        "city-of-tshwane",
        "City of Tshwane (simulated)",
        "sap",
        "sap_city",
        where=("changes", "base_url"),
        path="/sap/opu/odata/sap/API_MAINTNOTIFICATION",
        secrets=LOGIN,
        options=("--page", "200"),
    ),
    City("pikitup", "Pikitup (simulated)", "files", "file_office"),
)


class Cities:
    """The simulated systems of one data folder. `pace` 2 makes everything happen twice as fast."""

    def __init__(self, folder: Path, *, public_url: str, pace: float = 1.0) -> None:
        self.folder = folder / "cities"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.replies = folder / "replies"
        self.exchange = self.folder / "exchange"
        self.public_host = public_url.split("//")[1]
        self.pace = LIFE_SECONDS / pace
        self.ports = {city.body: free_port() for city in CITIES}
        self.smtp_port, self.office_port = free_port(), free_port()

    def settings(self) -> dict[str, str]:
        """What the platform must know of them."""
        hosts = [f"127.0.0.1:{port}" for port in self.ports.values()]
        return {
            "DEMO": "yes",
            "OUTBOUND_ALLOWED_HOSTS": ",".join(hosts),
            "EXCHANGE_DIR": str(self.exchange),
            "INBOUND_MAILDIR": str(self.replies),
            "REPLY_ADDRESS": "city@mysmartcity.demo.invalid",
            "MAIL_FROM": "My Smart City <reports@mysmartcity.demo.invalid>",
        }

    def commands(self) -> list[tuple[str, list[str]]]:
        """Name and command of each process."""
        package = "mysmartcity.demo.cities"
        found = []
        for city in CITIES:
            options = ["--port", str(self.ports[city.body]), "--pace", str(self.pace)]
            # The name of its kind is part of the file's: an older demo may have had another one.
            options += ["--data", str(self.folder / f"{city.body}.{city.kind}.sqlite3")]
            options += self._options(city)
            found.append(
                (f"city-{city.body}", [PYTHON, "-m", f"{package}.{city.module}", *options])
            )
        options = ["--port", str(self.smtp_port), "--http-port", str(self.office_port)]
        options += [
            "--data",
            str(self.folder / "office.sqlite3"),
            "--reply-maildir",
            str(self.replies),
        ]
        options += ["--pace", str(self.pace)]
        found.append(("mail-office", [PYTHON, "-m", f"{package}.mail_office", *options]))
        return found

    def _options(self, city: City) -> list[str]:
        if city.kind == "files":
            return ["--folder", str(self.exchange / city.body)]
        options = ["--name", city.name, *city.options]
        if city.jurisdiction:
            options += ["--services", str(self.folder / f"{city.jurisdiction}.json")]
            options += ["--photo-hosts", self.public_host]
        return options

    def describe(self) -> list[dict[str, str]]:
        """Name, kind and the address of the page on which a visitor can look at each."""
        found = [
            {
                "name": city.name,
                "kind": city.kind,
                "url": f"http://127.0.0.1:{self.ports[city.body]}",
            }
            for city in CITIES
        ]
        office = {"name": "Mail offices and inboxes (simulated)", "kind": "mail"}
        return [*found, {**office, "url": f"http://127.0.0.1:{self.office_port}"}]

    def plan(self) -> dict[str, Any]:
        """What `seed_demo` needs to connect the bodies."""
        with (ROOT / "data" / "demo" / "systems.yaml").open(encoding="utf-8") as stream:
            systems = yaml.safe_load(stream)
        for city in CITIES:
            plan = systems[city.body]
            plan["secrets"] = dict(city.secrets)
            if city.where:
                place = plan["settings"]
                for name in city.where[:-1]:
                    place = place.setdefault(name, {})
                place[city.where[-1]] = f"http://127.0.0.1:{self.ports[city.body]}{city.path}"
        return {"cities": self.describe(), "systems": systems, "mail": {}}

    def wait_until_ready(self, seconds: float = 30) -> None:
        """Until every page answers. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        for city in self.describe():
            while not _answers(city["url"]):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{city['name']} does not answer; see the logs folder")
                time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - a loopback address of our own
            return True
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, OSError):
        return False
