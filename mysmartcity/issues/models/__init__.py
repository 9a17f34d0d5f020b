"""The tables of issues. Import them from here."""

from mysmartcity.issues.models.category import Category, DataType, Group, Privacy, Question
from mysmartcity.issues.models.issue import CellDelta, Issue, IssueArea, ListedDelta
from mysmartcity.issues.models.jurisdiction import Jurisdiction
from mysmartcity.issues.models.people import Contact, Follow
from mysmartcity.issues.models.timeline import Photo, TimelineEntry

__all__ = [
    "Category",
    "CellDelta",
    "Contact",
    "DataType",
    "Follow",
    "Group",
    "Issue",
    "IssueArea",
    "Jurisdiction",
    "ListedDelta",
    "Photo",
    "Privacy",
    "Question",
    "TimelineEntry",
]
