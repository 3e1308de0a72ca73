# SPDX-License-Identifier: MIT
# gatehouse: `make help` lists the targets.

VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
ifeq ($(origin CC),default)
CC := gcc
endif
JOBS := $(shell nproc)
PYTHON ?= /usr/bin/python3
SHELL := /bin/bash
# A variant has flags and a build folder of its own: release, sanitize, cover.
VARIANT ?= release
BUILD ?= build/$(VARIANT)

PACKAGES := jansson libcurl libcrypto libpcre2-8 sqlite3 hiredis
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wcast-qual -Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wnull-dereference \
	-Wdouble-promotion -Wimplicit-fallthrough
GCC_WARNINGS := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wformat-signedness -Wcast-align=strict -Walloca
HARDENING := -fPIE -fno-common -fstack-protector-strong -fstack-clash-protection -fno-strict-aliasing \
	-fno-delete-null-pointer-checks
LINK_HARDENING := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed
ifeq ($(shell uname -m),x86_64)
HARDENING += -fcf-protection=full
endif
ifeq ($(findstring clang,$(CC)),)
WARNINGS += $(GCC_WARNINGS)
HARDENING += -ftrivial-auto-var-init=zero
endif
# A release tarball builds with whatever warnings a later compiler invents; a checkout does not.
ifneq ($(wildcard .git),)
WERROR := -Werror
endif

OPTIMIZE_release := -O2 -g -D_FORTIFY_SOURCE=3
OPTIMIZE_sanitize := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK_sanitize := -fsanitize=address,undefined
OPTIMIZE_cover := -O0 -g --coverage
LINK_cover := --coverage

CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -DGATEHOUSE_VERSION='"$(VERSION)"' -Icommon $(WARNINGS) $(WERROR) $(HARDENING) $(OPTIMIZE_$(VARIANT)) \
	$(shell pkg-config --cflags $(PACKAGES)) $(CFLAGS)
LDFLAGS_ALL = $(LINK_HARDENING) $(LINK_$(VARIANT)) $(LDFLAGS)
LIBS = -lfcgi $(shell pkg-config --libs $(PACKAGES))

PROGRAMS := $(patsubst fcgi-apps/%.c,%,$(wildcard fcgi-apps/*.c))
COMMON := $(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*.c))
VERBS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard bin/*.c))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
BINARIES := $(addprefix $(BUILD)/bin/,$(PROGRAMS) gatehouse mcp-server)
SANITIZE := $(MAKE) --no-print-directory VARIANT=sanitize -j$(JOBS)
# Every leak and every undefined step ends the program, so that a test sees it.
SANITIZER_OPTIONS := ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
# Tests mostly wait, so more of them run at once than there are processors. Those of one file follow each other; ONLY=-n0: all do.
WORKERS := $(shell expr $(JOBS) + 2)
PYTEST := $(PYTHON) -B -m pytest -q -p no:cacheprovider -n $(WORKERS) --dist loadfile
# build/tests/SUITE has all that a run leaves behind and the credentials that it used, for `make leaks`. A core file may come.
define run_suite
@rm -rf build/tests/$@ && mkdir -p build/tests/$@
@ulimit -c "$$(ulimit -H -c)"; $(SANITIZER_OPTIONS) GATEHOUSE_BIN=build/sanitize/bin GATEHOUSE_TEST_CREDENTIALS=$(CURDIR)/build/tests/$@/credentials \
	$(PYTEST) --basetemp=build/tests/$@/tmp tests/$@ $(ONLY)
endef

.PHONY: all help
all: $(BINARIES) ## build the programs into build/release/bin

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

# ---- trying it out ----

.PHONY: run
run: ## build what is missing, then show the gate at work: ONCE=1, PORT=, FRONT=, IDP=1, BROKER=1, ISSUER= RESOURCE= UPSTREAM=
	@bin/install-packages run $(FRONT) $(if $(IDP)$(BROKER),idp)
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@GATEHOUSE_BIN=$(BUILD)/bin bin/gatehouse-run --walk $(if $(ONCE),--once) $(if $(PORT),--port '$(PORT)') $(if $(FRONT),--front '$(FRONT)') \
		$(if $(IDP),--idp) $(if $(BROKER),--broker) $(if $(ISSUER),--issuer '$(ISSUER)') $(if $(RESOURCE),--resource '$(RESOURCE)') $(if $(UPSTREAM),--upstream '$(UPSTREAM)')

# ---- tests ----

.PHONY: check lint unit apps e2e modes leaks corpus fuzz mutants bench analyze cover format coverage
check: ## everything that must hold: installs what the tests need, then lint, unit, apps, e2e, modes, leaks, corpus
	@bin/install-packages check
	@$(MAKE) --no-print-directory lint unit apps e2e modes leaks corpus

lint: ## layers, banned functions, names in README, shell scripts
	@for check in tests/lint/layers tests/lint/banned tests/lint/readme tests/lint/scripts; do echo "lint: $$check"; $$check || exit 1; done
	@$(MAKE) --no-print-directory coverage

coverage: ## tests/COVERAGE.md: which rule is shown by which test (fails when it is out of date)
	@tests/lint/coverage --check

unit: ## unit tests, on the sanitized build
	@$(SANITIZE) unit-tests
	@$(MAKE) --no-print-directory VARIANT=sanitize -j$(WORKERS) --output-sync=target unit-run

.PHONY: unit-tests unit-run
unit-tests: $(UNIT_TESTS)
unit-run: $(UNIT_TESTS:=.run)
$(BUILD)/tests/unit/%.run: $(BUILD)/tests/unit/%
	@echo "unit: $(<F)"; $(SANITIZER_OPTIONS) $< 2>&1 | sed '/\[ RUN \|\[       OK/d'; [ $${PIPESTATUS[0]} -eq 0 ]

apps: ## the programs as CGI and as FastCGI, on the sanitized build; memory and kills at system calls on the release build
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(SANITIZE) all
	$(run_suite)

e2e: ## real web servers, providers and MCP clients, on the sanitized build; the flood on the release build
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(SANITIZE) all
	$(run_suite)

modes: ## the table of providers says what the last `make e2e` saw
	@tests/lint/modes

leaks: ## no credential of the last `make apps` and `make e2e` in any log, state file, error page or core file
	@tests/lint/leaks

corpus: ## replay the fuzzers' corpus on the sanitized build
	@tests/fuzz/run --replay

fuzz: ## fuzz every target: T=60 seconds each
	@bin/install-packages analyze
	@tests/fuzz/run $(or $(T),60)

mutants: ## plant faults; each must turn a test of its rule red
	@bin/install-packages check
	@tests/mutants/run

bench: ## requests/s and CPU against a bare libfcgi program, as ratios
	@bin/install-packages bench
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@GATEHOUSE_BIN=$(BUILD)/bin tests/bench/run

analyze: ## gcc -fanalyzer, clang-tidy, cppcheck, shellcheck
	@bin/install-packages analyze
	@tests/lint/analyze

cover: ## lines that the unit tests reach
	@bin/install-packages analyze
	@$(MAKE) --no-print-directory VARIANT=cover unit-run
	@gcovr --root . --filter common/ --object-directory build/cover --print-summary | tail -n 30

format: ## lay out the sources as .clang-format has it
	@clang-format -i common/*.[ch] fcgi-apps/*.c bin/*.[ch] examples/*.c

# ---- installing ----

.PHONY: install dist clean
install: all ## into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/gatehouse $(DESTDIR)$(PREFIX)/share/gatehouse \
		$(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 0755 $(BUILD)/bin/gatehouse bin/gatehouse-run $(DESTDIR)$(PREFIX)/bin
	install -m 0755 $(addprefix $(BUILD)/bin/,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/lib/gatehouse
	cp -R nginx-conf caddy-conf lighttpd-conf $(DESTDIR)$(PREFIX)/share/gatehouse
	install -m 0644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 0644 man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 0644 man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8

dist: ## a tarball of the committed tree
	git archive --prefix=gatehouse-$(VERSION)/ -o gatehouse-$(VERSION).tar.gz HEAD

clean: ## remove what was built, keep what was downloaded
	rm -rf build/release build/sanitize build/cover

# ---- rules ----

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  build $@"
	@$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/libgatehouse.a: $(COMMON)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/bin/gatehouse: $(VERBS) $(BUILD)/libgatehouse.a
	@mkdir -p $(@D)
	@echo "  build $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/bin/mcp-server: $(BUILD)/examples/mcp-server.o
	@mkdir -p $(@D)
	@echo "  build $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/bin/%: $(BUILD)/fcgi-apps/%.o $(BUILD)/libgatehouse.a
	@mkdir -p $(@D)
	@echo "  build $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/tests/support/%: $(BUILD)/tests/support/%.o $(BUILD)/libgatehouse.a
	@mkdir -p $(@D)
	@echo "  build $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libgatehouse.a
	@mkdir -p $(@D)
	@echo "  build $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS) -lcmocka

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
