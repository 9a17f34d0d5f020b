"""The Jinja2 environment of every page and mail: translation, escaping, and the words templates may use."""

from functools import cache, lru_cache
from typing import Any

import jinja2
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils import translation
from jinja2.nodes import EvalContext
from markupsafe import Markup

from mysmartcity.look import drawings, marks, phones, statuses, times


def lang() -> str:
    """The language of this page, as the `lang` attribute wants it."""
    return translation.get_language() or "en"


def text_direction() -> str:
    """`rtl` for languages written from right to left, else `ltr`."""
    return "rtl" if translation.get_language_bidi() else "ltr"


def url(name: str, **parameters: Any) -> str:
    """The path of a named address; raises NoReverseMatch when there is none."""
    return reverse(name, kwargs=parameters) if parameters else _fixed(name, get_script_prefix())


@cache
def _fixed(name: str, _prefix: str) -> str:
    """Addresses without parts to fill in never change: a page asks for a dozen of them."""
    return reverse(name)


@jinja2.pass_eval_context
def gettext(here: EvalContext, message: str, **values: Any) -> str:
    """A text in the language of the moment, its `%(names)s` filled in; escaped where the page is.

    Jinja's own goes through four calls for each text and translates anew: a page asks for a hundred,
    and a catalogue never changes.
    """
    text = _translated(message, translation.get_language(), is_markup=here.autoescape)
    return text % values if "%" in text else text


@lru_cache(maxsize=8192)
def _translated(message: str, _language: str | None, *, is_markup: bool) -> str:
    text = translation.gettext(message)
    # From our own catalogues, never from people; what is filled in is escaped by Markup's own `%`.
    return Markup(text) if is_markup else text  # noqa: S704


def environment(**options: Any) -> jinja2.Environment:
    """Build the environment from the options that Django's Jinja2 backend passes."""
    options.pop("autoescape", None)
    built = jinja2.Environment(
        **options,
        # Everything is escaped except plain-text mail, where a person would read `&amp;`.
        autoescape=jinja2.select_autoescape(
            default=True, default_for_string=True, disabled_extensions=("txt",)
        ),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    built.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    built.globals.update(
        {"_": gettext, "gettext": gettext},
        static=static,
        url=url,
        lang=lang,
        text_direction=text_direction,
        callable_numbers=phones.callable_numbers,
        icon=drawings.icon,
        group_icon=drawings.group_icon,
        status_badge=marks.status_badge,
        ladder_line=marks.ladder_line,
        when=times.when,
        short_when=times.short_when,
        due=times.due,
        exact=times.exact,
        promised_words=times.promised_words,
        due_is_past=times.due_is_past,
        when_words=times.when_words,
        due_words=times.due_words,
        presentation=statuses.presentation,
        status_label=statuses.status_label,
        status_key=statuses.status_key,
    )
    return built
