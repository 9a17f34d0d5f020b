"""What each role may do in the admin. Pages for residents have rules of their own."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from mysmartcity.people.models import Person, Role

_SEES: dict[str, frozenset[str]] = {
    Role.DISPATCHER: frozenset({"dispatch", "issues", "connectors"}),
}
"""Apps whose tables a role may look at. Changes there are actions with rules of their own."""

_EDITS: dict[str, frozenset[str]] = {
    Role.DISPATCHER: frozenset({"dispatch.change_responsibility", "dispatch.add_responsibility"}),
}


class RoleBackend(BaseBackend):
    """Gives permissions by role, so that nobody has to tick boxes for every new dispatcher."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether the person's role carries this permission (`app.verb_model`)."""
        if not isinstance(user_obj, Person) or not user_obj.is_active or not user_obj.is_staff:
            return False
        app, _, name = perm.partition(".")
        sees = app in _SEES.get(user_obj.role, frozenset()) and name.startswith("view_")
        return sees or perm in _EDITS.get(user_obj.role, frozenset())

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the person sees anything of an app."""
        is_staff = isinstance(user_obj, Person) and user_obj.is_active and user_obj.is_staff
        return is_staff and app_label in _SEES.get(user_obj.role, frozenset())
