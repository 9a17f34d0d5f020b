"""A municipality that we serve: where a body's word and an area meet."""

from django.db import models

from mysmartcity.people.models import Body
from mysmartcity.places.models import Area


class Jurisdiction(models.Model):
    """A municipality with its area, its body and the prefix of its references."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=3, unique=True)
    body = models.ForeignKey(Body, models.PROTECT, related_name="jurisdictions")
    area = models.OneToOneField(Area, models.PROTECT, related_name="jurisdiction")
    lat = models.FloatField()
    lng = models.FloatField()
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name
