# SPDX-License-Identifier: GPL-2.0
# The verbs of this repo; each is a script in scripts/.

# Variables that reach the scripts through the environment.
export KERNEL DEB FORCE

.PHONY: help tree refresh
.DEFAULT_GOAL := help

help: ## list the verbs and variables
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

tree: ## build/linux: the base kernel with the series, a commit a patch
	@scripts/tree

refresh: ## take edits made in build/linux back into patches/ and the new files
	@scripts/refresh
