# Every target does its own set-up. `make demo` shows the product, `make test` proves it.

PREFIX ?= /usr/local
SOURCES := Package.swift $(shell find Sources -type f)
BINARY := .build/release/fstore

.PHONY: build demo test bench python lint format clean install

build: $(BINARY)

$(BINARY): $(SOURCES)
	@scripts/setup
	swift build -c release --product fstore --static-swift-stdlib
	@touch $@

demo: build
	@scripts/demo

test: build
	@scripts/test

bench: build
	@scripts/bench

python:
	@scripts/python-wheel

lint:
	swift format lint --strict --recursive Package.swift Sources Tests
	@if command -v shellcheck >/dev/null; then shellcheck scripts/* .ci/run; fi

format:
	swift format --in-place --recursive Package.swift Sources Tests

clean:
	rm -rf .build .venv python/build python/dist python/fstore/_library python/fstore/fstore.h

install: build
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/fstore
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	$(BINARY) completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/fstore
	$(BINARY) completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_fstore
