"""The commands: settings are written down, a folder has one run, languages compile."""

import json
from pathlib import Path

import pytest

from devtools import languages, run
from devtools.environment import ROOT, secret_key, settings_for


def test_the_signing_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    assert secret_key(tmp_path) == key
    assert len(key) >= 50
    assert oct((tmp_path / "secret_key").stat().st_mode)[-3:] == "600"


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    held = run.lock(tmp_path)
    with pytest.raises(run.RunFailed, match="Another"):
        run.lock(tmp_path)
    held.close()
    run.lock(tmp_path).close()


def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    options = run.parse(["--port", "0", "--data", str(tmp_path)])
    platform = run.Platform(options)
    with run.socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        platform.port = other.getsockname()[1]
        with pytest.raises(run.RunFailed, match="in use"):
            platform._check_port()


def test_without_the_demo_nothing_says_demo(tmp_path: Path) -> None:
    settings = settings_for(
        tmp_path, database_url="postgresql://x@/y", public_url="http://127.0.0.1:1", smtp_port=25
    )
    assert "DEMO" not in settings or settings["DEMO"] != "yes"


def test_every_catalogue_compiles() -> None:
    assert languages.compile_all() == len(list(ROOT.glob("mysmartcity/locale/*/LC_MESSAGES/*.po")))


def test_the_lock_files_hold_hashes_and_no_addresses() -> None:
    for name in ("run", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "index-url" not in text


def test_demo_json_has_the_promised_shape() -> None:
    promised = {"base_url", "open311", "jurisdictions", "api_key", "logins", "cities"}
    source = (ROOT / "mysmartcity/demo/seeding.py").read_text()
    assert all(json.dumps(name) in source for name in promised)
