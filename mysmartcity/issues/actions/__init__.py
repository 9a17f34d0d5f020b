"""Every write to issues. Import the actions from here."""

from mysmartcity.issues.actions.address import add_address
from mysmartcity.issues.actions.category import move_to_category
from mysmartcity.issues.actions.follow import follow_issue, join_issue, stop_following
from mysmartcity.issues.actions.media import add_photo
from mysmartcity.issues.actions.report import ContactDetails, NewIssue, Reported, report_issue
from mysmartcity.issues.actions.status import (
    Move,
    change_status,
    comment_issue,
    confirm_by_silence,
    confirm_fixed,
    dispute_fix,
    withdraw_issue,
)

__all__ = [
    "ContactDetails",
    "Move",
    "NewIssue",
    "Reported",
    "add_address",
    "add_photo",
    "change_status",
    "comment_issue",
    "confirm_by_silence",
    "confirm_fixed",
    "dispute_fix",
    "follow_issue",
    "join_issue",
    "move_to_category",
    "report_issue",
    "stop_following",
    "withdraw_issue",
]
