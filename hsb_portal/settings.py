"""Every setting, read once from the environment. `.env.example` explains each variable."""

from datetime import time
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from hsb_portal.places import broker_socket

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(env.str("HSB_ENV_FILE", default=str(BASE_DIR / ".env")))

#: Where the default way to run keeps its database, broker and keys.
VAR = Path(env.str("HSB_VAR", default=str(BASE_DIR / "var")))
#: Where the sentence model is kept, put together once (`advice/triage/embedding.py`).
MODEL_DIR = Path(env.str("HSB_MODEL_DIR", default=str(VAR / "model")))

DEMO = env.bool("HSB_DEMO", default=False)
DEBUG = env.bool("DJANGO_DEBUG", default=False)


def secret(name: str) -> str:
    """Read a secret from the environment, or from the file `script/run` made for it in `var/`."""
    file = VAR / "secrets" / name.lower()
    value = env.str(name, default="") or (file.read_text().strip() if file.exists() else "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. Run script/run, which makes one, or set it as .env.example explains."
        )
    return value


def number(name: str, *, default: float, least: float, most: float) -> float:
    """Read a number that only makes sense between two others."""
    text = env.str(name, default=str(default))
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} must be a number from {least:g} to {most:g}; it is {text!r}.")
    return value


SECRET_KEY = secret("DJANGO_SECRET_KEY")
#: "id:base64key" pairs, newest first: the first encrypts, all decrypt.
ACCOUNT_KEYS = secret("HSB_ACCOUNT_KEYS")

ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("DJANGO_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HSB_HTTPS", default=False)

INSTALLED_APPS = [
    "hsb_portal.accounts",
    "advice.triage",
    "advice",
    "incidents",
    "hsb_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_forms_gds",
    "simple_history",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "hsb_portal.middleware.never_cached",
]

ROOT_URLCONF = "hsb_portal.urls"
WSGI_APPLICATION = "hsb_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "hsb_portal.context.service",
            ],
        },
    }
]

# Databases ------------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url_config(env.str("DATABASE_URL", default="") or f"sqlite:///{VAR / 'portal.sqlite3'}")
}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # IMMEDIATE takes the write lock at BEGIN: with WAL alone, two writers meet "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Broker and cache -----------------------------------------------------------------------------------
#: Empty: the Valkey server that script/run starts, on a socket in `var/`.
REDIS_URL = env.str("REDIS_URL", default="")
BROKER_SOCKET = broker_socket(VAR)
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{BROKER_SOCKET}?virtual_host=0"
#: The same broker in the words of the redis package.
BROKER_PROBE_URL = REDIS_URL or f"unix://{BROKER_SOCKET}"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Submitting must not wait for a broker that is down: the sweep finds the row.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "visibility_timeout": 600,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    # Put before every key, so that several portals, or others, can share one server.
    "global_keyprefix": env.str("HSB_BROKER_PREFIX", default=""),
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/London"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
SWEEP_SECONDS = env.int("HSB_SWEEP_SECONDS", default=15)
#: How long a worker may hold a parcel before another takes it up: longer than any delivery takes.
LEASE_SECONDS = env.int("HSB_LEASE_SECONDS", default=60)
CELERY_BEAT_SCHEDULE = {
    "deliver what was missed": {"task": "incidents.tasks.sweep", "schedule": SWEEP_SECONDS},
    "throw away old drafts": {"task": "incidents.tasks.expire_drafts", "schedule": 3600.0},
    # In CELERY_TIMEZONE: at three the day before is whole, and everybody has had time to answer (see DRIFT).
    "watch for drift": {"task": "incidents.tasks.watch_drift", "schedule": crontab(hour="3", minute="0")},
}

# allauth counts its limits here, so every process must share it: the database, not a process's memory.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}}

# People ---------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, str]] = []
SITE_ID = 1
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "home-for-me"
ACCOUNT_ADAPTER = "hsb_portal.accounts.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # the page is the same for unknown addresses; nobody is mailed
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# A whole school shares one address: generous per address, strict per e-mail.
ACCOUNT_RATE_LIMITS = {"request_login_code": "60/m/ip,5/10m/key", "login_failed": "60/m/ip,10/10m/key"}
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "hsb_portal.views.csrf_failure"

# Mail -----------------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
if DEMO:
    EMAIL_BACKEND = "hsb_portal.accounts.demo_mail.DemoMailbox"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("HSB_FROM_EMAIL", default="advice@hsb-portal.example")

# Pages ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str(
            "HSB_STATIC_STORAGE", default="whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
CRISPY_ALLOWED_TEMPLATE_PACKS = ["gds"]
CRISPY_TEMPLATE_PACK = "gds"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
# A 20,000-character answer is refused by the form with the text kept, not by the server.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# Encryption refuses what it cannot read; logs name references and exception classes only.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"no_content": {"()": "hsb_portal.logs.NoContent"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no_content"]}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}

# The service: content of its pages, never a constant in code ----------------------------------------
SERVICE_NAME = env.str("HSB_SERVICE_NAME", default="HSB advice portal")
SERVICE_PHONE = env.str("HSB_SERVICE_PHONE", default="0344 225 0623")
SERVICE_EMAIL = env.str("HSB_SERVICE_EMAIL", default="hsbsupport@swgfl.org.uk")
SERVICE_OPENS = time.fromisoformat(env.str("HSB_SERVICE_OPENS", default="08:00"))
SERVICE_CLOSES = time.fromisoformat(env.str("HSB_SERVICE_CLOSES", default="20:00"))
#: Service hours within which a person answers, by tier.
ANSWER_HOURS = {
    "A": env.int("HSB_ANSWER_HOURS_A", default=1),
    "B": env.int("HSB_ANSWER_HOURS_B", default=6),
    "C": env.int("HSB_ANSWER_HOURS_C", default=24),
    "none": env.int("HSB_ANSWER_HOURS_NONE", default=24),
}
#: When the mix of outcomes counts as drifted (`incidents.drift.Limits`). Both periods are whole weeks, so
#: that weekends weigh the same in each.
DRIFT = {
    "recent_days": int(number("HSB_DRIFT_RECENT_DAYS", default=7, least=1, most=90)),
    "before_days": int(number("HSB_DRIFT_BEFORE_DAYS", default=28, least=1, most=366)),
    "answer_hours": int(number("HSB_DRIFT_ANSWER_HOURS", default=3, least=0, most=168)),
    "least_recent": int(number("HSB_DRIFT_LEAST_RECENT", default=30, least=1, most=1e6)),
    "least_before": int(number("HSB_DRIFT_LEAST_BEFORE", default=100, least=1, most=1e6)),
    "level": number("HSB_DRIFT_LEVEL", default=0.01, least=0.000001, most=0.5),
    "change": number("HSB_DRIFT_CHANGE", default=0.2, least=0, most=3),
    "quiet_days": int(number("HSB_DRIFT_QUIET_DAYS", default=7, least=0, most=366)),
}
GUIDANCE_EDITION = env.str(
    "HSB_GUIDANCE_EDITION",
    default="Keeping children safe in education 2026, in force from 1 September 2026",
)
#: Where "Leave this page" goes: somewhere that says nothing about why.
LEAVE_FOR = env.str("HSB_LEAVE_FOR", default="https://www.bbc.co.uk/weather")
DRAFT_HOURS = env.int("HSB_DRAFT_HOURS", default=24)
PUBLIC_URL = env.str("HSB_PUBLIC_URL", default="http://localhost:8000")
