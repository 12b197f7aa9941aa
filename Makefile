# Every target does its own set-up. `make demo` shows the product, `make test` proves it.

PREFIX ?= /usr/local
SOURCES := Package.swift $(shell find Sources -type f)
BINARY := .build/release/fstore
PYTHON_SOURCES := $(wildcard python/pyproject.toml python/README.md python/fstore/*.py)
# Made together with the wheel, whose own name has version and platform in it.
PYTHON_LIBRARY := python/fstore/_library/libfstore.so

.DELETE_ON_ERROR:
.PHONY: build python demo test interop bench fuzz soak lint format clean install

build: $(BINARY)

$(BINARY): $(SOURCES)
	@scripts/setup
	swift build -c release --product fstore --static-swift-stdlib
	@touch $@

# The Python package's wheel, in python/dist.
python: $(PYTHON_LIBRARY)

$(PYTHON_LIBRARY): $(SOURCES) $(PYTHON_SOURCES) scripts/python-wheel
	@scripts/python-wheel
	@touch $@

demo: build
	@scripts/demo

test: build python
	@scripts/test

# Feast itself: its client against our server, its offline stores against our conformance cases; installs it, some 700 MB,
# into .build/feast-env.
interop: build
	@scripts/interop

bench: build
	@scripts/bench

# Looks for bytes that break the Parquet reader, or the server's readers of requests: FUZZ_SECONDS of libFuzzer under
# AddressSanitizer each.
FUZZ_SECONDS ?= 600
fuzz:
	@scripts/fuzz parquet $(FUZZ_SECONDS)
	@scripts/fuzz requests $(FUZZ_SECONDS)

# A running server under everything at once for SOAK_MINUTES.
SOAK_MINUTES ?= 10
soak: build
	@scripts/soak $(SOAK_MINUTES)

lint:
	swift format lint --strict --recursive Package.swift Sources Tests
	@if command -v shellcheck >/dev/null; then shellcheck scripts/* .ci/run; fi

format:
	swift format --in-place --recursive Package.swift Sources Tests

clean:
	rm -rf .build .venv .venv-spark python/build python/dist python/fstore/_library python/fstore/fstore.h

install: build
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/fstore
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	$(BINARY) completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/fstore
	$(BINARY) completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_fstore
