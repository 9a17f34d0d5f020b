"""The environments in which ./dev starts the platform: a demonstration, and a test run."""

import os
import secrets
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    """A loopback TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def secret_key(folder: Path) -> str:
    """The signing key kept in a data folder; made on first use, readable by its owner only."""
    file = folder / "secret_key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text()


def settings_for(
    folder: Path, *, database_url: str, public_url: str, smtp_port: int
) -> dict[str, str]:
    """The whole process environment for a platform whose files live in `folder`."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "mysmartcity.config.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(folder),
        "DATABASE_URL": database_url,
        "PUBLIC_URL": public_url,
        "PHOTO_DIR": str(folder / "photos"),
        "STATIC_BUILT_DIR": str(folder / "static"),
        "SMTP_URL": os.environ.get("SMTP_URL") or f"smtp://127.0.0.1:{smtp_port}",
    }
