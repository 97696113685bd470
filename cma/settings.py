"""Settings, all from the environment; see docs/operations.md for the list."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from cma import env

BASE_DIR = Path(__file__).resolve().parent.parent

CMA_ENV = env.choice("CMA_ENV", "dev", ("dev", "test", "production"))
PRODUCTION = CMA_ENV == "production"
DEBUG = False

# Outside production a process of its own may live without: what it signs dies with it.
SECRET_KEY = env.text("SECRET_KEY", None if PRODUCTION else secrets.token_urlsafe(50))
CMA_MASTER_KEYS = env.master_keys("CMA_MASTER_KEYS")
if PRODUCTION and not CMA_MASTER_KEYS:
    raise ImproperlyConfigured("CMA_MASTER_KEYS must hold at least one key: it encrypts the Stripe keys.")

PORT = env.number("PORT", 8000)
CMA_BASE_URL = env.text("CMA_BASE_URL", f"http://localhost:{PORT}").rstrip("/")
CMA_STATE = Path(env.text("CMA_STATE", str(BASE_DIR / ".state")))
CMA_TRUSTED_PROXIES = env.number("CMA_TRUSTED_PROXIES", 0)
CMA_STRIPE_BASE = env.text("CMA_STRIPE_BASE", "")
if PRODUCTION and CMA_STRIPE_BASE:
    raise ImproperlyConfigured("CMA_STRIPE_BASE names a sandbox: it is refused in production.")

_https = CMA_BASE_URL.startswith("https://")
if PRODUCTION and not _https:
    raise ImproperlyConfigured("CMA_BASE_URL must begin with https:// in production.")

_hosts = env.words("CMA_ALLOWED_HOSTS")
ALLOWED_HOSTS = _hosts or [CMA_BASE_URL.split("://", 1)[1].split(":", 1)[0].split("/", 1)[0]]
if not PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "testserver"]
CSRF_TRUSTED_ORIGINS = [CMA_BASE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "cma",
    "teams",
    "clients",
    "catalogue",
    "invoices",
    "quotes",
    "payments",
    "mail",
    "portal",
]

MIDDLEWARE = [
    "cma.middleware.DatabaseAwayMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "cma.middleware.ResponseHeadersMiddleware",
    "cma.middleware.CompressPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "teams.devices.SeenMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "teams.account_pages.AccountPagesMiddleware",
    "teams.middleware.TeamMiddleware",
]

ROOT_URLCONF = "cma.urls"
WSGI_APPLICATION = "cma.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.csp",
                "cma.context.page",
            ],
            # The components are on every page; see docs/frontend.md.
            "builtins": [
                "cma.templatetags.components",
                "cma.templatetags.figures",
                "cma.templatetags.form_fields",
                "cma.templatetags.frames",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]

_database = env.database(env.text("DATABASE_URL", "postgresql://cma_app@127.0.0.1/cma"))
_owner = env.database(env.text("DATABASE_OWNER_URL", "postgresql://cma_owner@127.0.0.1/cma"))
# A pooler in transaction mode keeps neither prepared statements nor cursors between transactions.
_pooled = {"prepare_threshold": None, "connect_timeout": 5}
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {**_pooled, **_database["OPTIONS"]},  # type: ignore[dict-item]
    },
    # Migrations alone go through this one; the app never does.
    "owner": {**_owner, "OPTIONS": {**_pooled, **_owner["OPTIONS"]}},  # type: ignore[dict-item]
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits live in the database: an emptied Redis must not forget them.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cma_cache"},
}

AUTH_USER_MODEL = "teams.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "teams.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "teams.forms.account.SignupForm",
    "login": "teams.forms.account.LoginForm",
    "reauthenticate": "teams.forms.account.ReauthenticateForm",
    "change_password": "teams.forms.account.ChangePasswordForm",
    "set_password": "teams.forms.account.SetPasswordForm",
    "reset_password_from_key": "teams.forms.account.ResetPasswordKeyForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# A code is typed where one is already; a link may open in another browser, and then nobody is signed in.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _https else "http"
PASSWORD_RESET_TIMEOUT = 60 * 60 * 4
MFA_ADAPTER = "teams.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "CMA"
# One step of 30 s either way: a phone's clock is rarely exact, and the step may change as one types.
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https
USERSESSIONS_TRACK_ACTIVITY = True

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("CMA_STATIC_ROOT", str(CMA_STATE / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if CMA_ENV == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
WHITENOISE_USE_FINDERS = CMA_ENV == "test"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
# The __Host- prefix binds a cookie to this host; browsers take it over https only.
SESSION_COOKIE_NAME = "__Host-session" if _https else "cma_session"
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "cma_csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "cma.errors.csrf_failure"
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CMA_TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    # The form that opens Stripe's page answers with a redirect, which browsers count as a form's target.
    "form-action": [CSP.SELF, "https://checkout.stripe.com", *([CMA_STRIPE_BASE] if CMA_STRIPE_BASE else [])],
}
# 200 lines of ten fields each, with room to spare.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024

MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {**env.mail(env.text("EMAIL_URL", "smtp://localhost:1025")), "timeout": 20},
    },
}
DEFAULT_FROM_EMAIL = env.text("CMA_MAIL_FROM", "CMA <mail@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Who runs the server: told by mail when evidence does not verify.
ADMINS = env.words("CMA_ADMINS")

REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "visibility_timeout": 300,
}
CELERY_TIMEZONE = "UTC"
# A hundred PDFs must not stand before a mail: the worker takes from both queues in turn.
CELERY_TASK_ROUTES = {
    "invoices.tasks.render": {"queue": "documents"},
    "invoices.tasks.make_zip": {"queue": "documents"},
    "invoices.tasks.sweep_renderings": {"queue": "documents"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "cma.redaction.RedactSecrets"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "stripe": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "WARNING"},
    },
}
