# SPDX-License-Identifier: GPL-2.0
# The verbs of this repo; each is a script in scripts/.

# Variables, all of them optional. They reach the scripts by the environment.
VARIABLES := KERNEL DEB FORCE SCENARIO XEN QEMU SHARD JOBS DEPS KUNIT_ARGS BASE CONFIG BENCH SET VERSION PORT
export $(VARIABLES)

given := $(foreach v,$(.VARIABLES),$(if $(findstring command,$(origin $v)),$v))
unknown := $(filter-out $(VARIABLES) MAKEFLAGS,$(given))
ifneq ($(unknown),)
$(error unknown variable $(unknown); there are $(VARIABLES), see "make help")
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
#   XEN=1           of make run: as dom0 on Xen, and what a guest reads in its device
#   QEMU=RELEASE    of make test and test-all: with the QEMU of that release of Debian
#   SHARD=K/N       of make test and test-all: only the Kth of N fair shares
#   JOBS=N          how much to do at once (as many as there are CPUs)
#   KUNIT_ARGS=ARGS what make kunit hands to kernel and kunit.py, for example
#                   pci_random_kunit.count=100000 --timeout=36000
#   BASE=PACKAGE    of make rebase: the kernel, for example linux-source-6.12
#   CONFIG=FILE     of make deb: the kernel's configuration (that of Debian's package)
#   SET=NAME        of make post and sets: the set of patches/series
#   VERSION=V       of make post: of the set, for example v1
#   PORT=6.12       of make tree, series, kunit, test, stock, deb and refresh: of the
#                   series for that kernel, as far as it was brought there
#   BENCH=NAMES     of make bench: only these of its measurements
#   DEPS=no         don't check for Debian packages

run: ## boot off and on in QEMU, and show which BARs share pages
	@scripts/run

test: ## run all tests and a core of the scenarios, or the one named by SCENARIO
	@scripts/run-tests

test-all: ## run all tests and all scenarios
	@ALL=yes scripts/run-tests

list: ## the scenarios, their kernels, which are in the core, how long they take
	@python3 tools/testing/selftests/pci/vm/vmtest.py list --shard "$${SHARD:-1/1}"

table: ## what the scenarios cover, by kernel, firmware and event, and why not more
	@python3 tools/testing/selftests/pci/vm/vmtest.py coverage

watch: ## how far a make test is that runs in another terminal
	@python3 tools/testing/selftests/pci/vm/vmtest.py watch

test-debug: ## run the scenarios of x86_64 on a kernel with KASAN, lockdep and the like
	@VM_VARIANT=debug scripts/run-tests

kunit: ## run the KUnit tests of the series on User Mode Linux
	@scripts/kunit

kunit-all: ## run them also on kernels of other kinds in QEMU
	@scripts/kunit run all

coverage: ## what the KUnit tests run of the series' code, line by line
	@scripts/coverage

bench: ## measure what the series costs and gives, see bench/README.md
	@scripts/bench short

bench-all: ## likewise, and with more BARs than fits into ten minutes
	@scripts/bench all

rebench: ## measure once more: is it what bench/results has?
	@scripts/bench short again

check: ## is the series fit to post?
	@scripts/check

steps: ## build after each patch of the series, for several kinds of kernel, and boot
	@scripts/steps

sets: ## likewise for each set, or the one named by SET, without those it doesn't need
	@scripts/steps sets $(SET)

lsbar: ## build/lsbar/lsbar: which BARs of this machine share a page
	@scripts/install-deps lsbar
	@$(MAKE) -s -C lsbar

tree: ## build/linux: the base kernel with the series, a commit a patch
	@scripts/install-deps tree
	@scripts/tree

refresh: ## take what was committed in build/linux into patches/ and the new files
	@scripts/refresh

series: tree ## build/series: the complete series as mails, a directory a set
	@scripts/emit-series
	@scripts/check-series

post: ## posted/SET/VERSION: a set of the series, frozen as it is sent
	@scripts/post

rebase: ## does the series fit another kernel, BASE?
	@scripts/install-deps tree
	@scripts/rebase

stock: ## build/stock: the base kernel alone, to compare with
	@scripts/install-deps tree
	@scripts/stock

deb: ## build/deb: Debian packages of the kernel with the series
	@scripts/deb

try-deb: ## install what make deb made in a new Debian 13 in QEMU, and try it there
	@scripts/try-deb

deps: ## install the Debian packages that all of this needs
	@scripts/install-deps

clean: ## remove build/, edits in build/linux included
	@rm -rf build
