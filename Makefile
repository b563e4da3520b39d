# A thin front. The build is CMake's; presets: CMakePresets.json.
.PHONY: all packages demo check check-long bench fuzz install format clean
.DEFAULT_GOAL := all

T ?= 60
BENCH ?= esp ike
PREFIX ?= /usr/local
# Tests that run beside each other: one more than there are processors, since scripts wait more than they work.
JOBS := $(shell expr $$(nproc) + 1)
QUIET = > build/$(1).log 2>&1 || { grep -v '^\[[0-9]*/' build/$(1).log; exit 1; }

all: packages-build release

# Sections of scripts/packages.txt; `packages` is all of them.
packages:
	@scripts/install-packages.sh
packages-%:
	@scripts/install-packages.sh $*

# CMake's and ninja's words are shown only when they matter.
.PHONY: release asan null
release asan null:
	@mkdir -p build
	@echo "building: $@"
	@cmake --preset $@ $(call QUIET,configure-$@)
	@cmake --build --preset $@ $(call QUIET,build-$@)

demo: all packages-demo
	@scripts/demo.sh

# unit, fuzz and dialogue tests run in build/asan, all others against build/; one ctest over both.
check: packages all asan
	@cmake -P cmake/check.cmake
	@ctest --test-dir build/check --output-on-failure -j$(JOBS)

# The same with many more repetitions (see BULKHEAD_LONG in tests/).
check-long: packages all asan
	@cmake -P cmake/check.cmake
	@BULKHEAD_LONG=1 ctest --test-dir build/check --output-on-failure -j$(JOBS) --timeout 7200

# BENCH: esp, ike, pki. Results: build/bench.json, and as a table and a picture build/bench.md, build/bench.svg
bench: packages all $(if $(filter esp,$(BENCH)),null)
	@for b in $(BENCH); do bench/$$b.sh || exit 1; done
	@[ ! -e build/bench.json ] || bench/chart.py build/bench.json build

# T seconds each
fuzz: packages
	@scripts/fuzz.sh $(T)

install: all
	@cmake --install build --prefix $(PREFIX)

format:
	@git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i

clean:
	@rm -rf build
