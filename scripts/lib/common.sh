# Shared by the scripts beside this folder: sourced, never run. Sets ROOT and PYTHON; everything runs from ROOT.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PYTHON=$ROOT/.venv/bin/python
cd "$ROOT"

source scripts/lib/packages.sh

# Compiling one of the larger files takes up to 2 GB: no more jobs than the memory holds.
jobs_allowed() {
  local cpus memory_gib
  cpus=$(nproc)
  memory_gib=$(awk '/MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  local by_memory=$((memory_gib / 2))
  [ "$by_memory" -ge 1 ] || by_memory=1
  echo $((cpus < by_memory ? cpus : by_memory))
}
JOBS=${PUMICE_JOBS:-$(jobs_allowed)}

started_at=$(date +%s)
elapsed() { local s=$(($(date +%s) - started_at)); printf '%d:%02d' $((s / 60)) $((s % 60)); }

step() { printf '[%s] %s\n' "$(elapsed)" "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# quietly LOG COMMAND...: long output goes to LOG; where the command fails, its last lines are shown. Exits as it did.
quietly() {
  local log=$1 status=0; shift
  mkdir -p "$(dirname "$log")"
  # In a shell of its own: a function that gives up (`fail`) ends that one, and its reason is shown as well.
  ("$@") >"$log" 2>&1 || status=$?
  [ $status = 0 ] && return 0
  printf '  failed: %s\n  the last lines of %s:\n' "$*" "${log#"$ROOT/"}" >&2
  tail -n 25 "$log" | sed 's/^/    /' >&2
  return $status
}

use_ccache() {
  if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache CMAKE_CUDA_COMPILER_LAUNCHER=ccache
  fi
}

# pip_install PYTHON WHAT...: the package of this folder for that Python, compiled with the flags of the release build:
# ccache has most of it where that was built.
pip_install() {
  local python=$1; shift
  use_ccache
  # The compiler by the name that CMake chooses by itself: to ccache, c++ and g++ are two.
  CXX=${CXX:-c++} CMAKE_BUILD_PARALLEL_LEVEL=$JOBS "$python" -m pip install --disable-pip-version-check "$@"
}

# configure_and_build PRESET LOG [TARGET...]
configure_and_build() {
  local preset=$1 log=$2; shift 2
  use_ccache
  quietly "$log.configure" cmake --preset "$preset" || return 1
  sed -n 's/^-- \(  \(CUDA\|Arrow\)\)/\1/p' "$log.configure"
  quietly "$log" cmake --build --preset "$preset" -j "$JOBS" ${1:+--target "$@"}
}
