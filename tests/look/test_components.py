"""Components as rendered: escaped, labelled, and saying in words what they draw."""

from datetime import datetime, timedelta

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.utils import translation

from mysmartcity.lib import clock
from mysmartcity.look import samples
from mysmartcity.look.catalogue import catalogue_context
from mysmartcity.look.phones import callable_numbers

NOW = datetime(2026, 5, 1, 14, 30, tzinfo=clock.CITY_ZONE)
EVIL = "<script>alert('x')</script>\"'"
ISSUE = {
    "title": EVIL,
    "href": EVIL,
    "reference": EVIL,
    "group": "power",
    "category": EVIL,
    "place": EVIL,
    "at": NOW,
    "status": "reported_fixed",
    "body": EVIL,
    "photo": EVIL,
    "photo_alt": EVIL,
    "me_too_count": 2,
    "overdue_since": NOW,
    "steps": [{"key": "sent", "label": EVIL, "state": "current", "who": EVIL, "note": EVIL}],
}
CALLS = {
    "button": 'button(evil, attrs={"data-x": evil})',
    "field": 'text("n", evil, evil, hint=evil, error=evil, unit=evil)',
    "choices": 'radios("n", evil, [{"value": evil, "label": evil, "hint": evil}], error=evil)',
    "card": "cards([issue])",
    "ladder": "ladder(issue.steps)",
    "timeline": 'timeline([{"voice": "resident", "who": evil, "words": evil, "photo": evil}])',
    "badge": 'status("reported_fixed", body=evil)',
    "banner": "hard_stop(evil, evil, [{'number': evil, 'label': evil}])",
    "panels": "table(evil, [{'label': evil}], [[evil]])",
    "navigation": "error_summary([{'id': evil, 'text': evil}])",
}


@pytest.mark.parametrize("name", CALLS)
def test_whatever_people_type_comes_out_as_text(render, name: str):
    html = render(
        f'{{% import "look/{name}.html" as part %}}{{{{ part.{CALLS[name]} }}}}',
        evil=EVIL,
        issue=ISSUE,
    )
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "alert('x')" not in html


def test_mail_is_escaped_and_its_text_half_is_not(render):
    steps = ISSUE["steps"]
    assert "&lt;script&gt;" in render_to_string("look/mail_ladder.html", {"steps": steps})
    assert EVIL in render_to_string("look/mail_ladder.txt", {"steps": steps})


def test_what_is_filled_into_a_text_is_escaped_in_pages_and_plain_in_mail(render):
    source = '{{ _("Photo %(number)s", number=evil) }} {{ _("100%% sure") }}'
    assert render(source, evil=EVIL).startswith("Photo &lt;script&gt;alert(&#39;x&#39;)")
    assert render(source, evil=EVIL).endswith(" 100% sure")
    plain = engines["jinja2"].env.overlay(autoescape=False).from_string(source)
    assert plain.render(evil=EVIL) == f"Photo {EVIL} 100% sure"


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("0860 103 089", '<a href="tel:0860103089">0860 103 089</a>'),
        (
            "011 490 7484 or 0800 003 156",
            '<a href="tel:0114907484">011 490 7484</a> or <a href="tel:0800003156">0800 003 156</a>',
        ),
        ("+27 11 375 5555", '<a href="tel:+27113755555">+27 11 375 5555</a>'),
        ("ask at 3 Main Road", "ask at 3 Main Road"),
        ('<a href="x">', "&lt;a href=&quot;x&quot;&gt;"),
    ],
)
def test_numbers_can_be_called(words: str, html: str):
    assert callable_numbers(words) == html


def test_the_ladder_says_its_states_in_words(render):
    html = render(
        '{% import "look/ladder.html" as l %}{{ l.ladder(steps) }}', steps=samples.not_fixed(NOW)
    )
    assert html.count("Done: ") == 4
    assert "Skipped: " in html
    assert "Problem: " in html
    assert html.count('aria-current="step"') == 1


def test_a_broken_promise_is_marked(render):
    def shown(due_at: datetime) -> str:
        steps = [{"key": "sent", "label": "Sent", "state": "current", "due_at": due_at}]
        with clock.frozen(NOW):
            return render('{% import "look/ladder.html" as l %}{{ l.ladder(steps) }}', steps=steps)

    assert "badge-late" in shown(NOW - timedelta(days=3))
    assert "3 days late" in shown(NOW - timedelta(days=3))
    assert "badge-late" not in shown(NOW + timedelta(days=3))
    assert "due Monday" in shown(NOW + timedelta(days=3))


def test_the_lying_ladder_names_where_it_stands(render):
    html = render(
        '{% import "look/ladder.html" as l %}{{ l.line(steps) }}', steps=samples.overdue(NOW)
    )
    assert 'aria-label="Stands at: On hold"' in html


def test_a_wrong_field_points_to_its_error(render):
    html = render(
        '{% import "look/field.html" as f %}'
        '{{ f.email("mail", "E-mail", "x", hint="H", error="Add an @") }}'
    )
    assert 'aria-describedby="mail-hint mail-error"' in html
    assert 'aria-invalid="true"' in html
    assert '<label for="mail">' in html


def test_the_first_choice_can_be_jumped_to(render):
    html = render(
        '{% import "look/choices.html" as c %}{{ c.radios("extent", "How far?", options, "b") }}',
        options=[{"value": "a", "label": "A"}, {"value": "b", "label": "B"}],
    )
    assert 'id="extent"' in html
    assert html.count("checked") == 1
    assert 'value="b" checked' in html


@pytest.mark.parametrize(("theme", "chosen"), [("dark", True), ("light", True), ("pink", False)])
def test_the_page_takes_a_theme_it_knows(theme: str, chosen: bool):
    html = render_to_string("look/catalogue.html", catalogue_context() | {"theme": theme})
    assert (f'data-theme="{theme}"' in html) is chosen


def test_the_page_says_its_language():
    with translation.override("zu"):
        assert '<html lang="zu" dir="ltr">' in render_to_string(
            "look/page.html", {"page_title": "X"}
        )


def test_the_catalogue_shows_every_status_and_icon():
    html = render_to_string("look/catalogue.html", catalogue_context())
    context = catalogue_context()
    for name in context["icon_names"]:
        assert f"{name}</li>" in html
    for look in context["statuses"]:
        assert str(look.meaning) in html
