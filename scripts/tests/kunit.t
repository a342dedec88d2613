#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The KUnit tests of the series on User Mode Linux.

exec "$(dirname "$0")/../kunit" tap um
