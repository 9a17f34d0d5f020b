"""Areas and the layers they were imported by. Geometry is used in process only (see locate.py)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mysmartcity.lib import clock
from mysmartcity.places.queries import AreaQuerySet


class AreaKind(models.TextChoices):
    """What kind of area it is, from large to small."""

    PROVINCE = "province", _("Province")
    MUNICIPALITY = "municipality", _("Municipality")
    WARD = "ward", _("Ward")
    SUBURB = "suburb", _("Suburb")
    PLACE = "place", _("Place")


class Layer(models.Model):
    """One imported file of areas. Its version counts up with every import."""

    name = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, choices=AreaKind)
    version = models.PositiveIntegerField(default=0)
    is_approximate = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=80, blank=True)
    credit = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    imported_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Area(models.Model):
    """A province, municipality, ward, suburb or named place.

    The row keeps its identity when its layer is imported again, so that what hangs on an area
    (issues, followers) stays; an area that the new file no longer has is retired, not deleted.
    """

    layer = models.ForeignKey(Layer, models.PROTECT, related_name="areas")
    kind = models.CharField(max_length=20, choices=AreaKind)
    code = models.CharField(max_length=60)
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=120)
    other_names = models.CharField(max_length=300, blank=True, help_text=_("Separated by |"))
    municipality_code = models.CharField(max_length=10, blank=True, db_index=True)
    is_approximate = models.BooleanField(default=False)
    lat = models.FloatField()
    lng = models.FloatField()
    south = models.FloatField()
    west = models.FloatField()
    north = models.FloatField()
    east = models.FloatField()
    geometry = models.BinaryField(null=True, help_text=_("WKB in WGS 84; none for a point."))
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = AreaQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["layer", "code"], name="area_code_unique"),
            models.CheckConstraint(
                name="area_kind_known", condition=models.Q(kind__in=AreaKind.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name
