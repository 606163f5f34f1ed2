"""Settings of the service. Every secret and address comes from the environment; embedded services fill the gaps.

`manage.py up` writes the addresses of embedded parts to ``var/run/services.json``; a setting in the environment wins.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF

from chorale.embedded import state

ROOT = Path(__file__).resolve().parents[2]
VAR = state.var_folder()
_services = state.read()


def _setting(name: str, default: str = "") -> str:
    """The environment's value, else the embedded service's, else the default."""
    return os.environ.get(name) or str(_services.get(name, "")) or default


def _secret(name: str) -> str:
    """A secret from the environment, else one made once and kept in ``var/secrets`` (mode 0600)."""
    if given := os.environ.get(name):
        return given
    path = VAR / "secrets" / name.lower()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # the first of several starting processes wins
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in ("1", "true", "yes", "on")


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
    }


DEBUG = _flag("CHORALE_DEBUG")
SECRET_KEY = _secret("CHORALE_SECRET_KEY")
PSEUDONYM_KEY = _secret("CHORALE_PSEUDONYM_KEY")  # hashes ids of authors and raters on import
STUDIO_KEY = _secret("CHORALE_STUDIO_KEY")  # derives raters' Label Studio passwords and signs webhooks

# Where the service is reached. The rater proxy is an origin of its own (docs/decisions).
CHORALE_URL = _setting("CHORALE_URL", "http://127.0.0.1:8000")
# How Label Studio reaches us, where that differs: by a private name inside a network of containers.
HOOK_URL = _setting("CHORALE_HOOK_URL", CHORALE_URL)
PROXY_URL = _setting("CHORALE_PROXY_URL", "http://127.0.0.1:8001")
ALLOWED_HOSTS = [h for h in os.environ.get("CHORALE_HOSTS", "").split(",") if h] or [
    "127.0.0.1",
    "localhost",
    "[::1]",
    urlsplit(CHORALE_URL).hostname or "localhost",
]
CSRF_TRUSTED_ORIGINS = [CHORALE_URL]
_https = CHORALE_URL.startswith("https://")

DATABASES = {"default": _database(_setting("DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/chorale"))}
# Counts of failed sign-ins must hold for all web processes and outlive them; figures shown for seconds need not.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
    "here": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
OBJECT_STORE = _setting("CHORALE_OBJECT_STORE", (VAR / "objects").as_uri())  # any fsspec URL

# What may be brought in from a page or by a program. Uploads wait in VAR/intakes until they are imported.
UPLOAD_MOST_BYTES = int(os.environ.get("CHORALE_UPLOAD_MAX_BYTES", 20 * 10**9))  # one file
UPLOAD_QUOTA_BYTES = int(os.environ.get("CHORALE_UPLOAD_QUOTA_BYTES", 100 * 10**9))  # all that wait
UPLOAD_KEEP_DAYS = int(os.environ.get("CHORALE_UPLOAD_KEEP_DAYS", 14))
IMPORT_PATHS = [p for p in os.environ.get("CHORALE_IMPORT_PATHS", "").split(os.pathsep) if p] or [str(ROOT / "samples")]
IMPORT_ADDRESSES = [a for a in os.environ.get("CHORALE_IMPORT_ADDRESSES", "").split() if a]  # beginnings: s3://lab/
MIRROR_KINDS = os.environ.get("CHORALE_MIRROR_KINDS", "hf s3").split()  # of addresses that releases may be copied to
MIRROR_FOLDER = os.environ.get("CHORALE_MIRROR_FOLDER", "")  # below it copies on this machine may lie; none without it
FETCH_MOST_BYTES = int(os.environ.get("CHORALE_FETCH_MAX_BYTES", 100 * 10**9))  # from one address
SETTLE_MOST_BYTES = int(os.environ.get("CHORALE_SETTLE_MAX_BYTES", 4 * 10**9))  # for what needs all votes at once

LABEL_STUDIO_URL = _setting("LABEL_STUDIO_URL", "http://127.0.0.1:8080")
LABEL_STUDIO_TOKEN = _setting("LABEL_STUDIO_TOKEN")
LLM_URL = os.environ.get("CHORALE_LLM_URL", "")
LLM_MODEL = os.environ.get("CHORALE_LLM_MODEL", "")
LLM_KEY = os.environ.get("CHORALE_LLM_KEY", "")

INSTALLED_APPS = [
    "chorale.web",  # first: its templates stand before those of the apps below
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_prometheus",
    "chorale.store",
    "chorale.jobs",
    "chorale.api",
    "chorale.proxy",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "chorale.web.errors.Misuse",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "chorale.urls"
ASGI_APPLICATION = "chorale.asgi.application"
WSGI_APPLICATION = "chorale.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "chorale.web.context.frame",
            ],
        },
    }
]

# Login: by password at Chorale alone; no open sign-up.
AUTH_USER_MODEL = "store.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "chorale.web.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
METRICS_TOKEN = os.environ.get("CHORALE_METRICS_TOKEN", "")

# Mail is sent if somebody says by whom: smtp://name:password@host:587 (STARTTLS) or smtps://. Links that open accounts
# are no text for a log, so without a server nothing is written anywhere; admins make such links on a page.
_mail = urlsplit(os.environ.get("CHORALE_MAIL_URL", ""))
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "", _mail.port or (465 if _mail.scheme == "smtps" else 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = bool(EMAIL_HOST_USER) and not EMAIL_USE_SSL  # a password never goes in the clear
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = os.environ.get("CHORALE_EMAIL_BACKEND") or (
    f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"
)
MAILS = not EMAIL_BACKEND.endswith(".dummy.EmailBackend")
DEFAULT_FROM_EMAIL = os.environ.get("CHORALE_MAIL_FROM") or f"chorale@{urlsplit(CHORALE_URL).hostname or 'localhost'}"

# Cookies: names of our own, since ports do not isolate cookies between Chorale, its proxy and Label Studio.
SESSION_COOKIE_NAME = "chorale_session"
CSRF_COOKIE_NAME = "chorale_csrf"
LANGUAGE_COOKIE_NAME = "chorale_language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "chorale.web.errors.csrf_failed"
SECURE_SSL_REDIRECT = False  # the TLS end in front redirects
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _flag("CHORALE_BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, PROXY_URL],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [d for d in [ROOT / "build" / "assets"] if d.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# Celery: short steps, acknowledged late; the leases that make them safe are rows (chorale.jobs.engine).
CELERY_BROKER_URL = _setting("CELERY_BROKER_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "chorale"
CELERY_BEAT_SCHEDULE = {
    "requeue": {"task": "chorale.jobs.tasks.requeue_expired", "schedule": 5.0},
    "sync": {"task": "chorale.jobs.tasks.sync_open_campaigns", "schedule": 60.0},
    "reconcile": {
        "task": "chorale.jobs.tasks.sync_open_campaigns",
        "schedule": crontab(hour=2, minute=30),
        "kwargs": {"full": True},
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("CHORALE_LOG_LEVEL", "INFO")},
    "loggers": {name: {"level": "WARNING"} for name in ("httpx", "httpx2", "httpcore")},
}
