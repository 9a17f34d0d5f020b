"""Sentences are found in all kinds of files, catalogues compile, and placeholders survive translation."""

from pathlib import Path

from babel.messages.mofile import read_mo

from devtools import languages, pseudo


def test_sentences_of_python_jinja_and_django_templates_are_found() -> None:
    found = {message.id: message.locations for message in languages.extract() if message.id}
    assert "Report a problem" in found  # Jinja
    assert "You need no account to report a problem." in found  # a Django template
    assert "Logged" in found  # a lazy one in Python
    assert ("%(num)s photo", "%(num)s photos") in found


def test_no_catalogue_breaks_a_placeholder() -> None:
    assert languages.faults() == []


def test_a_broken_placeholder_is_a_fault(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(languages, "LOCALE", tmp_path)
    catalogue = tmp_path / "af" / "LC_MESSAGES" / "django.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(
        '#, python-format\nmsgid "Around %(place)s"\nmsgstr "Rondom %(plek)s"\n', encoding="utf-8"
    )
    assert len(languages.faults()) == 1


def test_a_refreshed_catalogue_keeps_what_was_translated(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(languages, "LOCALE", tmp_path)
    source = languages.add("xh")
    source.write_text('msgid "Report a problem"\nmsgstr "Xela ingxaki"\n', encoding="utf-8")
    waiting = languages.update()["xh"]
    assert waiting > 200
    assert languages.read(source)["Report a problem"].string == "Xela ingxaki"
    assert languages.update() == {"xh": waiting}


def test_the_pseudo_language_is_longer_and_keeps_placeholders(tmp_path: Path) -> None:
    for text in ("Send", "Up to %(limit)s. Everyone can see the photos.", "{body} says so"):
        made = pseudo.pseudo(text)
        assert len(made) >= 1.4 * len(text)
        assert made[0] + made[-1] == "[]"
        for kept in ("%(limit)s", "{body}"):
            assert (kept in made) == (kept in text)
    pseudo.write(tmp_path)
    with (tmp_path / "en_XA" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        assert read_mo(file)["Send the report"].string.startswith("[Séñd")
