"""The simulated SAP system and the simulated municipality on Collaborator as processes of their own."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from mysmartcity.demo.cities.collaborator_city import life as objects
from mysmartcity.demo.cities.sap_city import life as notifications
from mysmartcity.lib import http
from tests.demo.processes import Running, running

SAP = "/sap/opu/odata/sap/API_MAINTNOTIFICATION"
WHO = "Basic " + base64.b64encode(b"demo:demo-city-password").decode()


def ask(city: Running, method: str, path: str, body: Any = None, **headers: str) -> http.Reply:
    data = None if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.request(
        method, city.url + path, data=data, headers=named, allowed_hosts=[city.place]
    )


def file_one(city: Running) -> http.Reply:
    """As a client of either must: token first, then the create."""
    if "sap_city" in str(city.process.args):
        found = ask(city, "GET", SAP + "/", Authorization=WHO, x_csrf_token="Fetch").headers
        cookie = found["set-cookie"].split("SAP_SESSIONID_S4H_100=")[1].split(";")[0]
        tree = {"NotificationText": "Lamp", "NotificationType": "M1",
                "MaintNotifExtReferenceNumber": "CPT-AAAAAA"}  # fmt: skip
        return ask(
            city, "POST", SAP + "/MaintenanceNotification", tree, Authorization=WHO,
            x_csrf_token=found["x-csrf-token"], Cookie=f"SAP_SESSIONID_S4H_100={cookie}",
        )  # fmt: skip
    key = {"username": "demo", "password": "demo-city-password"}
    token = json.loads(ask(city, "POST", "/webAPI/api/MobileToken/GetTokenForUser", key).body)
    fields = {"F1": "Sewerage", "F10": "Leak\nReference: CPT-AAAAAA"}
    tree = {"TemplateId": 9, "BPID": 3, "PercentComplete": 100, "Comments": "",
            "FormFields": [{"FieldID": n, "FieldValue": v} for n, v in fields.items()]}  # fmt: skip
    path = "/webAPI/api/Task/SaveNewTaskFeedback"
    return ask(city, "POST", path, tree, Authorization=f"Bearer {token}")


@pytest.mark.parametrize("kind", ["sap_city", "collaborator_city"])
def test_what_was_accepted_survives_a_kill(kind: str, tmp_path: Path) -> None:
    arguments = (kind, "--port", "0", "--data", str(tmp_path / "city.db"), "--name", "Test <City>")
    with running(*arguments) as city:
        assert file_one(city).status in (200, 201)
        assert b"Test &lt;City&gt;" in city.get("/").body
        city.process.kill()
        city.process.wait(10)
    with running(*arguments) as city:
        assert city.json("/_control/references") == {"CPT-AAAAAA": 1}
        state = city.json("/_control/states")["CPT-AAAAAA"]
        assert state["theirs"]
        assert state["state"] in ("1", "Initial")
        assert city.control(nonsense=1)[0] == 400
        assert city.control(error=503)[1]["switches"]["error"] == 503
        assert file_one_status(city) == 503
        assert city.stop() == 0


def file_one_status(city: Running) -> int:
    path = SAP + "/" if "sap_city" in str(city.process.args) else "/webapi/api/Objects/GetObject"
    return ask(city, "POST", path, {}).status


def test_a_change_without_token_or_session_is_refused(tmp_path: Path) -> None:
    with running("sap_city", "--port", "0", "--data", str(tmp_path / "city.db")) as city:
        path, good = SAP + "/MaintenanceNotification", {"Authorization": WHO}
        assert ask(city, "GET", path).status == 401
        refused = ask(city, "POST", path, {}, **good)
        assert (refused.status, refused.headers["x-csrf-token"]) == (403, "Required")
        token = ask(city, "GET", SAP + "/", x_csrf_token="Fetch", **good).headers["x-csrf-token"]
        assert ask(city, "POST", path, {}, x_csrf_token=token, **good).status == 403, "no session"
        assert city.json("/_control/references") == {}


@pytest.mark.parametrize(
    ("words", "age", "phase"),
    [("", 0, "1"), ("", 50, "3"), ("", 100, "4"), ("[hold]", 50, "2"), ("[hold]", 500, "2"),
     ("[odd]", 100, "5")],
)  # fmt: skip
def test_the_life_of_a_notification(words: str, age: float, phase: str) -> None:
    found = notifications.stand(words, made_at=1000, now=1000 + age, pace=100)
    assert found.phase == phase
    assert found.since <= 1000 + age
    back = notifications.stand("", made_at=1000, now=1200, pace=100, is_backwards=True)
    assert back.phase == "3"


def test_the_life_of_an_object() -> None:
    told = [objects.stand(7, "", age=age, pace=100) for age in (0, 20, 50, 90, 200)]
    assert [one.status for one in told] == [
        "Initial", "Registered", "Assigned", "Completed", "Finalised",
    ]  # fmt: skip
    assert [one.own_number for one in told] == ["", "", "370007", "370007", "370007"]
    assert objects.stand(7, "[odd]", age=90, pace=100) == objects.Stand("Assigned", "")
    assert objects.stand(7, "[hold]", age=900, pace=100).status == "Assigned"
    assert objects.stand(7, "", age=0, pace=10_000).status == "Initial"
    assert objects.stand(7, "", age=46, pace=10_000).status == "Registered"
