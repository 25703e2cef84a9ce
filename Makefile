# Every target works from a fresh clone, in .venv beside this file. PYTHON names the interpreter to
# make that from; PERSIST_CI=1 turns each step that is skipped for want of a tool into a failure.

PYTHON ?= python3
# Seconds that each fuzz target runs, and the state decoder under all mutations together: it needs
# some of them to make the objects whose texts are mutated.
FUZZ_SECONDS ?= 12
FUZZ_STATE_SECONDS ?= 48
# Writers that `make torture` kills, and how often it lets sixteen race, on each storage.
KILLS ?= 500
RACES ?= 50

VENV := .venv
# Where a virtual environment keeps its programs.
BIN := $(CURDIR)/$(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PACKAGE := persist-python/python/persist
WHEELS := target/wheels
FUZZ := persist-core/fuzz
# Tests of frameworks and clouds, and of whole programs: each about a third of the time that all take.
OUTSIDE := tests/adapters tests/storage
WHOLE := tests/fidelity tests/benchmarks tests/docs
THIRDS := pytest-inside pytest-outside pytest-whole
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
FUZZ_TARGETS = $(basename $(notdir $(wildcard $(FUZZ)/fuzz_targets/*.rs)))
FUZZ_SEEDS := tests/fixtures/v1 tests/fixtures/age
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock"

# Coverage for libFuzzer without the unstable sanitizers: the core has no unsafe code to watch. HOST is
# named so that the flags do not reach build scripts.
SANCOV := --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
	-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1

# Ends a step whose tool is missing: by name, and as a failure where PERSIST_CI is set.
skip = { echo "SKIPPED: $(1)"; test -z "$$PERSIST_CI"; exit; }
need = command -v $(1) >/dev/null 2>&1 || $(call skip,$(2) needs $(1))

.DEFAULT_GOAL := help
.PHONY: help demo test check bench fidelity torture fuzz docs lock rust rust-format rust-lint rust-test \
	rust-docs embed fuzz-build fuzz-core fuzz-state core-lane package-lane python python-lint types \
	pytest $(THIRDS) pytest-quick workflows wheel venv toolchain clean
MAKEFLAGS += --no-print-directory
# What each target printed in one piece, where this make can do that.
IN_ORDER := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

help:
	@echo "make demo    build, install into .venv, and let an agent go on in a second process"
	@echo "make test    everything that must hold before a change lands"
	@echo "make check   the same without torture and fuzzing, in a few minutes"
	@echo "make bench   persist beside dumps + gzip, pickle + gzip and pickle + zstd"
	@echo "make fidelity  the corpus through persist and its peers: what comes back, and what does not"
	@echo "make torture  KILLS=$(KILLS) writers killed and RACES=$(RACES) races run on each storage"
	@echo "make fuzz    every fuzz target, FUZZ_SECONDS=$(FUZZ_SECONDS) each, and the state decoder," \
		"FUZZ_STATE_SECONDS=$(FUZZ_STATE_SECONDS)"
	@echo "make docs    the documentation, built strictly into site/"

demo: $(VENV)/.demo wheel
	@$(BIN)/python persist-python/examples/demo.py

# Side by side, since a linker and an installation keep but one core busy, and tests wait for other
# processes.
test: $(VENV)
	@$(MAKE) -j2 $(IN_ORDER) core-lane package-lane
	@$(MAKE) -j3 $(IN_ORDER) $(THIRDS) fuzz-core fuzz-state
	@echo "make test: everything holds"

core-lane:
	@$(MAKE) -j1 rust

package-lane:
	@$(MAKE) -j1 wheel $(VENV)/.dev python-lint types docs workflows

check: rust python-lint types pytest-quick docs workflows
	@echo "make check: all but torture and fuzzing holds"

bench: $(VENV)/.dev wheel
	@PYTHONPATH=tests $(BIN)/python tests/benchmarks/run.py

fidelity: $(VENV)/.dev wheel
	@PYTHONPATH=tests $(BIN)/python -W ignore tests/fidelity/tally.py

torture: $(VENV)/.dev wheel
	PERSIST_WHEEL=1 PERSIST_KILLS=$(KILLS) PERSIST_RACES=$(RACES) $(BIN)/python -m pytest \
		--durations=0 tests/storage/test_kills.py tests/storage/test_races.py

# The Rust workspace

rust: rust-format rust-lint rust-test rust-docs embed

rust-format: toolchain
	@cargo fmt --version >/dev/null 2>&1 || $(call skip,formatting needs rustfmt); \
	cargo fmt --all --check && cargo fmt --check --manifest-path $(FUZZ)/Cargo.toml

rust-lint: toolchain $(VENV)
	@cargo clippy --version >/dev/null 2>&1 || $(call skip,linting needs clippy); \
	PYO3_PYTHON=$(BIN)/python cargo clippy --locked --workspace --all-targets -- -D warnings && \
	for cloud in "" s3 azure gcs; do \
		cargo clippy --locked -p persist-core --no-default-features --features "$$cloud" -- -D warnings || exit 1; \
	done

rust-test: toolchain $(VENV)
	PYO3_PYTHON=$(BIN)/python cargo test --locked --workspace

# The next two are of the whole workspace, so that other crates are those that clippy and the tests
# had built: for one package alone many would be built again, with fewer features.
rust-docs: toolchain $(VENV)
	PYO3_PYTHON=$(BIN)/python RUSTDOCFLAGS="-D warnings" cargo doc --locked --quiet --no-deps --workspace

embed: toolchain $(VENV)
	@mkdir -p target
	cd target && PYO3_PYTHON=$(BIN)/python cargo run --locked --quiet --example embed

fuzz-build: toolchain
	@$(call need,c++,fuzzing); \
	RUSTFLAGS='$(SANCOV)' cargo build --locked --release --manifest-path $(FUZZ)/Cargo.toml \
		--target $(HOST) --target-dir target/fuzz

fuzz: fuzz-core $(VENV)/.dev wheel
	@$(MAKE) fuzz-state

fuzz-core: fuzz-build
	@$(call need,c++,fuzzing); \
	for name in $(FUZZ_TARGETS); do \
		mkdir -p $(FUZZ)/corpus/$$name $(FUZZ)/artifacts/$$name; \
		echo "fuzzing $$name for $(FUZZ_SECONDS) s"; \
		target/fuzz/$(HOST)/release/$$name -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=4096 \
			-artifact_prefix=$(FUZZ)/artifacts/$$name/ $(FUZZ)/corpus/$$name $(FUZZ_SEEDS) \
			>target/fuzz/$$name.log 2>&1 || { tail -40 target/fuzz/$$name.log; exit 1; }; \
	done

# Wants the wheel installed.
fuzz-state:
	@$(BIN)/python -W ignore tests/fidelity/fuzzing.py $(FUZZ_STATE_SECONDS)

# The Python package, always as the wheel that users install

python: python-lint types pytest

python-lint: $(VENV)/.dev
	$(BIN)/ruff check persist-python tests
	$(BIN)/ruff format --check persist-python tests

types: $(VENV)/.dev wheel
	$(BIN)/mypy --strict --config-file persist-python/pyproject.toml $(PACKAGE)
	cd tests && $(BIN)/python -m mypy.stubtest persist._native

pytest: $(VENV)/.dev wheel
	@$(MAKE) -j2 $(IN_ORDER) $(THIRDS)

# All want the wheel installed.
pytest-inside:
	PERSIST_WHEEL=1 $(BIN)/python -m pytest tests $(OUTSIDE:%=--ignore=%) $(WHOLE:%=--ignore=%)

pytest-outside:
	PERSIST_WHEEL=1 $(BIN)/python -m pytest $(OUTSIDE)

pytest-whole:
	PERSIST_WHEEL=1 $(BIN)/python -m pytest $(WHOLE)

pytest-quick: $(VENV)/.dev wheel
	PERSIST_WHEEL=1 $(BIN)/python -m pytest tests -m "not torture"

wheel: toolchain $(VENV)/.demo
	@rm -rf $(WHEELS)
	$(BIN)/maturin build --locked --release --quiet --interpreter $(BIN)/python \
		--manifest-path persist-python/Cargo.toml --out $(WHEELS)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps \
		--force-reinstall $(WHEELS)/*.whl

# The documentation and the workflows

docs: $(VENV)/.dev
	$(BIN)/zensical build --clean --strict
	@! grep -rnoE '(src|href)="(https?:)?//[^"]*\.(js|css|woff2?)"' site \
		|| { echo "the site must bring its scripts, styles and fonts itself"; exit 1; }

workflows:
	@$(call need,go,checking the workflows); \
	go run $(ACTIONLINT) -shellcheck= -pyflakes= .github/workflows/*.yml

# What the steps stand on

$(VENV): | venv
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.demo: requirements/demo.txt | $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.demo
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

venv:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
		echo "there is no $(PYTHON): install Python 3.11 or later, or name one with PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is $$($(PYTHON) -V): Python 3.11 or later is needed; name one with PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make a virtual environment: install its venv module" \
			"(on Debian and Ubuntu the package python3-venv)"; exit 1; }

toolchain:
	@command -v cargo >/dev/null 2>&1 && command -v rustc >/dev/null 2>&1 || { \
		echo "there is no Rust toolchain: install one with rustup (https://rustup.rs), then try again"; exit 1; }

lock:
	@$(call need,uv,locking); \
	$(LOCK) requirements/dev.in -o requirements/dev.txt && \
	$(LOCK) -c requirements/dev.txt requirements/demo.in -o requirements/demo.txt

clean:
	rm -rf $(VENV) target site $(FUZZ)/target
