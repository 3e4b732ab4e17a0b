# The portal without development packages and without an embedded PostgreSQL.
FROM python:3.11-slim-bookworm AS wheels
WORKDIR /build
COPY requirements.txt .
RUN pip wheel --no-cache-dir --no-deps --require-hashes --wheel-dir /wheels -r requirements.txt

FROM python:3.11-slim-bookworm
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 ENVIRONMENT=production
RUN useradd --system --uid 10001 --home /app blueheart
COPY --from=wheels /wheels /wheels
RUN pip install --no-cache-dir --no-index --no-deps /wheels/*.whl && rm -r /wheels
WORKDIR /app
COPY --chown=root:root . .
# collectstatic reads no secret and no database; these values only let the settings load.
RUN SECRET_KEY=build-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ SITE_URL=https://build.invalid \
    ALLOWED_HOSTS=build.invalid DATABASE_URL=postgres://build@localhost/build EMAIL_URL=smtp://localhost \
    STRIPE_SECRET_KEY=sk_test_build DEFAULT_FROM_EMAIL=build@build.invalid \
    python manage.py collectstatic --noinput
RUN install -d -o blueheart -g blueheart var
USER blueheart
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
