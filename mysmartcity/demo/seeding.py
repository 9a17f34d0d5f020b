"""What the demonstration adds to an empty platform: logins, a key, connections, and a past."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.db import transaction

from mysmartcity.connectors.models import Connection, Preference
from mysmartcity.demo.history import DemoHistory
from mysmartcity.dispatch.models import Responsibility
from mysmartcity.issues.models import Category, Issue, Jurisdiction
from mysmartcity.people.actions import issue_api_key
from mysmartcity.people.models import ApiKey, Body, Person, Role

DEMO_KEY_NAME = "Demo machine"

LOGINS = (
    (Role.RESIDENT, "thandi@demo.invalid", "Thandi"),
    (Role.DISPATCHER, "dispatch@demo.invalid", "Dispatch desk"),
    (Role.OPERATOR, "operator@demo.invalid", "Operator"),
)

ISSUES_PER_CITY = 150


@transaction.atomic
def seed_people(known: list[dict[str, str]]) -> list[dict[str, str]]:
    """The demo's logins with random passwords; `known` are those of the last start, kept."""
    passwords = {login["email"]: login for login in known}
    logins = []
    for role, email, name in LOGINS:
        old = passwords.get(email)
        person = Person.objects.filter(email=email).first()
        if person is not None and old is not None:
            logins.append(old)
            continue
        password, secret = secrets.token_urlsafe(12), generate_totp_secret()
        if person is None:
            is_staff = role in (Role.DISPATCHER, Role.OPERATOR)
            person = Person.objects.create_user(
                email, password, role=role, display_name=name, is_staff=is_staff
            )
        person.is_superuser = role == Role.OPERATOR
        person.set_password(password)
        person.save()
        EmailAddress.objects.update_or_create(
            user=person, email=email, defaults={"verified": True, "primary": True}
        )
        Authenticator.objects.filter(user=person).delete()
        if person.is_staff:
            TOTP.activate(person, secret)
        logins.append(
            {
                "role": str(role),
                "email": email,
                "password": password,
                "second_factor_secret": secret if person.is_staff else "",
            }
        )
    return logins


def seed_key(known: str) -> str:
    """The demo's API key, kept from the last start when we know it."""
    if known and ApiKey.objects.filter(name=DEMO_KEY_NAME, is_active=True).exists():
        return known
    ApiKey.objects.filter(name=DEMO_KEY_NAME).delete()
    _key, secret = issue_api_key(name=DEMO_KEY_NAME)
    return secret


def plan_for(body: Body | None, plans: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The plan of a body, or of the nearest body above it that has one."""
    while body is not None:
        if body.slug in plans:
            return plans[body.slug]
        body = body.parent
    return None


@transaction.atomic
def seed_connections(systems: Mapping[str, Mapping[str, Any]], mail: Mapping[str, Any]) -> int:
    """Connect every body that a rule names: to its simulated system, or by mail.

    `systems` gives system, settings, secrets, statuses and category codes by the slug of a body, for it
    and for those below it.
    """
    bodies = Body.objects.filter(
        pk__in=Responsibility.objects.filter(is_active=True).values("body")
    ).select_related("parent")
    planned = {str(plan["system"]) for plan in systems.values()}
    codes = sorted(set(Category.objects.values_list("code", flat=True)))
    for body in bodies:
        plan = plan_for(body, systems)
        values: dict[str, Any] = {
            "system": "mail",
            "settings": {**mail, "to": f"{body.slug}@office.demo.invalid"},
            "secrets": {},
        }
        if plan is not None:
            values = {**plan}
            if values.get("category_codes") == "same":
                # The simulated city offers our own categories under our own codes.
                values["category_codes"] = {code: code for code in codes}
        system = values.pop("system")
        # The data folder of an older demo may still lead this body to another of the simulated systems.
        Connection.objects.filter(body=body, system__in=planned - {system}).delete()
        Connection.objects.update_or_create(body=body, system=system, defaults=values)
    return len(bodies)


@transaction.atomic
def seed_call_centres(folder: Path, mail: Mapping[str, Any]) -> int:
    """Bodies without an interface: by mail first, and when that has been silent for hours, by phone."""
    with (folder / "call_centres.yaml").open(encoding="utf-8") as stream:
        centres = yaml.safe_load(stream)["call_centres"]
    for centre in centres:
        body = Body.objects.filter(slug=centre["body"]).first()
        if body is None:
            continue
        names = ("phone", "hours", "menu", "facts")
        by_phone = {name: centre[name] for name in names if centre[name]}
        to = {**mail, "to": f"{body.slug}@office.demo.invalid"}
        ways = (("mail", to), ("call_centre", {**by_phone, "share_contact": True}))
        for position, (system, its) in enumerate(ways):
            connection, _is_new = Connection.objects.update_or_create(
                body=body, system=system, defaults={"settings": its}
            )
            Preference.objects.update_or_create(
                body=body,
                category_code="",
                connection=connection,
                defaults={"position": position, "after_hours": 4},
            )
    return len(centres)


def seed_history(folder: Path) -> int:
    """The past of the demo city, once."""
    if Issue.objects.exists():
        return 0
    with (folder / "demo" / "issues.yaml").open(encoding="utf-8") as stream:
        texts = yaml.safe_load(stream)
    counts = dict.fromkeys(Jurisdiction.objects.values_list("slug", flat=True), ISSUES_PER_CITY)
    return DemoHistory(texts).write(counts)


def describe(plan: Mapping[str, Any], *, logins: list[dict[str, str]], key: str) -> dict[str, Any]:
    """What DIR/demo.json tells."""
    return {
        "base_url": settings.PUBLIC_URL,
        "open311": f"{settings.PUBLIC_URL}/open311/v2",
        "jurisdictions": [
            {"id": one.slug, "name": one.name, "point": [one.lat, one.lng]}
            for one in Jurisdiction.objects.filter(is_active=True).order_by("pk")
        ],
        "api_key": key,
        "logins": logins,
        "cities": [
            {"name": city["name"], "kind": city["kind"], "url": city["url"]}
            for city in plan["cities"]
        ],
    }
