"""All settings of the platform, read from the environment (docs/reference/settings.md is generated)."""

import importlib.util
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from mysmartcity.config import env
from mysmartcity.lib.database import PatientConnection

# Lets `ModelAdmin[Issue]` be written at run time as the type checker wants it.
django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parents[2]
REFERENCE_DATA = ROOT / "data"

# --- What the operator must say -------------------------------------------------------------------
SECRET_KEY = env.text("SECRET_KEY", "Random text of 50 characters or more; signs sessions.")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", "Older keys that are still accepted.")
PUBLIC_URL = env.text(
    "PUBLIC_URL", "Where people reach the platform, for example https://mysmart.city"
).rstrip("/")
DATABASE_URL = env.text(
    "DATABASE_URL", "postgresql://user:password@host:port/name, PostgreSQL 15+."
)
PHOTO_DIR = env.text("PHOTO_DIR", "Folder that keeps the photos (not used with PHOTO_BUCKET).")
SMTP_URL = env.text(
    "SMTP_URL", "smtp://user:password@host:port, or smtps:// for TLS from the start."
)

# --- What has a sensible default ------------------------------------------------------------------
DEBUG = env.flag("DEBUG", "Shows tracebacks in the browser. Never on a public host.")
DEMO = env.flag("DEMO", "Says on every page that this is a demonstration with simulated cities.")
MAIL_FROM = env.text(
    "MAIL_FROM", "Sender of our mail.", "My Smart City <reports@mysmartcity.invalid>"
)
REPLY_ADDRESS = env.text(
    "REPLY_ADDRESS",
    "Mailbox that city offices reply to; the reference is put after a plus sign.",
    "city@mysmartcity.invalid",
)
INBOUND_MAILDIR = env.text("INBOUND_MAILDIR", "Maildir with the offices' replies; empty: none.", "")
IMAP_URL = env.text("IMAP_URL", "imaps://user:password@host/INBOX with replies; empty: none.", "")
EXCHANGE_DIR = env.text(
    "EXCHANGE_DIR", "Folder below which cities' folders for files lie; empty: none.", ""
)
OUTBOUND_ALLOWED_HOSTS = env.words(
    "OUTBOUND_ALLOWED_HOSTS",
    "host or host:port of city systems on private networks that we may connect to.",
)
TILE_URL = env.text(
    "TILE_URL", "Map tiles, like https://tiles.example/{z}/{x}/{y}.png; empty: boundaries only.", ""
)
TILE_CREDIT = env.text("TILE_CREDIT", "Credit line that the tile source asks for.", "")
GEOCODER_URL = env.text("GEOCODER_URL", "Online address search; empty: offline search only.", "")
GEOCODER_KIND = env.text(
    "GEOCODER_KIND", "Protocol of GEOCODER_URL: nominatim or photon.", "photon"
)
PHOTO_BUCKET = env.text("PHOTO_BUCKET", "S3-compatible bucket for photos; empty: PHOTO_DIR.", "")
PHOTO_BUCKET_ENDPOINT = env.text("PHOTO_BUCKET_ENDPOINT", "Endpoint of that bucket's service.", "")
TRUST_PROXY = env.flag(
    "TRUST_PROXY", "Believe X-Forwarded-For and -Proto; only behind our own proxy."
)
STATIC_BUILT_DIR = env.text(
    "STATIC_BUILT_DIR", "Where collectstatic puts the files to serve.", str(ROOT / "static-built")
)
REPORTS_PER_HOUR = env.number(
    "REPORTS_PER_HOUR", "Reports accepted from one address in an hour; 0: no limit.", default=30
)
POSTS_PER_MINUTE = env.number(
    "POSTS_PER_MINUTE",
    "Reports that one API key, and one address with or without a key, may post; 0: no limit.",
    default=300,
)
SECRETS_KEY = env.text(
    "SECRETS_KEY",
    "Seals the secrets of connections in the database; empty: derived from SECRET_KEY.",
    "",
)
SECRETS_KEY_FALLBACKS = env.words(
    "SECRETS_KEY_FALLBACKS", "Older sealing keys that still open; then run reseal_secrets."
)
MEDIA_ALLOWED_HOSTS = env.words(
    "MEDIA_ALLOWED_HOSTS",
    "host or host:port on private networks from which pictures given as links may be fetched.",
)
DATABASE_PATIENCE = env.number(
    "DATABASE_PATIENCE",
    "Seconds until work without an answer of the database fails: 5 for web, 60 for workers; 0: never.",
    default=0,
)
PSEUDO_LOCALE = env.flag(
    "PSEUDO_LOCALE",
    "Tests only: offers a made-up language that shows forgotten and overlong words.",
)
CRASH_AT = env.text("CRASH_AT", "Fault runs only: name of the step at which to die.", "")

_public = urlsplit(PUBLIC_URL)
_is_https = _public.scheme == "https"
if not _public.hostname:
    raise ImproperlyConfigured("PUBLIC_URL must be a whole address like https://mysmart.city")

ALLOWED_HOSTS = [_public.hostname]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "mysmartcity.web.views.errors.form_expired"

# --- Database -------------------------------------------------------------------------------------


def _database(url: str) -> dict[str, object]:
    """Django's form of a postgresql:// URL; `host` may be a query parameter (a socket's folder)."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "DATABASE_URL must be like postgresql://user:pass@host:5432/name"
        )
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = str(options.pop("host", "") or parts.hostname or "")
    # No server-side binding: every query gets a plan for its own values, which the map needs
    # (0.60 ms against 642 ms with a generic plan; docs/decisions/0002).
    limits = "-c statement_timeout=15000 -c lock_timeout=5000 -c timezone=UTC"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **options,
            "connect_timeout": 3,
            "options": limits,
            "pool": {
                "min_size": 1,
                "max_size": 16,
                "timeout": 3,
                "connection_class": PatientConnection,
            },
        },
    }


DATABASES = {"default": _database(DATABASE_URL)}
CACHES = {
    # Counts of limits and of wrong passwords. Roomy: an entry pushed out early would be a limit gone.
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "counts",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # Whole answers that many ask for: large, and free to be pushed out.
    "answers": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "answers",
        "OPTIONS": {"MAX_ENTRIES": 500},
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- The house ------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "mysmartcity.people",
    "mysmartcity.places",
    "mysmartcity.notify",
    "mysmartcity.issues",
    "mysmartcity.dispatch",
    "mysmartcity.connectors",
    "mysmartcity.look",
    "mysmartcity.web",
    "mysmartcity.desk",
    "mysmartcity.api",
    "mysmartcity.demo",
    "mysmartcity.config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mysmartcity.web.middleware.SecondFactorMiddleware",
    "mysmartcity.web.middleware.PrivatePagesMiddleware",
]
ROOT_URLCONF = "mysmartcity.config.urls"
WSGI_APPLICATION = "mysmartcity.config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"environment": "mysmartcity.look.environment.environment"},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "mysmartcity/web/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]

# --- People ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.Person"
# E-mail is unique by a constraint on its lower case, which this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "mysmartcity.people.roles.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "/mine"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "mysmartcity.web.sign_in.Adapter"
ACCOUNT_FORMS = {
    "request_login_code": "mysmartcity.web.sign_in.CodeForm",
    "confirm_login_code": "mysmartcity.web.sign_in.TypedCodeForm",
    "login": "mysmartcity.web.sign_in.StaffForm",
    "reset_password": "mysmartcity.web.sign_in.ForgottenForm",
}
MFA_ADAPTER = "mysmartcity.web.sign_in.SecondStepAdapter"
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_TIMEOUT = 600
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# Nobody signs up; without a password here allauth would take it off the staff's sign-in form too.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
# A code proves the address by itself, and staff addresses are set by an operator.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "My Smart City"
MFA_TOTP_TOLERANCE = 1

# --- Languages and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("zu", "isiZulu"),
    ("xh", "isiXhosa"),
    ("af", "Afrikaans"),
]
LOCALE_PATHS = [ROOT / "mysmartcity/locale"]
if PSEUDO_LOCALE:
    LANGUAGES.append(("en-xa", "Pseudo"))
    LOCALE_PATHS.append(ROOT / ".dev/locale")
USE_TZ = True
TIME_ZONE = "Africa/Johannesburg"

# --- Files ----------------------------------------------------------------------------------------


def _package_static(package: str, folder: str) -> Path:
    """The static folder of an installed package that is not a Django app of ours."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ImproperlyConfigured(f"The package {package} is not installed.")
    return Path(spec.origin).parent / folder


STATIC_URL = "/static/"
STATIC_ROOT = STATIC_BUILT_DIR
STATICFILES_DIRS = [
    ("leaflet", _package_static("leaflet", "static/leaflet")),
    ("htmx", _package_static("django_htmx", "static/django_htmx")),
]
_photo_storage: dict[str, object] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": PHOTO_DIR},
}
if PHOTO_BUCKET:
    _photo_storage = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": PHOTO_BUCKET, "endpoint_url": PHOTO_BUCKET_ENDPOINT or None},
    }
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "photos": _photo_storage,
    "staticfiles": {"BACKEND": "mysmartcity.web.static_files.HashedFiles"},
}
WHITENOISE_MAX_AGE = 86400
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 6
FILE_UPLOAD_HANDLERS = ["mysmartcity.lib.photos.upload.CappedUploadHandler"]

# --- Mail -----------------------------------------------------------------------------------------
_smtp = urlsplit(SMTP_URL)
if _smtp.scheme not in ("smtp", "smtps") or not _smtp.hostname:
    raise ImproperlyConfigured("SMTP_URL must be like smtp://host:25 or smtps://user:pass@host:465")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = _smtp.hostname
EMAIL_PORT = _smtp.port or (465 if _smtp.scheme == "smtps" else 25)
EMAIL_HOST_USER = unquote(_smtp.username or "")
EMAIL_HOST_PASSWORD = unquote(_smtp.password or "")
EMAIL_USE_SSL = _smtp.scheme == "smtps"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = MAIL_FROM
SERVER_EMAIL = MAIL_FROM

# --- Safety of every response (quality.md 2.1, sentences 19-27) -------------------------------------
_tiles = urlsplit(TILE_URL)
_tile_origin = [f"{_tiles.scheme}://{_tiles.netloc.replace('{s}', '*')}"] if TILE_URL else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_tile_origin],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "__Host-session" if _is_https else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _is_https else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = _is_https
SECURE_HSTS_SECONDS = 31_536_000 if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _is_https
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {name: {"level": "WARNING"} for name in ("procrastinate", "httpx", "asyncssh")},
}
