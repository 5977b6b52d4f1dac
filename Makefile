# One door. `make help` lists what is behind it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
URL ?= http://127.0.0.1:$(PORT)
NAME ?= breaking
STORY ?= scenario/samples/$(NAME).json
WORKERS ?= 3
POSTGRES_URL ?= postgresql://postgres@127.0.0.1:5432/postgres
# Tests kill processes and never the machine, so what they write may lie in memory: a commit then waits for no disk.
SCRATCH ?= $(shell [ -w /dev/shm ] && [ "$$(df -Pm /dev/shm | awk 'NR == 2 {print $$4}')" -gt 4096 ] && echo /dev/shm || echo "$${TMPDIR:-/tmp}")
# AGAIN is for .ci/run.
AGAIN ?=
PYTEST = TMPDIR=$(SCRATCH) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(AGAIN)
# What does not depend on the database or the async mode is tested once.
ONCE = --ignore=tests/containers --ignore=tests/browser --ignore=tests/web --ignore=tests/contract --ignore=tests/test_gunicorn_worker.py \
       $(foreach name,fcm_target jpush_target web_push_target vapid sms_target email_target settings,--ignore=tests/test_$(name).py) \
       --ignore=tests/test_request_rules.py \
       --ignore=tests/realtime/test_frames.py --ignore=tests/realtime/test_parts.py \
       --ignore=tests/realtime/test_same_as_stock.py --ignore=tests/newsroom/test_aids.py --ignore=tests/test_newsroom_rules.py \
       --ignore=tests/channels --ignore=tests/newsroom/test_rundown_rules.py \
       --ignore=tests/newsroom/test_assessment_rules.py --ignore=tests/test_monitoring_rules.py --ignore=tests/test_operation_rules.py \
       --ignore=tests/test_media_sniff.py --ignore=tests/test_media_store.py --ignore=tests/test_film.py --ignore=tests/open311/test_open311_rules.py \
       $(foreach name,security/test_regular_expressions security/test_static_checks test_docs_promises,--ignore=tests/$(name).py) \
       $(foreach name,import_formats import_staff_rules interview_rules packages_rules,--ignore=tests/newsroom/test_$(name).py) \
       $(foreach name,alert bell datum geography notice request_machine receipt routing search workdays,--ignore=tests/test_$(name)_rules.py) \
       --ignore=tests/test_workdays_published.py \
       $(foreach name,figures sbom sizing database_faults,--ignore=tests/operations/test_$(name).py) \
       --ignore=tests/community/test_comment_rules.py --ignore=tests/community/test_tip_rules.py --ignore=tests/live/test_live_rules.py

# What an async mode can change: whatever waits, wakes, holds a connection or is killed.
IN_THREADS = tests/realtime tests/security/test_sockets.py tests/security/test_sign_ins.py tests/alerts/test_alert_rings.py tests/live/test_lives.py tests/community/test_comments.py \
             $(foreach name,kill jobs model mutations catch_up rights leaks vendor_rest bells_model unit_of_work,tests/sync/test_$(name).py) \
             $(foreach name,realtime bad_messages bad_input processes push_storms push_vendors notifications ceilings housekeeping,tests/test_$(name).py) \
             $(foreach name,requests requests_flow editor database,tests/test_$(name).py) \
             $(foreach name,publishing publishing_chaos rundown planning,tests/newsroom/test_$(name).py)

# Where this is set for the whole machine, each start would compile every file anew; tests start hundreds of servers.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run web check-web up edge film press try-film scenario test test-postgresql test-threading test-browser browser lint format \
        migration lock licences sbom sizing soak containers clean bench bench-tools bench-packages audit

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

run: $(VENV)/.runtime web ## Set everything up and serve the demo district on PORT (8000)
	@command -v ffmpeg >/dev/null || [ -e $(VENV)/.film ] || $(MAKE) -s try-film
	@DEMO=$${DEMO-1} PORT=$(PORT) LOG_LEVEL=$${LOG_LEVEL-WARNING} exec $(BIN)/python wsgi.py

# Node builds the app: the machine's own where it is new enough, else the one that comes as a Python package.
NODE = $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
         && command -v node || echo $(CURDIR)/$(BIN)/node)
WITH_NODE = PATH=$(dir $(NODE)):$$PATH
WEB = web/package-lock.json web/index.html web/desk.html web/vite.config.ts web/vite.desk.config.ts $(shell find web/src web/public web/scripts -type f ! -name '*.d.ts' 2>/dev/null)

web: web/static/app/.built ## Build the citizen's app, if something of it has changed

web/static/app/.built: $(WEB) | $(VENV)/.runtime
	@[ -x "$(NODE)" ] || $(MAKE) -s $(VENV)/.node || true
	@{ $(MAKE) -s web/node_modules/.installed && echo "构建手机应用 building the app …" && \
	  cd web && $(WITH_NODE) npm run --silent build && touch static/app/.built; } || \
	  echo "手机应用没有构建成功，首页暂时打不开 (the app could not be built; the first page is not there)"

web/node_modules/.installed: web/package-lock.json
	@echo "安装前端依赖 installing what builds the app …"
	@cd web && $(WITH_NODE) npm ci --silent --no-audit --no-fund && touch node_modules/.installed

$(VENV)/.node: requirements-node.lock | $(VENV)/.runtime
	@echo "安装 Node installing Node …"
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements-node.lock && touch $@

# The types come from the documents: nobody types them by hand, and they are not kept in git.
web/src/api/openapi.d.ts: $(VENV)/.runtime web/node_modules/.installed docs/asyncapi.yaml $(shell find api backend -name '*.py' 2>/dev/null)
	@DEMO=1 DATA_DIR=$$(mktemp -d) $(BIN)/flask --app wsgi openapi print --format=json > $(VENV)/openapi.json
	@cd web && $(WITH_NODE) npm run --silent types -- ../$(VENV)/openapi.json

check-web: web/src/api/openapi.d.ts ## Check the types of the app against the documents
	cd web && $(WITH_NODE) npm run --silent check

scenario: $(VENV)/.runtime ## Act the main job out against the running server (STORY=path.json NAME=breaking URL=…)
	@NAME="$(NAME)" STORY="$(STORY)" URL="$(URL)" $(BIN)/python -m scenario

up: $(VENV)/.runtime ## Serve on PostgreSQL: nginx, two web processes, a worker (DATABASE_URL, PORT; see deploy/README.md)
	@PORT=$(PORT) exec $(BIN)/python -m deploy.up

edge: ## Install nginx from Debian's packages, if it is missing
	@PATH=$$PATH:/usr/sbin command -v nginx >/dev/null || \
	  { apt-get update -qq && apt-get install -y -qq nginx-light >/dev/null; } || \
	  echo "nginx could not be installed; tests of the edge will be skipped"

film: ## Install ffmpeg from Debian's packages, if it is missing
	@command -v ffmpeg >/dev/null || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends ffmpeg >/dev/null; } || \
	  echo "ffmpeg could not be installed; films get no poster and no stream, and tests of them will be skipped"

PRESS_PACKAGES = libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fontconfig

press: ## Install what prints the newspaper's pages from Debian's packages, if it is missing
	@dpkg-query -W $(PRESS_PACKAGES) >/dev/null 2>&1 || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $(PRESS_PACKAGES) >/dev/null; } || \
	  echo "the press could not be installed; pages get no PDF, and tests of it will be skipped"

# For a first start: once a machine, quietly, and the start goes on in any case. Only the fetching may be cut off, as
# packages that are half installed would be left to the machine's owner.
try-film:
	@touch $(VENV)/.film
	@[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  timeout 60 sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends --download-only ffmpeg' \
	    >/dev/null 2>&1 </dev/null && \
	  apt-get install -y -qq --no-install-recommends --no-download ffmpeg >/dev/null 2>&1 </dev/null || true

test: $(VENV)/.dev web tests/js/node_modules/.done ## Run all tests on SQLite in the default async mode
	$(PYTEST) tests --ignore=tests/containers

# What asks the door, the vendors, formats or the table of rights; and what is long and asks the database what shorter files ask it too.
# All actions are replayed on SQLite and their rows compared there; PostgreSQL runs the actions themselves in other files.
NOT_ON_POSTGRESQL = $(foreach name,authorisation bad_messages bad_input bells feeds media realtime renderings scenario ceilings,--ignore=tests/test_$(name).py) \
                    $(foreach name,push_vendors push_ceilings push_letters editor works catalogue receipts,--ignore=tests/test_$(name).py) \
                    $(foreach name,replay replay_citizens asyncapi bells_model model leaks,--ignore=tests/sync/test_$(name).py) \
                    $(foreach name,play import first_cut newspaper publishing_chaos rundown operation units assessment_doors,--ignore=tests/newsroom/test_$(name).py) \
                    --ignore=tests/security/test_objects.py --ignore=tests/security/test_sockets.py \
                    --ignore=tests/realtime --ignore=tests/live/test_share.py --ignore=tests/live/test_bookmarks.py \
                    --ignore=tests/community/test_identity.py --ignore=tests/open311 --ignore=tests/alerts/test_alert_rings.py \
                    $(foreach name,logs consents inventory closing,--ignore=tests/privacy/test_$(name).py)

test-postgresql: $(VENV)/.dev ## Run the tests on PostgreSQL (POSTGRES_URL)
	TEST_POSTGRES_URL=$(POSTGRES_URL) $(PYTEST) tests $(ONCE) $(NOT_ON_POSTGRESQL)

test-threading: $(VENV)/.dev ## Run the tests with ASYNC_MODE=threading
	ASYNC_MODE=threading $(PYTEST) $(IN_THREADS) $(ONCE)

test-browser: $(VENV)/.dev web browser ## Run the tests in a real Chromium
	$(BIN)/python -m pytest tests/browser

browser: ## Install Chromium and Chinese fonts from Debian's packages, if they are missing
	@command -v chromium >/dev/null && fc-list :lang=zh 2>/dev/null | grep -q . || \
	  { apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } || \
	  echo "Chromium could not be installed; browser tests will be skipped"

tests/js/node_modules/.done: tests/js/package-lock.json
	@if command -v npm >/dev/null && cd tests/js && npm ci --silent; then touch node_modules/.done; \
	else mkdir -p $(@D) && touch $@; echo "socket.io-client and http_ece could not be installed; their tests will be skipped"; fi

bench: $(VENV)/.dev web bench-tools ## Measure against the peers, into docs/benchmarks.md (ONLY=broadcast,storm QUICK=1)
	@ONLY="$(ONLY)" QUICK="$(QUICK)" KEEP="$(KEEP)" $(BIN)/python -m bench

bench-tools: bench-packages bench/build/load bench/build/floor bench/peers/node_modules/.done ## Get and build what the bench runs

BENCH_CC = gcc -O2 -std=gnu11 -Wall -Wextra

bench/build/load: bench/load.c bench/client.c bench/calls.c bench/measure.c bench/client.h bench/calls.h bench/measure.h
	@mkdir -p $(@D)
	$(BENCH_CC) -o $@ $(filter %.c,$^)

bench/build/floor: bench/floor.c
	@mkdir -p $(@D)
	$(BENCH_CC) -o $@ $<

# Without a peer its lines are left out, and the report says so.
bench/peers/node_modules/.done: bench/peers/package-lock.json | bench-packages
	@{ cd bench/peers && npm ci --omit=dev --silent && touch node_modules/.done; } || \
	  echo "socket.io could not be installed; Node is left out of the bench"

bench-packages:
	@missing=$$(for each in gcc:gcc node:nodejs npm:npm nginx:nginx-light wrk:wrk; do \
	    command -v $${each%%:*} >/dev/null || echo $${each#*:}; done; \
	  ls /usr/lib/nginx/modules/ngx_nchan_module.so >/dev/null 2>&1 || echo libnginx-mod-nchan); \
	[ -z "$$missing" ] || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq $$missing >/dev/null; } || \
	  echo "could not be installed, and is left out of the bench:" $$missing

lint: $(VENV)/.dev ## Check style, types, the one-way rule of imports, and that no secret is kept in git
	$(BIN)/python -m deploy.secrets_scan
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(VENV)/.dev ## Ask whether what we depend on has known holes; needs a package index, and is no part of CI
	@$(BIN)/pip install -qq uv 2>/dev/null && $(BIN)/uv tool run -q pip-audit --version >/dev/null 2>&1 \
	  || { echo "SKIPPED: no package index can be reached"; exit 0; }; \
	$(BIN)/uv tool run -q pip-audit --disable-pip --require-hashes -r requirements.lock

format: $(VENV)/.dev ## Bring the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration: $(VENV)/.dev ## Write a migration for changed models (MESSAGE="…")
	DEMO=1 $(BIN)/flask --app wsgi db migrate -m "$(MESSAGE)"

lock: $(VENV)/.dev ## Pin everything below the direct requirements, with hashes
	$(BIN)/pip install -qq uv
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --generate-hashes --python-version 3.11 \
	  requirements.txt -o requirements.lock
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --generate-hashes --python-version 3.11 \
	  requirements.txt requirements-dev.txt -o requirements-dev.lock
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --generate-hashes --python-version 3.11 \
	  requirements-node.txt -o requirements-node.lock

licences: $(VENV)/.runtime ## List the licences of what runs, into docs/licences.md
	$(BIN)/python deploy/licences.py > docs/licences.md

sbom: $(VENV)/.dev ## Write the bill of materials (CycloneDX) into sbom.cdx.json
	$(BIN)/python -m deploy.sbom > sbom.cdx.json

sizing: $(VENV)/.runtime ## Compute what so many phones need from docs/benchmarks.md, into docs/sizing.md
	$(BIN)/python -m bench.sizing

CONTAINER_PACKAGES = podman buildah runc debootstrap catatonit netavark aardvark-dns iptables
CONTAINER_TOOLS = podman-compose==1.6.0 kubernetes-validate==1.37.0

containers: $(VENV)/.dev ## Build the image, run compose.yaml and the Kubernetes pods with podman (root, Debian; ten minutes)
	@dpkg-query -W $(CONTAINER_PACKAGES) >/dev/null 2>&1 || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $(CONTAINER_PACKAGES) >/dev/null; }
	@[ -x var/containers/tools/bin/kubernetes-validate ] || \
	  { $(PYTHON) -m venv var/containers/tools && var/containers/tools/bin/pip install -qq $(CONTAINER_TOOLS); }
	$(BIN)/python -m pytest tests/containers

soak: $(VENV)/.dev ## Run for an hour what CI runs for minutes: 100 kills, longer storms (SOAK_ROUNDS)
	KILL_ROUNDS=$${SOAK_ROUNDS:-100} CHAOS_STORIES=$${SOAK_STORIES:-60} $(PYTEST) tests/sync/test_kill.py tests/newsroom/test_publishing_chaos.py \
	  tests/operations tests/test_push_storms.py tests/sync/test_jobs.py

clean: ## Remove the environment, what was built, and the demo's data
	rm -rf $(VENV) var web/node_modules web/static/app web/static/desk

$(VENV)/bin/python:
	@echo "建立虚拟环境 making the virtual environment …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "需要 Python 3.11 (Python 3.11 is needed)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(VENV)/bin/python
	@echo "安装依赖（首次约一分钟）installing dependencies, about a minute the first time …"
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "安装测试工具 installing test tools …"
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
