"""Categories: what can be reported in a jurisdiction, what is asked, and what was promised."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mysmartcity.issues.models.jurisdiction import Jurisdiction
from mysmartcity.lib import clock


class Group(models.TextChoices):
    """Groups of categories; each has an icon of its own shape."""

    POWER = "power", _("Electricity")
    WATER = "water", _("Water and sewer")
    ROADS = "roads", _("Roads and stormwater")
    TRAFFIC = "traffic", _("Traffic lights and signs")
    LIGHTS = "lights", _("Street lights")
    REFUSE = "refuse", _("Refuse and dumping")
    PARKS = "parks", _("Parks and trees")
    SAFETY = "safety", _("Public safety and by-laws")


class Privacy(models.TextChoices):
    """How exactly the public sees the place."""

    PUBLIC = "public", _("Exact place")
    COARSE = "coarse", _("Neighbourhood only")


class DataType(models.TextChoices):
    """The six datatypes of Open311 attributes."""

    STRING = "string", _("One line")
    NUMBER = "number", _("Number")
    DATETIME = "datetime", _("Date and time")
    TEXT = "text", _("Several lines")
    SINGLE = "singlevaluelist", _("One of a list")
    MULTI = "multivaluelist", _("Several of a list")


class Category(models.Model):
    """A kind of issue in one jurisdiction (Open311: service)."""

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="categories")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    group = models.CharField(max_length=20, choices=Group)
    description = models.CharField(max_length=300, blank=True)
    keywords = models.TextField(blank=True, help_text=_("Separated by commas, any language."))
    privacy = models.CharField(max_length=10, choices=Privacy, default=Privacy.PUBLIC)
    safety_notice = models.CharField(max_length=400, blank=True)
    emergency = models.CharField(
        max_length=400, blank=True, help_text=_("Hard stop, shown before anything is sent.")
    )
    emergency_numbers = models.CharField(max_length=120, blank=True, help_text=_("With commas."))
    level_hours = models.PositiveIntegerField(null=True, blank=True)
    level_working_days = models.PositiveIntegerField(null=True, blank=True)
    level_percentile = models.PositiveSmallIntegerField(null=True, blank=True)
    level_text = models.CharField(max_length=200, blank=True)
    level_source = models.CharField(max_length=300, blank=True)
    level_body = models.SlugField(
        max_length=60, blank=True, help_text=_("Whose promise it is; empty: anyone's who does it.")
    )
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "categories"
        ordering: ClassVar = ["group", "position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jurisdiction", "code"], name="category_code_unique"),
            models.CheckConstraint(
                name="category_group_known", condition=models.Q(group__in=Group.values)
            ),
            models.CheckConstraint(
                name="category_one_level",
                condition=models.Q(level_hours__isnull=True)
                | models.Q(level_working_days__isnull=True),
            ),
            models.CheckConstraint(
                name="category_level_has_source",
                condition=models.Q(level_hours__isnull=True, level_working_days__isnull=True)
                | ~models.Q(level_source=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    """Something asked about a category (Open311: attribute)."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="questions")
    code = models.SlugField(max_length=60)
    text = models.CharField(max_length=200)
    datatype = models.CharField(max_length=20, choices=DataType)
    hint = models.CharField(max_length=300, blank=True)
    is_required = models.BooleanField(default=False)
    is_variable = models.BooleanField(default=True, help_text=_("No: a notice, nothing to answer."))
    choices = models.JSONField(default=list, blank=True, help_text='[{"key": "", "name": ""}]')
    condition_code = models.CharField(max_length=60, blank=True)
    condition_value = models.CharField(max_length=60, blank=True)
    position = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["category", "code"], name="question_code_unique"),
            models.UniqueConstraint(
                fields=["category", "position"], name="question_position_unique"
            ),
            models.CheckConstraint(
                name="question_datatype_known", condition=models.Q(datatype__in=DataType.values)
            ),
        ]

    def __str__(self) -> str:
        return self.text
