"""The simulated city systems of the demo: which there are, how they are started, and where they answer.

Cape Town's own service-request system, two Open311 cities, each with a database of its own, and one mail
office for everybody else; the office's SMTP server also takes the mail to residents, which its page shows.
How a body is connected to its system stands in data/demo/systems.yaml; addresses and keys are added here.
"""

import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from devtools.environment import ROOT, free_port

PYTHON = sys.executable

OPEN311 = (
    # body, jurisdiction whose categories it offers, name, style of its references
    ("city-power", "johannesburg", "City Power Johannesburg (simulated)", "plain"),
    ("ethekwini-municipality", "ethekwini", "eThekwini Municipality (simulated)", "daily"),
)
CAPE_TOWN = ("city-of-cape-town", "City of Cape Town (simulated)")
LIFE_SECONDS = 100.0
"""From filed to fixed at --pace 1: every metro answers within two minutes."""

API_KEY = "demo-city-key"
PRIVATE_KEY, PUBLIC_KEY = "5f0c1a52-0d3e-4c55-9a11-6f2d3b7e8c90", "demo-service"
"""Of simulated systems on this machine: they open nothing else."""


class Cities:
    """The simulated systems of one data folder. `pace` 2 makes everything happen twice as fast."""

    def __init__(self, folder: Path, *, public_url: str, pace: float = 1.0) -> None:
        self.folder = folder / "cities"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.replies = folder / "replies"
        self.public_host = public_url.split("//")[1]
        self.pace = LIFE_SECONDS / pace
        self.ports = {body: free_port() for body, *_ in (CAPE_TOWN, *OPEN311)}
        self.smtp_port, self.office_port = free_port(), free_port()

    def settings(self) -> dict[str, str]:
        """What the platform must know of them."""
        hosts = [f"127.0.0.1:{port}" for port in self.ports.values()]
        return {
            "DEMO": "yes",
            "OUTBOUND_ALLOWED_HOSTS": ",".join(hosts),
            "INBOUND_MAILDIR": str(self.replies),
            "REPLY_ADDRESS": "city@mysmartcity.demo.invalid",
            "MAIL_FROM": "My Smart City <reports@mysmartcity.demo.invalid>",
        }

    def commands(self) -> list[tuple[str, list[str]]]:
        """Name and command of each process."""
        package = "mysmartcity.demo.cities"
        found = [self._cape_town()]
        for body, jurisdiction, name, style in OPEN311:
            options = ["--port", str(self.ports[body]), "--name", name, "--reference-style", style]
            options += ["--data", str(self.folder / f"{body}.sqlite3")]
            options += ["--services", str(self.folder / f"{jurisdiction}.json")]
            options += ["--api-key", API_KEY, "--pace", str(self.pace)]
            options += ["--photo-hosts", self.public_host]
            found.append((f"city-{body}", [PYTHON, "-m", f"{package}.open311_city", *options]))
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

    def _cape_town(self) -> tuple[str, list[str]]:
        body, name = CAPE_TOWN
        options = ["--port", str(self.ports[body]), "--name", name, "--pace", str(self.pace)]
        options += ["--data", str(self.folder / f"{body}.requests.sqlite3")]
        options += ["--private-key", PRIVATE_KEY, "--public-key", PUBLIC_KEY]
        module = "mysmartcity.demo.cities.capetown_city"
        return f"city-{body}", [PYTHON, "-m", module, *options]

    def describe(self) -> list[dict[str, str]]:
        """Name, kind and the address of the page on which a visitor can look at each."""
        body, name = CAPE_TOWN
        found = [{"name": name, "kind": "requests", "url": f"http://127.0.0.1:{self.ports[body]}"}]
        found += [
            {"name": name, "kind": "open311", "url": f"http://127.0.0.1:{self.ports[body]}"}
            for body, _, name, _ in OPEN311
        ]
        office = {"name": "Mail offices and inboxes (simulated)", "kind": "mail"}
        return [*found, {**office, "url": f"http://127.0.0.1:{self.office_port}"}]

    def plan(self) -> dict[str, Any]:
        """What `seed_demo` needs to connect the bodies."""
        with (ROOT / "data" / "demo" / "systems.yaml").open(encoding="utf-8") as stream:
            systems = yaml.safe_load(stream)
        for body, port in self.ports.items():
            is_open311 = body != CAPE_TOWN[0]
            path = "/open311/v2" if is_open311 else "/coct/api"
            keys = {"private_key": PRIVATE_KEY, "public_key": PUBLIC_KEY}
            systems[body]["settings"]["endpoint"] = f"http://127.0.0.1:{port}{path}"
            systems[body]["secrets"] = {"key": API_KEY} if is_open311 else keys
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
