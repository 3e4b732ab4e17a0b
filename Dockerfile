# The portal without development packages, without pip and without an embedded PostgreSQL. Nothing in it is written to
# but /app/var and /tmp: the rest may be read-only.
FROM python:3.11.14-slim-bookworm AS packages
WORKDIR /build
COPY requirements.txt requirements-optional.txt ./
RUN python -m venv --without-pip /venv && \
    pip --python /venv/bin/python install --no-cache-dir --no-deps --require-hashes --only-binary :all: \
    -r requirements.txt -r requirements-optional.txt

FROM python:3.11.14-slim-bookworm AS built
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Blue Heart" \
      org.opencontainers.image.description="A portal for the Blue Heart Campaign, in Stripe's test mode" \
      org.opencontainers.image.licenses="BSD-3-Clause" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 ENVIRONMENT=production
RUN python -m pip uninstall --yes --quiet --root-user-action ignore pip setuptools wheel && \
    groupadd --gid 10001 blueheart && \
    useradd --uid 10001 --gid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin blueheart
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# collectstatic reads no secret and no database; these values only let the settings load. What is compiled here need not
# be compiled at each start, when nothing can be written.
RUN SECRET_KEY=build-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ SITE_URL=https://build.invalid \
    ALLOWED_HOSTS=build.invalid DATABASE_URL=postgres://build@localhost/build EMAIL_URL=smtp://localhost \
    STRIPE_SECRET_KEY=sk_test_build DEFAULT_FROM_EMAIL=build@build.invalid \
    python manage.py collectstatic --noinput && \
    python -m compileall -q .
RUN install -d -o 10001 -g 10001 var var/media var/static

# The same beside PostgreSQL's own programs, of the server's version: backups are made and tried by them.
FROM postgres:16.14-bookworm AS backup
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 ENVIRONMENT=production
COPY --from=built /usr/local /usr/local
COPY --from=built /venv /venv
COPY --from=built /app /app
WORKDIR /app
# A library that Python or a wheel misses here shows now, and not in the night. initdb wants its account to have a name.
RUN ldconfig && \
    python -c "import bz2, ctypes, lzma, ssl, uuid, zlib, PIL.Image, psycopg2, pyrage, uharfbuzz" && \
    groupadd --gid 10001 blueheart && \
    useradd --uid 10001 --gid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin blueheart && \
    install -d -o 10001 -g 10001 -m 0700 /backups /scratch
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT []
CMD ["python", "manage.py", "backup", "--every", "24h"]

FROM built
# By number: Kubernetes' runAsNonRoot cannot read a name.
USER 10001:10001
EXPOSE 8000
# By a name that we answer to: Django refuses 127.0.0.1 as Host in production. `http.client` asks no proxy.
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s CMD ["python", "-c", "\
import http.client, os; \
host = os.environ['ALLOWED_HOSTS'].split(',')[0].strip(' .'); \
web = http.client.HTTPConnection('127.0.0.1', 8000, timeout=2); \
web.request('GET', '/healthz', headers={'Host': host}); \
raise SystemExit(web.getresponse().status != 200)"]
# As office/web_server.py has it; a test compares.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "--workers", "2", "--blocking-threads", "2", "--respawn-failed-workers", "--workers-kill-timeout", "5", "blueheart.wsgi:application"]
