"""Persons who sign in, bodies that act, and keys for machines. No rule about issues lives here."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from mysmartcity.lib import clock


class Role(models.TextChoices):
    """What a person is to the platform."""

    RESIDENT = "resident", _("Resident")
    DISPATCHER = "dispatcher", _("Dispatcher")
    OFFICIAL = "official", _("Municipal official")
    COUNCILLOR = "councillor", _("Councillor")
    OPERATOR = "operator", _("Operator")


class BodyKind(models.TextChoices):
    """What kind of organisation a body is."""

    MUNICIPALITY = "municipality", _("Municipality")
    DEPARTMENT = "department", _("Municipal department")
    UTILITY = "utility", _("Utility")
    AGENCY = "agency", _("Agency")
    PROVINCE = "province", _("Province")
    NATIONAL = "national", _("National body")


class Body(models.Model):
    """Any organisation: municipality, utility, agency, department."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20, choices=BodyKind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    phone = models.CharField(max_length=60, blank=True)
    email = models.EmailField(blank=True)
    hours = models.CharField(max_length=120, blank=True)
    url = models.URLField(blank=True)
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "bodies"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="body_kind_known", condition=models.Q(kind__in=BodyKind.values)
            )
        ]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """Creates persons by e-mail."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """A person who may sign in; without a password only by e-mailed code."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str, **fields: Any) -> "Person":
        """An operator with every right."""
        rights = {"role": Role.OPERATOR, "is_staff": True, "is_superuser": True}
        return self.create_user(email, password, **rights, **fields)


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. Reporting needs none of this."""

    PERSONAL_FIELDS: ClassVar = ("email", "display_name", "phone")

    email = models.EmailField(_("e-mail address"))
    display_name = models.CharField(_("name"), max_length=80, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en")
    role = models.CharField(max_length=20, choices=Role, default=Role.RESIDENT)
    body = models.ForeignKey(Body, models.PROTECT, null=True, blank=True, related_name="people")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        verbose_name_plural = "people"
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="person_email_unique"),
            models.CheckConstraint(
                name="person_role_known", condition=models.Q(role__in=Role.values)
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or f"person {self.pk}"


class ApiKey(models.Model):
    """A key with which a machine may post. Only its hash is kept; the key is shown once."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=8, help_text=_("First characters, to tell keys apart."))
    key_hash = models.CharField(max_length=64, unique=True)
    jurisdiction_slug = models.CharField(
        max_length=60, blank=True, help_text=_("Empty: every jurisdiction.")
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
