# Deployment. Included by the Makefile, whose variables it uses.
IMAGE ?= alveole:0.1.0
COMPOSE := deploy/compose/full.yaml

## docker: build the container image (IMAGE=alveole:0.1.0); needs a Docker engine
.PHONY: docker
docker:
	@docker info >/dev/null 2>&1 || { echo "There is no Docker engine here, so no image is built. 'make dist' builds the same binary: $(DIST)"; exit 1; }
	docker build -f deploy/docker/Dockerfile -t $(IMAGE) \
	  --build-arg REVISION=$$(git rev-parse --short HEAD 2>/dev/null || echo unknown) .

## deploy-compose: check the compose files and, where there is a Docker engine, start the full stack
.PHONY: deploy-compose
deploy-compose: $(TOOLS)/deploy-tools
	sh deploy/check.sh compose
	@docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1 || \
	  { echo "There is no Docker engine with compose here: the files are checked, and nothing is started."; exit 0; }; \
	set -e; sh deploy/compose/secrets.sh; \
	test -f deploy/compose/.env || cp deploy/compose/.env.example deploy/compose/.env; \
	docker compose -f $(COMPOSE) up -d --build --wait; \
	docker compose -f $(COMPOSE) ps

## deploy: the full stack on this machine, as deploy-compose; fails where nothing could be started
.PHONY: deploy
deploy: deploy-compose
	@docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1 || \
	  { echo "Nothing was deployed: there is no Docker engine with compose here. deploy/README.md has other ways."; exit 1; }

# Which platform this machine is, in the words of deploy/release/package.py.
PLATFORM ?= $(shell case "$$(uname -sm)" in ("Linux x86_64") echo linux-x86_64 ;; ("Linux aarch64") echo linux-arm64 ;; \
	("Darwin arm64") echo macos-arm64 ;; esac)

## package: archive, wheel and npm package of the shipped binary, with checksums, in target/packages
.PHONY: package
package: dist
	rm -rf $(TARGET)/packages
	python3 deploy/release/package.py $(DIST) $(PLATFORM) $(TARGET)/packages
	sh deploy/release/check.sh $(TARGET)/packages

## package-clients: wheel, source and npm package of the clients, with checksums, in target/packages
.PHONY: package-clients
package-clients:
	sh deploy/release/clients.sh $(TARGET)/packages

## deploy-k8s: render the manifests and the chart, validate them, and say how to apply them
.PHONY: deploy-k8s
deploy-k8s: $(TOOLS)/deploy-tools
	sh deploy/check.sh kubernetes
	@echo; echo "Nothing was applied. With a cluster and the Secret (deploy/k8s/secret.example.yaml):"
	@echo "  kubectl apply -k deploy/k8s"
	@echo "or:"
	@echo "  helm upgrade --install alveole deploy/helm/alveole -n alveole --create-namespace --set image.repository=…"

## deploy-check: everything in deploy/ and .github/, by every real tool that can be had
.PHONY: deploy-check
deploy-check: $(TOOLS)/deploy-tools
	sh deploy/check.sh

# Pinned in a file of their own, so that a change of one installs them again.
$(TOOLS)/deploy-tools: deploy/checks/requirements.txt | $(TOOLS)/pyvenv.cfg
	$(BIN)/pip install --quiet --disable-pip-version-check -r $<
	touch $@

## advisories: dependencies known to be unsafe or withdrawn; asks the public database, so it needs the network
.PHONY: advisories
advisories: $(BIN)/cargo-deny
	$(CARGO) deny --all-features check advisories
