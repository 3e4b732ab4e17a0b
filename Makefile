# What people and CI call; CONTRIBUTING.md says when. `make help` lists it.

.DEFAULT_GOAL := help
.PHONY: help run test check lint types contracts templates migrations deployable messages messages-check e2e bench bench-page bench-quick scaling scaling-measure faults production mutants reconciliation invalidation crawl observatory office-axe handbook styles lock audit sbom image-check pentest asvs docs clean tools backup restore restore-check

python := .venv/bin/python
local := requirements.txt requirements-local.txt
dev := $(local) requirements-optional.txt requirements-dev.txt
template_folders := templates
FAULTS_SEEDS ?= $(if $(filter short,$(FAULTS)),1,1 2 3)
faults_results := $(or $(FAULTS_RESULTS),var/faults/results.jsonl)
# A production as `check --deploy` wants it; nothing here is a secret.
production := ENVIRONMENT=production SITE_URL=https://blueheart.example ALLOWED_HOSTS=blueheart.example \
	SECRET_KEY=$$($(python) -c "import secrets; print(secrets.token_urlsafe(50))") \
	DATABASE_URL=postgres://localhost/blueheart EMAIL_URL=smtp://localhost STRIPE_SECRET_KEY=sk_test_check \
	DEFAULT_FROM_EMAIL=hello@blueheart.example

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1|\2/' | awk -F'|' '{ printf "make %-16s %s\n", $$1, $$2 }'

run: ## the whole portal on this machine, at http://localhost:8000 (PORT=… to change)
	@sh scripts/bootstrap $(local)
	@exec $(python) manage.py up

test: tools ## every test, on PostgreSQL; browser journeys where a Chromium is found
	$(python) -m pytest -n logical --dist loadgroup $(PYTEST_ARGS)

check: lint types contracts templates migrations deployable messages-check test ## what CI runs

tools:
	@sh scripts/bootstrap $(dev)

lint: tools ## style and likely mistakes
	$(python) -m ruff check
	$(python) -m ruff format --check

types: tools ## strict mypy over the apps
	$(python) -m mypy

contracts: tools ## who may import whom
	.venv/bin/lint-imports --no-logo

templates: tools ## djlint over the templates
	$(python) -m djlint --lint --quiet $(template_folders)

migrations: tools ## models and migrations agree, and no new one is noticed by the release before
	$(python) manage.py makemigrations --check --dry-run
	$(python) -m scripts.lint_migrations

deployable: tools ## Django's own deployment checks, on production settings
	@$(production) $(python) manage.py check --deploy --fail-level WARNING

messages: tools ## extract and compile the interface's texts (needs GNU gettext)
	$(python) scripts/messages.py update

messages-check: tools
	$(python) scripts/messages.py check

e2e: tools ## the journeys, in a real browser
	$(python) -m pytest tests/journeys $(PYTEST_ARGS)

bench: tools ## every budget beside its limits (docs/performance.md); needs wrk, nginx and chromium; BENCH_ARGS=--only P1,P4 for a part
	$(python) -m benchmarks $(BENCH_ARGS)

bench-page: tools ## docs/performance.md and its plots of the last run (BENCH_RESULTS="a.json b.json": of several, the later counts; BENCH_RESULTS="--runs a.json b.json": of two whole runs)
	$(python) -m benchmarks.page $(BENCH_RESULTS)

bench-quick: tools ## the same on small databases, once: shows that it runs
	$(python) -m benchmarks --quick $(BENCH_ARGS)

scaling: tools ## docs/scaling.md: World Day at three sizes, computed from docs/performance.json, scaling.json and scaling.toml
	$(python) -m scripts.scaling

scaling-measure: tools ## the same, after living through pledges and gifts for what `make bench` does not measure (docs/scaling.json)
	$(python) -m tests.scaling.measure
	$(python) -m scripts.scaling

faults: tools ## PostgreSQL, workers, Stripe, mail and clocks broken on purpose, for FAULTS_SEEDS; writes docs/fault-runs.md; FAULTS=short for a sample
	@rm -f $(faults_results)
	@for seed in $(FAULTS_SEEDS); do \
		echo "Fault runs with seed $$seed"; \
		FAULTS_SEED=$$seed $(python) -m pytest tests/faults -n logical --dist worksteal $(PYTEST_ARGS) || exit 1; \
	done
	@test "$(FAULTS)" = short -o -n "$(PYTEST_ARGS)" || $(python) -m tests.faults.page $(faults_results)

production: tools ## the shape of production as processes (nginx, 2 web, 2 workers, replica, PgBouncer, Redis), journeys, a minute of people, kills (docs/operating.md); PRODUCTION_PATIENCE=1 on a machine of its own
	$(python) -m pytest tests/production -n0 $(PYTEST_ARGS)

mutants: tools ## each guard taken away in a copy of the tree: a named test has to go red (MUTANTS="--only NAME", "--list")
	$(python) -m tests.mutants $(MUTANTS)

reconciliation: tools ## the books beside 10,000 balance transactions: one missing, one extra, one changed
	RECONCILED_PAYMENTS=10000 $(python) -m pytest tests/donations/test_reconciliation.py -k one_missing -n0 --durations=1 $(PYTEST_ARGS)

invalidation: tools ## 10,000 pledges taken out of the count and put back exactly, within a minute each
	INVALIDATED_PLEDGES=10000 $(python) -m pytest tests/pledges/test_invalidation.py -k many_are_invalidated -n0 --durations=1 $(PYTEST_ARGS)

crawl: tools ## every page by its links, axe and the HTML checker (npm ci --ignore-scripts; needs a JRE); CRAWL_ARGS=--ci for a part
	$(python) -m tests.crawl $(CRAWL_ARGS)

observatory: tools ## every page graded by MDN's HTTP Observatory, over TLS and behind nginx: 120 or more (npm ci --ignore-scripts); OBSERVATORY_ARGS=--ci for one of each template
	$(python) -m tests.observatory $(OBSERVATORY_ARGS)

office-axe: tools ## every kind of page of the office before axe, in English and Arabic, light and dark
	$(python) -m tests.crawl --office

handbook: tools ## make the pictures of docs/office.md anew, by the journeys
	HANDBOOK=1 $(python) -m pytest tests/journeys -n0 $(PYTEST_ARGS)

styles: tools ## join styles/ into the stylesheet of the public pages, static/css/site.css
	$(python) scripts/styles.py

lock: tools ## write the hash-locked requirements from the .in files (UPGRADE=--upgrade for newer versions)
	for name in requirements requirements-local requirements-optional requirements-dev requirements-audit requirements-docs requirements-pentest; do \
		$(python) -m uv pip compile --quiet --universal --no-strip-extras --generate-hashes --python-version=3.11 \
			$(UPGRADE) --output-file=$$name.txt $$name.in || exit 1; \
	done

audit: ## known weaknesses in our code and in what we install: bandit, our semgrep rules, pip-audit, npm audit (asks the registries); AUDIT_ARGS="--only bandit,semgrep", AUDIT_ARGS=--self-check plants a canary for each
	@sh scripts/bootstrap --into .venv-audit requirements-audit.txt
	.venv-audit/bin/python -m scripts.audit $(AUDIT_ARGS)

sbom: ## what a running portal is made of, as CycloneDX with hashes: var/sbom.cdx.json
	@sh scripts/bootstrap --into .venv-audit requirements-audit.txt
	.venv-audit/bin/python -m scripts.audit --sbom var/sbom.cdx.json

image-check: tools ## the Dockerfile's steps in a clean folder, without Docker (asks the package index)
	$(python) -m pytest tests/deploy/image_check.py -n0 $(PYTEST_ARGS)

pentest: tools ## wapiti and sqlmap against a portal within a network that has only loopback; PENTEST_ARGS=--short, --self-check
	@sh scripts/bootstrap --into .venv-pentest requirements-pentest.txt
	$(python) -m tests.pentest $(PENTEST_ARGS)

asvs: tools ## write docs/security/asvs.md, the portal beside OWASP ASVS 5.0, from asvs.toml beside it
	$(python) scripts/asvs.py

docs: tools ## the docs site, from docs/ and the code, into var/docs/html; fails on any warning, lost link or file of another host
	@sh scripts/bootstrap --into .venv-docs requirements-docs.txt
	$(python) -m scripts.docs gather var/docs/source
	.venv-docs/bin/python -m sphinx --fail-on-warning --keep-going --quiet --fresh-env -c docs var/docs/source var/docs/html
	$(python) -m scripts.docs check var/docs/html

backup: tools ## an encrypted backup in BACKUP_DIR, tried in a scratch server (docs/backups.md)
	$(python) manage.py backup $(BACKUP_ARGS)

restore: tools ## say what restoring FILE=… with KEY=… would do; INTO=<the database's name> does it
	$(python) manage.py restore $(FILE) --key $(KEY) $(if $(INTO),--into $(INTO)) $(RESTORE_ARGS)

restore-check: tools ## restore FILE=… with KEY=… into a scratch server, and look whether all of it is there and true
	$(python) manage.py restore $(FILE) --key $(KEY) --check

clean: ## remove what can be made again; the data in var/ stay
	rm -rf .venv .venv-audit .venv-docs .venv-pentest node_modules staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
