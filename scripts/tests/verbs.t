#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make itself, and make run and test with a stub of the QEMU harness: what they
# pass on, what they refuse, what prove makes of it.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

sample
R=$BOX/repo
VM=tools/testing/selftests/pci/vm
rm -r "$R/scripts/tests"
mkdir -p "$R/scripts/tests/all" "$R/$VM/scenarios"
echo 'echo ok 1; echo 1..1' >"$R/scripts/tests/unit.t"
cp "$R/scripts/tests/unit.t" "$R/scripts/tests/all"
mkdir -p "$R/lsbar/tests"
cp "$R/scripts/tests/unit.t" "$R/lsbar/tests"
printf 'test-programs:\n\t@echo lsbar >>%s\n' "$BOX/calls" >"$R/lsbar/Makefile"
cat >"$R/lsbar/tests/fourth-view" <<'STUB'
#!/bin/sh
echo "fourth-view $*" >>"$BOX/calls"
echo "ok 1
1..1"
STUB
chmod +x "$R/lsbar/tests/fourth-view"
fails "make run without the harness" "vmtest.py is missing" -- mk "$R" run

cat >"$R/$VM/vmtest.py" <<'STUB'
import os, sys
if sys.argv[1] == "packages":
    sys.exit()
with open(os.environ["BOX"] + "/calls", "a") as log:
    env = {k: v for k, v in os.environ.items() if k.startswith("VM_") or k in ("JOBS", "MAKEFLAGS")}
    print(*sys.argv[1:], sorted(env.items()), file=log)
if sys.argv[1] == "list":
    names = ["one", *["two"] * ("--kernel" not in sys.argv), *["more"] * (sys.argv[-1] == "1/1"), *["bad"] * os.path.exists(os.environ["BOX"] + "/bad")]
    print(*(f"{os.path.dirname(sys.argv[0])}/scenarios/{name}.conf" for name in names), sep="\n")
if sys.argv[1] == "run":
    print("not ok 1" if "bad" in sys.argv[2] else "ok 1", "1..1", sep="\n")
sys.exit(sys.argv[1:2] == ["build"] and "BROKEN" in os.environ)
STUB
touch "$R/$VM/scenarios/one.conf" "$R/$VM/scenarios/two.conf"
add_patch "$R" 0003-vm 0 - tools/
export BOX
# The test run that this may be part of has its own
unset "${!VM_@}"
calls() { sed "s,$R/,,g; s,$BOX,BOX,g" "$BOX/calls"; rm -f "$BOX/calls"; }
vars="[('JOBS', '3'), ('VM_CACHE', 'BOX/cache/passthrough-align'), ('VM_ISOLATE', 'lsbar/examples/isolate'), ('VM_KERNEL', 'build/linux'), ('VM_OUT', 'build/vm')]"
test_vars="${vars%]}, ('VM_PROGRAM', 'build/lsbar/lsbar -J -O -a'), ('VM_STOCK', 'build/stock')]"

works "make" make -s -C "$R"
is "$(grep -c -e '  make run ' -e '  make test ' -e '  SCENARIO=NAME ' -e '  KERNEL=DIR ' "$BOX/out")" 4 "lists verbs and variables"
read -ra variables < <(sed -n "s,^VARIABLES := ,,p" "$R/Makefile")
for v in "${variables[@]}"; do
	is "$(grep -c "^  $v=" "$BOX/out")" 1 "$v is among them"
done
fails "a variable that does not exist" "unknown variable SCENARO" "SCENARIO" -- mk "$R" test SCENARO=one

fails "make deb with a configuration that is not there" "no such configuration" -- mk "$R" deb CONFIG=nowhere
fails "make deb with two configurations" "Give one of them" -- mk "$R" deb CONFIG="$R/Makefile" FLAVOUR=cloud
mkdir -p "$XDG_CACHE_HOME/passthrough-align/deb" "$BOX/config/usr/src/linux-config-7.3"
touch "$BOX/config/usr/src/linux-config-7.3/config.$(dpkg --print-architecture)_none_"{plain,cloud}.xz
pack_deb "$BOX/config" linux-config-7.3 7.3.4-1 "$XDG_CACHE_HOME/passthrough-align/deb/newest-linux-config-7.3.deb"
fails "make deb with an unknown flavour" "FLAVOUR=rain: linux-config-7.3 has no" "cloud, plain" -- mk "$R" deb FLAVOUR=rain
isnt "$(ls "$R/build/deb/obj/")" .config "leaves no configuration"
rm -r "$R/build/deb"
fails "make try-deb before make deb" "has no kernel package" "make deb" -- mk "$R" try-deb
mkdir -p "$R/build/deb"
touch "$R"/build/deb/linux-image-{1,2}_1_amd64.deb
fails "make try-deb with two kernels" "has several kernels" "linux-image-2_1" "Keep only one" -- mk "$R" try-deb
rm -r "$R/build/deb"

works "make run" mk "$R" run JOBS=3
is "$(calls)" "report --kernel build/linux --out build/vm $vars" "hands over to the harness, without a stock tree"
works "make run XEN=1" mk "$R" run XEN=1
is "$(calls | sed 's/ \[.*//')" "report --kernel build/linux --out build/vm $VM/scenarios/xen-packed.conf" "shows what a Xen guest reads"
fails "make run XEN=yes" "only XEN=1 has a meaning" -- mk "$R" run XEN=yes
fails "make run XEN=1 SCENARIO=one" "a scenario of its own" -- mk "$R" run XEN=1 SCENARIO=one
root=$XDG_CACHE_HOME/passthrough-align/root/there-$(dpkg --print-architecture)
mkdir -p "$root"/{bin-here,usr/bin}
touch "$root/usr/bin/qemu-system-x"
works "make run QEMU=there" mk "$R" run QEMU=there
is "$(grep -c 'there-.*/usr/bin/qemu-system-x -L' "$root/bin-here/qemu-system-x")" 1 "takes another release's QEMU"
calls >/dev/null
works "make test" mk "$R" test JOBS=3
calls >"$BOX/called"
is "$(grep -v '^run' "$BOX/called")" "lsbar
list --paths --shard 1/1 --core $test_vars
build $VM/scenarios/one.conf $VM/scenarios/two.conf $test_vars
fourth-view build/lsbar/asan/lsbar build/vm/*/
results $test_vars" "builds, lets lsbar look at last, and sums up"
is "$(grep '^run' "$BOX/called" | sort)" "run $VM/scenarios/one.conf $test_vars
run $VM/scenarios/two.conf $test_vars" "runs each scenario in between"
is "$(tail -n 3 "$BOX/out" | sed 's/, .*//')" "$(printf 'All tests successful.\nFiles=6\nResult: PASS')" "closes with prove's counts"
is "$([ -d "$R/build/stock" ]; echo $?)" 0 "has build/stock"
works "make test-all" mk "$R" test-all
is "$(calls | sed '/^lsbar/d; s/ \[.*//' | grep -e '^list' -e '^run.*more')" "$(printf '%s\n' "list --paths --shard 1/1" "run $VM/scenarios/more.conf")" "runs also what is not in the core"
works "make test of one scenario" mk "$R" test SCENARIO=two
is "$(calls | cut -d' ' -f1-2)" "$(printf '%s\n' lsbar "build $VM/scenarios/two.conf" "run $VM/scenarios/two.conf")" "runs that alone"
works "make test of a share" mk "$R" test SHARD=2/3
is "$(calls | sed '/^lsbar/d; s/ \[.*//' | sort)" "$(printf '%s\n' "list --paths --shard 2/3 --core" "build $VM/scenarios/one.conf $VM/scenarios/two.conf" \
	"run $VM/scenarios/one.conf" "run $VM/scenarios/two.conf" "fourth-view build/lsbar/asan/lsbar build/vm/*/" results | sort)" "runs what the harness deals, and lsbar looks at that"
works "make test-debug" mk "$R" test-debug
is "$(calls | grep -v '^lsbar\|^list' | sed "s,\[.*VM_OUT',,")" "$(printf "%s, 'build/vm-debug'), %s\n" \
	"build $VM/scenarios/one.conf " "('VM_PROGRAM', 'build/lsbar/lsbar -J -O -a'), ('VM_STOCK', 'build/stock'), ('VM_VARIANT', 'debug')]" \
	"run $VM/scenarios/one.conf " "('VM_PROGRAM', 'build/lsbar/lsbar -J -O -a'), ('VM_STOCK', 'build/stock'), ('VM_VARIANT', 'debug')]" \
	"results " "('VM_PROGRAM', 'build/lsbar/lsbar -J -O -a'), ('VM_STOCK', 'build/stock'), ('VM_VARIANT', 'debug')]")" \
	"runs those for x86_64 with that variant, elsewhere"
works "make run of one scenario" mk "$R" run SCENARIO=two
is "$(calls | cut -d' ' -f1,6-7)" "report $VM/scenarios/two.conf [('JOBS'," "shows that alone"
fails "a scenario that does not exist" "SCENARIO=three" "one two" -- mk "$R" test SCENARIO=three
fails "JOBS=0" "JOBS=0: not a number" -- mk "$R" test JOBS=0
fails "JOBS=many" "JOBS=many: not a number" -- mk "$R" run JOBS=many
BROKEN=yes fails "a kernel that does not build" -- mk "$R" test
is "$(grep -c '^run' "$BOX/calls")" 0 "is not run"
touch "$R/$VM/scenarios/bad.conf" "$BOX/bad"
fails "a scenario that fails" "bad.conf" "Result: FAIL" -- mk "$R" test

mkdir "$R/.ci"
cp "$HERE/.ci/run" "$R/.ci"
cd / || exit
fails ".ci/run from anywhere" "bad.conf" "Result: FAIL" -- "$R/.ci/run"

finish
