# SPDX-License-Identifier: GPL-2.0
# The verbs of this repo; each is a script in scripts/.

# Variables, all of them optional. They reach the scripts through the environment.
VARIABLES := KERNEL DEB FORCE SCENARIO XEN QEMU SHARD JOBS DEPS KUNIT_ARGS BASE CONFIG FLAVOUR BENCH SET VERSION PORT
export $(VARIABLES)

given := $(foreach v,$(.VARIABLES),$(if $(findstring command,$(origin $v)),$v))
unknown := $(filter-out $(VARIABLES) MAKEFLAGS,$(given))
ifneq ($(unknown),)
$(error unknown variable $(unknown); use one of $(VARIABLES), see "make help")
endif

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*## .*/\1/p' Makefile)

help: ## list the verbs and variables
	@echo "Verbs:"
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 18
	@echo "Variables:"
	@sed -n 's/^#   \([A-Z_]*=[^ ]*\) */  \1\t/p' Makefile | expand -t 18

#   KERNEL=DIR      use a copy of this kernel tree instead of the pinned package
#   DEB=FILE        take the pinned package from here instead of downloading it
#   FORCE=1         let make tree drop work in build/linux that is not refreshed
#   SCENARIO=NAME   only this scenario of tools/testing/selftests/pci/vm/scenarios
#   XEN=1           for make run: boot as dom0 on Xen, show what a guest reads from its device
#   QEMU=RELEASE    for make test and test-all: use that Debian release's QEMU
#   SHARD=K/N       for make test and test-all: only the Kth of N fair shares
#   JOBS=N          how many jobs to run at once (default: one per CPU)
#   KUNIT_ARGS=ARGS for make kunit: arguments for the kernel and kunit.py, for example
#                   pci_random_kunit.count=100000 --timeout=36000
#   BASE=PACKAGE    for make rebase: the kernel, for example linux-source-6.12
#   CONFIG=FILE     for make deb: the kernel's configuration (default: Debian's own)
#   FLAVOUR=NAME    for make deb: Debian's configuration of this flavour, for example cloud-amd64
#   SET=NAME        for make post and sets: a set in patches/series
#   VERSION=V       for make post: the version of the set, for example v1
#   PORT=6.12       for make tree, series, kunit, test, stock, deb and refresh: use this port
#   BENCH=NAMES     for make bench: only these measurements
#   DEPS=no         don't check for Debian packages

run: ## boot in QEMU without and with the parameter, show which BARs share pages
	@scripts/run

test: ## run all tests and the core scenarios, or the one named by SCENARIO
	@scripts/run-tests

test-all: ## run all tests and all scenarios
	@ALL=yes scripts/run-tests

list: ## the scenarios, their kernels, which are in the core, how long they take
	@python3 tools/testing/selftests/pci/vm/vmtest.py list --shard "$${SHARD:-1/1}"

table: ## what the scenarios cover, by kernel, firmware and event, and why not more
	@python3 tools/testing/selftests/pci/vm/vmtest.py coverage

test-debug: ## run the scenarios of x86_64 on a kernel with KASAN, lockdep and the like
	@VM_VARIANT=debug scripts/run-tests

kunit: ## run the KUnit tests of the series on User Mode Linux
	@scripts/kunit

kunit-all: ## run them on other kinds of kernel, too, in QEMU
	@scripts/kunit run all

coverage: ## which lines of the series' code the KUnit tests run
	@scripts/coverage

bench: ## measure what the series costs and gives, see bench/README.md
	@scripts/bench short

bench-all: ## likewise, with more BARs than fit into ten minutes
	@scripts/bench all

rebench: ## measure again, and compare with bench/results
	@scripts/bench short again

check: ## check whether the series is fit to post
	@scripts/check

steps: ## build after each patch of the series, for several kinds of kernel, and boot
	@scripts/steps

sets: ## likewise for each set, or the one named by SET, without those it doesn't need
	@scripts/steps sets $(SET)

lsbar: ## build/lsbar/lsbar: which BARs of this system share a page
	@scripts/install-deps lsbar
	@$(MAKE) -s -C lsbar

tree: ## build/linux: the base kernel with the series, one commit per patch
	@scripts/install-deps tree
	@scripts/tree

refresh: ## take commits in build/linux back into patches/ and the new files
	@scripts/refresh

series: tree ## build/series: the complete series as mails, one directory per set
	@scripts/emit-series
	@scripts/check-series

post: ## posted/SET/VERSION: a set of the series, frozen, ready to send
	@scripts/post

rebase: ## check whether the series applies to another kernel, BASE
	@scripts/install-deps tree
	@scripts/rebase

stock: ## build/stock: the base kernel alone, to compare with
	@scripts/install-deps tree
	@scripts/stock

deb: ## build/deb: Debian packages of the kernel with the series
	@scripts/deb

try-deb: ## install and try the packages from make deb in a fresh Debian 13 in QEMU
	@scripts/try-deb

deps: ## install the Debian packages that all of this needs
	@scripts/install-deps

clean: ## remove build/, edits in build/linux included
	@rm -rf build
