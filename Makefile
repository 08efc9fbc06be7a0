# Every target builds its own .venv first; only Python 3.11+, git and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Two workers: the tests start whole committees, and more of them at once starve each other. A file stays with
# one worker, since its tests share networks and days.
PYTEST_WORKERS ?= 2
# For `make simulate`: how many seeds of the committee's simulator, from which on.
SEEDS ?= 1000
FIRST ?= 0
# For `make fuzz` and `make drill`: how long, and which targets or faults; see docs/drill.md.
MINUTES ?= 60
TARGETS ?=
FAULTS ?=

.PHONY: packages demo test check bench soak simulate fuzz drill lock clean

demo: $(INSTALLED)
	$(BIN)/gridquorum demo

test: $(INSTALLED)
	$(BIN)/pytest -q -m "not slow" -n $(PYTEST_WORKERS) --dist loadfile

# The browser and the database server that the explorer's tests use. Debian, as root; without them those tests
# are left out, and say so. With TESTS_REQUIRE_ALL=1 they fail instead.
packages:
	export DEBIAN_FRONTEND=noninteractive; apt-get install -q -y --no-install-recommends chromium postgresql || \
		{ apt-get update -q && apt-get install -q -y --no-install-recommends chromium postgresql; }

soak: $(INSTALLED)
	$(BIN)/pytest -q -m slow

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_layers.py

simulate: $(INSTALLED)
	$(BIN)/python -m tests.consensus.simulate --seeds $(SEEDS) --first $(FIRST)

bench: $(INSTALLED)
	$(BIN)/gridquorum bench verify
	$(BIN)/gridquorum bench dispatch
	$(BIN)/gridquorum bench clear
	$(BIN)/gridquorum bench commit

# Its own environment, as atheris is needed for nothing else.
fuzz: .venv-fuzz/.installed
	.venv-fuzz/bin/python -m tests.fuzz.campaign --minutes $(MINUTES) $(TARGETS)

.venv-fuzz/.installed: requirements.txt
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	.venv-fuzz/bin/pip install -q --disable-pip-version-check atheris==3.0.0
	@touch $@

# Needs root and Linux: it makes network namespaces, and removes them again.
drill: $(INSTALLED)
	$(BIN)/python -m tests.drill.drill $(FAULTS)

$(INSTALLED): pyproject.toml requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Gridquorum needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 3; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Needs `uv`; run it after changing the dependencies in pyproject.toml.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --extra dev -o requirements-dev.txt pyproject.toml
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" -c requirements-dev.txt -o requirements.txt pyproject.toml

clean:
	rm -rf $(VENV) .venv-fuzz .fuzz .drill .mypy_cache .pytest_cache .ruff_cache .hypothesis
