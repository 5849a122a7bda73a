#!/usr/bin/env bash
# Runs scripts/gpu-check on programs that only pretend: what it calls them with, counts, writes and exits with.
# usage: gpu_check_test.sh GPU_CHECK
set -euo pipefail

script=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A build of which nothing is real; what it is called with is in $work/calls. FAIL names a command that fails.
build=$work/build
mkdir "$build" "$work/bin"
cat > "$build/pumice" << 'PROGRAM'
#!/usr/bin/env bash
echo "pumice $*" >> "$CALLS"
case "$* " in
  *--device\ cuda*fatal:*) exit 1 ;;
  *fatal:*) [ -n "${SILENT:-}" ] || echo 'cuda:0 failed: cpu computes what it had not finished' >&2 ;;
  *memory:*) echo 'cuda:0: batches of 2 segments from here on' >&2 ;;
  *error:*) echo 'cuda:0: batches of 8 segments from here on (an injected fault)' >&2 ;;
  *pinned*) echo "this is host memory, not the GPU's" >&2 ;;
esac
value=2
case "$* " in *--device\ cpu*) value=${OF_CPU:-2} ;; esac
[ "$1" != "${FAIL:-}" ] || { echo "$1 fails"; exit 1; }
while [ $# -gt 0 ]; do
  case $1 in
    --version) echo 'pumice 0.0' ;;
    devices) cat "$DEVICES" ;;
    synth) mkdir -p "$2/train" && echo 1 > "$2/train/1.csv" && echo 1 > "$2/train/2.csv" ;;
    -o) printf 'segment_id,a__mean\n1,%s\n' "$value" > "$2"; [ -z "${UNSTABLE:-}" ] || date +%N >> "$2" ;;
    --json)
      cat > "$2" << BENCH
{"bytes": 7, "limits": {}, "devices": [
  {"device": "cpu", "median_s": 2, "process_median_s": 3, "steady_gb_per_s": 4, "threads": 2},
  {"device": "cuda:0", "median_s": 1, "ratio": 2, "process_median_s": 1, "steady_gb_per_s": 8,
   "${AGAINST:-against_limit}": {"limit_bytes_per_s": 10e9, "steady_bytes_per_s": 9e9,
     "steady_over_limit": ${STEADY:-0.9}, "process_s": ${PROCESS:-0.5}, "start_up_s": 0.5, "process_bound_s": 1.5}}]}
BENCH
      ;;
  esac
  shift
done
PROGRAM
cat > "$build/test_cuda_device" << 'PROGRAM'
#!/usr/bin/env bash
echo "tests $* require=$PUMICE_REQUIRE_GPU" >> "$CALLS"
case "$*" in
  *list_tests*"${NO_SUITE:-none of them}"*) exit 0 ;;
  *list_tests*) printf 'Gpu.\n  SaysWhatItIs\n' && exit ;;
esac
[ -z "${SKIPPED:-}" ] || echo '[  SKIPPED ] Gpu.SaysWhatItIs'
echo "[  PASSED  ] ${PASSED:-12 tests}."
[ "${FAIL:-}" != tests ]
PROGRAM
cat > "$work/sanitizer" << 'PROGRAM'
#!/usr/bin/env bash
echo "sanitizer $*" >> "$CALLS"
echo "[  PASSED  ] ${SANITIZED:-1 test}."
[ "${FAIL:-}" != "$2" ]
PROGRAM
chmod +x "$build/pumice" "$build/test_cuda_device" "$work/sanitizer"
# Only what the script may take for granted, so that no compute-sanitizer of this machine is found.
for tool in bash cat cmp cp date dirname env git grep mkdir mktemp rm sed tail tr; do
  ! path=$(command -v $tool) || ln -s "$path" "$work/bin/$tool"
done
# Where python3 is a script that looks for the real one, the real one.
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$work/bin/python3"
export CALLS=$work/calls DEVICES=$work/devices.json PATH=$work/bin CUDA_HOME=$work/none
usable='[{"name": "cpu", "usable": true, "description": "", "reason": ""},
         {"name": "cuda:0", "usable": true, "description": "NVIDIA Test 100, 80 GiB", "reason": ""}]'
absent='[{"name": "cuda", "usable": false, "description": "", "reason": "no NVIDIA driver on this machine"}]'

failures=0
# expect WHAT STATUS [NAME=VALUE...]: the exit status of a run in that environment; its output is in $work/log.
expect() {
  local what=$1 wanted=$2 got=0
  shift 2
  rm -f "$work/out.json" "$CALLS"
  env "$@" "$script" --build "$build" --out "$work/out.json" --segments 3 --speed-files "${FILES:-5}" \
    > "$work/log" 2>&1 || got=$?
  if [ $got -ne "$wanted" ]; then
    failures=$((failures + 1))
    echo "$what: exit status $got, expected $wanted"
    cat "$work/log"
  fi
}
# says FILE TEXT: TEXT is in it.
says() {
  grep -q -F -- "$2" "$1" || { failures=$((failures + 1)); echo "not in $1: $2"; cat "$1"; }
}
# status_of CHECK WANTED: what the results file says of a check.
status_of() {
  python3 - "$work/out.json" "$1" "$2" << 'CHECK' || failures=$((failures + 1))
import json, sys

path, name, wanted = sys.argv[1:]
statuses = {check["name"]: check["status"] for check in json.load(open(path))["checks"]}
if str(statuses.get(name)) != wanted:
    sys.exit(f"{name} is {statuses.get(name)}, expected {wanted}")
CHECK
}

echo "$absent" > "$DEVICES"
expect 'no GPU' 2
says "$work/log" 'no NVIDIA driver on this machine'

echo "$usable" > "$DEVICES"
expect 'no compute-sanitizer' 3
says "$work/log" 'left out: memcheck, racecheck;'
status_of memcheck skip
status_of device_tests pass

cp "$work/sanitizer" "$work/bin/compute-sanitizer"
expect 'all there' 0
says "$work/log" 'all checks passed'
for name in device_tests sanitized_tests_exist memcheck racecheck selftest synth two_runs_same_bytes \
  threads_same_bytes batches_same_bytes cpu_and_gpu_agree fault_memory fault_error fault_pinned \
  fault_fatal_falls_back fault_fatal_fails cpu_beside_gpus \
  bench both_devices_measured speed_measured; do
  status_of $name pass
done
says "$work/out.json" '"gpu": "NVIDIA Test 100, 80 GiB"'
says "$work/out.json" '"ratio": 2'
says "$CALLS" 'tests  require=1'
says "$CALLS" 'sanitizer --tool racecheck --error-exitcode 9'
says "$CALLS" 'pumice selftest --device cuda'
says "$CALLS" ':GpuArrays.*:'

for name in tests memcheck selftest synth extract bench; do
  expect "$name fails" 1 FAIL=$name
  says "$work/log" 'some checks failed'
done
status_of both_devices_measured fail
expect 'a table that differs from run to run' 1 UNSTABLE=1
status_of two_runs_same_bytes fail
expect 'a mean that is not the one of the CPU' 1 OF_CPU=2.0000000001
status_of cpu_and_gpu_agree fail
expect 'a fatal error of which nothing is said' 1 SILENT=1
status_of fault_fatal_falls_back fail
expect 'a test that skipped itself' 1 SKIPPED=1
status_of device_tests fail

# A test program that ran nothing has checked nothing.
expect 'a filter that matches no test' 1 SANITIZED='0 tests'
status_of device_tests pass
status_of memcheck fail
status_of racecheck fail
expect 'no test at all' 1 PASSED='0 tests'
status_of device_tests fail
expect 'a suite that has another name' 1 NO_SUITE='GpuArrays.*'
status_of sanitized_tests_exist fail
says "$work/log" 'no test is GpuArrays.*'

# Aims at speed are no checks.
expect 'all fast enough' 0
says "$work/log" 'all checks passed; 2 of 2 speed aims held, not judged: process_under_a_second'
says "$work/log" '5 files, 2 different ones'
says "$work/log" 'steady_state: held: at least 85% of the limit of 10.00 GB/s: 90.0%, 9.00 GB/s'
says "$work/log" 'GPU beside 2 threads: 3.00 times as fast, 2.00 in the steady state'
says "$work/out.json" '"process_bound_s": 1.5'
expect 'a slow steady state' 0 STEADY=0.849
says "$work/log" 'all checks passed; 1 of 2 speed aims held, NOT held: steady_state'
says "$work/log" 'steady_state: NOT held: '
says "$work/out.json" '"held": false'
expect 'a steady state that was not told' 0 STEADY=null
says "$work/log" 'NOT held: steady_state'
expect 'a slow process' 0 PROCESS=1.6
says "$work/log" 'NOT held: process_within_bound'
FILES=4431 expect 'all files' 0 PROCESS=1.2
says "$work/log" 'all checks passed; 2 of 3 speed aims held, NOT held: process_under_a_second'
FILES=0 expect 'no files for speed' 3
says "$work/log" 'left out: speed_measured; speed was not measured'
expect 'a bench that holds no GPU against its limit' 1 AGAINST=nothing
status_of speed_measured fail
status_of both_devices_measured pass

# gpus_more USABLE...: a GPU for each, beside the first.
gpus_more() {
  local list=${usable%]} number=0
  for can in "$@"; do
    number=$((number + 1))
    list+=", {\"name\": \"cuda:$number\", \"usable\": $can, \"description\": \"\", \"reason\": \"\"}"
  done
  echo "$list]" > "$DEVICES"
}
gpus_more false true
expect 'two GPUs of three' 0
status_of several_gpus_same_bytes pass
says "$CALLS" '--device cuda:0,2 '
gpus_more false
expect 'one GPU of two' 0
status_of several_gpus_same_bytes None
echo "$usable" > "$DEVICES"

rm "$build/test_cuda_device"
expect 'no test program' 3
says "$work/log" 'left out: device_tests, memcheck, racecheck;'
rm "$build/pumice"
expect 'no program' 2

[ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
echo 'gpu-check counts, writes and exits as it says'
