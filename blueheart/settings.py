"""Django's settings, read from the environment; every variable is described in `.env.example`.

Development works with none set. Production refuses to start, with one line, when anything is missing or weak.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from blueheart import environment, languages
from blueheart.headers import add_to_file

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

ENVIRONMENT = env.str("ENVIRONMENT", "development")
if ENVIRONMENT not in {"development", "production"}:
    raise ImproperlyConfigured(f"ENVIRONMENT is {ENVIRONMENT!r}: it must be development or production.")
PRODUCTION = ENVIRONMENT == "production"
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", False)


def required(name: str, value: str | None = None) -> str:
    """The variable's value (or the one that is given), which production cannot do without."""
    value = env.str(name, "") if value is None else value
    if PRODUCTION and not value:
        raise ImproperlyConfigured(f"{name} must be set in production.")
    return value


def required_secret(name: str, default: str = "") -> str:
    """The same, from the environment or from the file that NAME_FILE names; the default is development's."""
    return required(name, environment.secret(name, "" if PRODUCTION else default))


# Who we are and where we answer

PORT = env.int("PORT", 8000)
if PRODUCTION:
    SITE_URL = required("SITE_URL").rstrip("/")
    ALLOWED_HOSTS = [host.strip() for host in required("ALLOWED_HOSTS").split(",") if host.strip(" .")]
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off in production.")
    if urlsplit(SITE_URL).scheme != "https" or not urlsplit(SITE_URL).hostname:
        raise ImproperlyConfigured("SITE_URL must be an https:// address in production.")
    if "*" in ALLOWED_HOSTS or not ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts: * lets anyone choose our links.")
else:
    SITE_URL = env.str("SITE_URL", f"http://localhost:{PORT}").rstrip("/")
    ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    if urlsplit(SITE_URL).hostname not in ALLOWED_HOSTS:
        raise ImproperlyConfigured("SITE_URL must be on localhost or 127.0.0.1 in development.")
    if set(env.list("ALLOWED_HOSTS", default=ALLOWED_HOSTS)) - set(ALLOWED_HOSTS):
        raise ImproperlyConfigured("ALLOWED_HOSTS may only hold localhost and 127.0.0.1 in development.")

ADMIN_PATH = (env.str("ADMIN_PATH", "").strip("/") or "staff") + "/"
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("TRUSTED_PROXIES counts our own proxies: it may not be negative.")
QUICK_EXIT_URL = env.str("QUICK_EXIT_URL", "https://www.wikipedia.org/")
ROOT_URLCONF = "blueheart.urls"
WSGI_APPLICATION = "blueheart.wsgi.application"

# Secrets

DEVELOPMENT_KEY = "development-only-" + "blue-heart-" * 4
SECRET_KEY = required_secret("SECRET_KEY", DEVELOPMENT_KEY)
SECRET_KEY_FALLBACKS = environment.secrets("SECRET_KEY_FALLBACKS")
# Under which mailboxes to be left alone are known: it outlives SECRET_KEY, which takes its place while it is not set.
LASTING_KEYS = environment.secrets("LASTING_KEYS")
for name, keys in {
    "SECRET_KEY": [SECRET_KEY],
    "SECRET_KEY_FALLBACKS": SECRET_KEY_FALLBACKS,
    "LASTING_KEYS": LASTING_KEYS,
}.items():
    if PRODUCTION and any(environment.is_weak(key) or key == DEVELOPMENT_KEY for key in keys):
        raise ImproperlyConfigured(f"{name} is weak: use at least 50 random characters.")

# Stripe's test mode, or the sandbox that stands in for it; never live (rule 1 of the mission)

STRIPE_SECRET_KEY = required_secret("STRIPE_SECRET_KEY")
if STRIPE_SECRET_KEY and not STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_")):
    raise ImproperlyConfigured("STRIPE_SECRET_KEY must be a test key (sk_test_… or rk_test_…): no live money here.")
STRIPE_WEBHOOK_SECRETS = environment.secrets("STRIPE_WEBHOOK_SECRETS")
if PRODUCTION and any(len(secret) < 20 for secret in STRIPE_WEBHOOK_SECRETS):
    raise ImproperlyConfigured("STRIPE_WEBHOOK_SECRETS is weak: use the secrets that Stripe made (whsec_…).")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "").rstrip("/")
if STRIPE_API_BASE and urlsplit(STRIPE_API_BASE).hostname not in {"127.0.0.1", "localhost"}:
    raise ImproperlyConfigured("STRIPE_API_BASE may only point to this machine (127.0.0.1 or localhost).")

# Applications: those above may import those below, never the other way (import-linter holds it)

INSTALLED_APPS = [
    "modeltranslation",
    "blueheart",
    "office.apps.OfficeConfig",
    "office.signing_in.apps.SigningInConfig",
    "donations",
    "pledges",
    "campaigns",
    "blueheart.site_settings",
    "blueheart.pages.apps.PagesConfig",
    "blueheart.post",
    "blueheart.exports",
    "blueheart.trail",
    "blueheart.limits",
    "blueheart.moderation",
    "blueheart.imports.apps.ImportsConfig",
    "blueheart.metrics.apps.MetricsConfig",
    "blueheart.consents",
    "office.apps.OfficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "simple_history",
    "ninja",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "blueheart.metrics.middleware.FiguresMiddleware",
    "blueheart.request_ids.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "blueheart.content_policy.PolicyMiddleware",
    "blueheart.pages.middleware.HeadersMiddleware",
    "blueheart.pages.middleware.CompressionMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "blueheart.site_settings.middleware.SettingsMiddleware",
    "axes.middleware.AxesMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

# Requests that machines make often pass by what they have no use for; all else of MIDDLEWARE holds for them as well.
LANES = {
    "webhook": {
        "method": "POST",
        "path": r"/stripe/webhook/",
        "without": {
            "whitenoise.middleware.WhiteNoiseMiddleware": "it serves files, and none lies there",
            "django.middleware.http.ConditionalGetMiddleware": "it is for what is read, never for a POST",
            "django.contrib.sessions.middleware.SessionMiddleware": "Stripe has no session: its signature is its name",
            "django.middleware.locale.LocaleMiddleware": "the answers are for machines, always in English",
            "django.middleware.csrf.CsrfViewMiddleware": "the view is exempt: no browser's cookie counts there",
            "django.contrib.auth.middleware.AuthenticationMiddleware": "nobody signs in there",
            "django_otp.middleware.OTPMiddleware": "nobody signs in there",
            "django.contrib.messages.middleware.MessageMiddleware": "no visitor reads what it would say",
            "axes.middleware.AxesMiddleware": "it answers for refused sign-ins, and nobody signs in there",
            "simple_history.middleware.HistoryRequestMiddleware": "no content with a history is changed there",
        },
    },
    # The forms of a pledge and of its confirmation; CSRF, headers, host, language and settings hold.
    "pledge": {
        "method": "POST",
        "path": r"/[a-z-]{2,7}/pledge/(confirm/[^/]+/|(?!(check-your-mail|manage|thanks)/)([-\w]+/)?)",
        "without": {
            "whitenoise.middleware.WhiteNoiseMiddleware": "it serves files, and none lies there",
            "django.middleware.http.ConditionalGetMiddleware": "it is for what is read, never for a POST",
            "django.contrib.sessions.middleware.SessionMiddleware": "supporters have no session",
            "django.contrib.auth.middleware.AuthenticationMiddleware": "the forms are the same for everyone",
            "django_otp.middleware.OTPMiddleware": "the forms are the same for everyone",
            "django.contrib.messages.middleware.MessageMiddleware": "no page there leaves a message",
            "axes.middleware.AxesMiddleware": "it answers for refused sign-ins, and nobody signs in there",
            "simple_history.middleware.HistoryRequestMiddleware": "no content with a history is changed there",
        },
    },
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "blueheart.pages.context.site",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # templates/django/forms comes before Django's own

# The database

# Servers that may be reached without encryption: the network between us and them is ours alone, as in a compose file.
PRIVATE_NETWORK_HOSTS = [host.strip() for host in env.list("PRIVATE_NETWORK_HOSTS", default=[]) if host.strip()]


def database(name: str, *, is_needed: bool) -> dict[str, Any] | None:
    """The database that a variable names, if it is set."""
    address = required_secret(name) if is_needed else environment.secret(name)
    return database_at(name, address) if address else None


def database_at(name: str, address: str) -> dict[str, Any]:
    """The database of this address, which stands in the variable."""
    found = environment.database(name, address, private=PRIVATE_NETWORK_HOSTS, must_be_safe=PRODUCTION)
    return found | {"ENGINE": "blueheart.postgresql", "VARIABLE": name}


KEPT_OPEN = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES = {
    "default": (
        database("DATABASE_URL", is_needed=PRODUCTION)
        or {"ENGINE": "blueheart.postgresql", "NAME": "blueheart", "EMBEDDED": True}
    )
    | KEPT_OPEN
}
# Copies of it that only read: of one that knows enough the web server makes the pages that are the same for everyone.
DATABASE_REPLICAS = [
    database_at("DATABASE_REPLICA_URLS", address) | KEPT_OPEN
    for address in environment.secrets("DATABASE_REPLICA_URLS")
]
# The owner of the tables, for `migrate` alone: web server and worker are not to know it.
DATABASE_OWNER = database("DATABASE_OWNER_URL", is_needed=False)
if DATABASE_OWNER and DATABASES["default"].get("USER") in {None, "", DATABASE_OWNER["USER"]}:
    raise ImproperlyConfigured("DATABASE_OWNER_URL wants another role in DATABASE_URL: give each one of its own.")
# How long a process waits for PostgreSQL before it gives up, in seconds; `work` and the web server set their own.
DATABASE_DEADLINE_SECONDS = env.float("DATABASE_DEADLINE_SECONDS", 0) or None
# Statements that take longer stand in the log, in seconds and without their values; 0: none does.
SLOW_QUERY_SECONDS = env.float("SLOW_QUERY_SECONDS", 0.5)
if SLOW_QUERY_SECONDS < 0:
    raise ImproperlyConfigured("SLOW_QUERY_SECONDS may not be negative: 0 logs no statement.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Languages and time

LANGUAGES = languages.LANGUAGES
LANGUAGE_CODE = languages.DEFAULT_LANGUAGE
MODELTRANSLATION_DEFAULT_LANGUAGE = LANGUAGE_CODE
MODELTRANSLATION_FALLBACK_LANGUAGES = (LANGUAGE_CODE,)
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["blueheart.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

# History of content: kept when its row goes, and shown by our own admin page
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

# Files

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None  # development serves from the sources
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = env.str("MEDIA_URL", "/media/")
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(VAR_DIR / "media")))
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
if storage_url := env.str("STORAGE_URL", ""):
    STORAGES["default"] = environment.bucket(
        "STORAGE_URL",
        storage_url,
        keys=(environment.secret("AWS_ACCESS_KEY_ID"), environment.secret("AWS_SECRET_ACCESS_KEY")),
        private=PRIVATE_NETWORK_HOSTS,
    )
    if not env.str("MEDIA_URL", ""):
        raise ImproperlyConfigured("STORAGE_URL wants MEDIA_URL, too: the address at which visitors read the bucket.")
MEDIA_HOST = f"{urlsplit(MEDIA_URL).scheme}://{urlsplit(MEDIA_URL).netloc}" if urlsplit(MEDIA_URL).netloc else ""
if PRODUCTION and MEDIA_HOST and not MEDIA_HOST.startswith("https://"):
    raise ImproperlyConfigured("MEDIA_URL must be a path or begin with https:// in production.")
WHITENOISE_ADD_HEADERS_FUNCTION = add_to_file
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION  # an edited file is served as it is now

# The cache holds what may be made again at any time: in Redis for all processes, or for each one in its memory.

CACHES = {
    "default": environment.cache(
        "CACHE_URL", environment.secret("CACHE_URL"), private=PRIVATE_NETWORK_HOSTS, must_be_safe=PRODUCTION
    )
}

# Backups: where they lie, for whose keys (age1…) they are made, and of how many days, weeks and months one is kept

BACKUP_DIR = Path(env.str("BACKUP_DIR", str(VAR_DIR / "backups")))
BACKUP_RECIPIENTS = [key.strip() for key in env.list("BACKUP_RECIPIENTS", default=[]) if key.strip()]
BACKUP_KEEP = env.str("BACKUP_KEEP", "7,5,12")

# Mail

# Also the address that the privacy page and security.txt name.
DEFAULT_FROM_EMAIL = (
    required("DEFAULT_FROM_EMAIL") if PRODUCTION else env.str("DEFAULT_FROM_EMAIL", "Blue Heart <hello@localhost>")
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_BACKEND = "blueheart.post.local_copies.EmailBackend"
EMAIL_TIMEOUT = 20
if environment.secret("EMAIL_URL") or PRODUCTION:
    vars().update(
        environment.mail(
            "EMAIL_URL", required_secret("EMAIL_URL"), private=PRIVATE_NETWORK_HOSTS, must_be_safe=PRODUCTION
        )
    )
MAIL_COPIES_DIR = VAR_DIR / "mail"

# Signing in

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "office.signing_in.passwords.GuessedPasswordValidator"},
    {"NAME": "office.signing_in.passwords.ContextWordsValidator"},
]
LOGIN_URL = "admin:login"
OTP_TOTP_ISSUER = "Blue Heart"
OTP_TOTP_SYNC = False  # a code is good for its half minute and one beside it, however far a phone has drifted
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "blueheart.limits.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "office.signing_in.pages.locked_out"
AXES_USERNAME_CALLABLE = "office.signing_in.pages.typed_name"
AXES_VERBOSE = False

# Cookies and headers: public pages set no cookie at all

# Browsers take a cookie of this prefix only from this very host, over TLS and for all of its paths.
COOKIE_PREFIX = "__Host-" if PRODUCTION else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # what staff are told is in no cookie
SESSION_ENGINE = "office.signing_in.store"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "blueheart.pages.views.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION and env.bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

# Chromium follows `form-action` through redirects: without these hosts it blocks the way to Stripe after our POST.
STRIPE_PAGES = [STRIPE_API_BASE] if STRIPE_API_BASE else ["https://checkout.stripe.com", "https://billing.stripe.com"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", *filter(None, [MEDIA_HOST])],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'", *STRIPE_PAGES],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "report-uri": ["/csp-report/"],
        "report-to": ["csp"],
    },
}

# Public pages are kept in each web process, before Django: so much of its memory; 0 keeps none.
PAGE_CACHE_MEGABYTES = env.int("PAGE_CACHE_MEGABYTES", 32)

# What Prometheus shows to read /metrics from another machine; without it only this machine may.
METRICS_TOKEN = environment.secret("METRICS_TOKEN")
if METRICS_TOKEN and (len(METRICS_TOKEN) < 22 or len(set(METRICS_TOKEN)) < 8):  # 128 bits, as all that is random here
    raise ImproperlyConfigured("METRICS_TOKEN is weak: use at least 22 random characters.")

# Where errors are sent that the log tells of; nowhere unless set.
SENTRY_DSN = environment.sentry("SENTRY_DSN", private=PRIVATE_NETWORK_HOSTS)

DEFAULT_EXCEPTION_REPORTER_FILTER = "blueheart.error_pages.AddressesToo"

# Limits on what a stranger may send

DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# So long a process shows words and choices of a form as it read them last, in seconds; 0: it reads them each time.
KEEP_CONTENT_SECONDS = env.float("KEEP_CONTENT_SECONDS", 1.0)
# So many names may pledge from one mailbox in a campaign.
HOUSEHOLD_NAMES = env.int("HOUSEHOLD_NAMES", 2)

# `json`: an object in each line, for programs. `lines`: for people.
LOG_FORMAT = env.str("LOG_FORMAT", "") or ("json" if PRODUCTION else "lines")
if LOG_FORMAT not in {"json", "lines"}:
    raise ImproperlyConfigured("LOG_FORMAT must be json or lines.")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {"()": "blueheart.log.LineFormatter"},
        "json": {"()": "blueheart.log.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Django's own handlers would mail variables and sent forms to ADMINS, and write whole addresses.
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "_granian": {"handlers": [], "level": "INFO", "propagate": True},  # else its workers' lines are not as ours
        "axes": {"level": "ERROR"},  # its warnings name who failed to sign in, and from where: the trail has both
    },
}

if SENTRY_DSN:
    LOGGING["handlers"]["sentry"] = {"()": "blueheart.sentry.Handler"}
    LOGGING["root"]["handlers"].append("sentry")

# What every page says of us (rule 1 of the mission)

SITE_NAME = _("Blue Heart")
