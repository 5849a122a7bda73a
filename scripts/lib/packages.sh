# What a fresh Debian 12 or Ubuntu 24.04 lacks, and how it gets it. Sourced by common.sh.

BUILD_PACKAGES=(
  ca-certificates ccache cmake g++ libcxxopts-dev libfast-float-dev libfmt-dev libhwy-dev libzstd-dev ninja-build
  nlohmann-json3-dev pkg-config python3 python3-dev python3-venv zlib1g-dev
)
# clang-format and clang-tidy by version: another version formats and warns otherwise.
TEST_PACKAGES=(clang-format-14 clang-tidy-14 git libbenchmark-dev libfftw3-dev libgmock-dev libgtest-dev)
# The compiler of scripts/wheel is zig, from PyPI; of gcc it takes libgcc.a.
WHEEL_PACKAGES=(ca-certificates ccache cmake gcc ninja-build python3 python3-dev python3-venv)
FUZZ_PACKAGES=(clang-14 libclang-rt-14-dev)

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "needs root or sudo to run: $*"
  fi
}

missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

# install_packages LOG PACKAGE...: installs those that are not there; asks for nothing where all are.
install_packages() {
  local log=$1; shift
  command -v dpkg-query >/dev/null || { step "not a Debian or Ubuntu: taking it that these are there: $*"; return 0; }
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  step "installing ${#missing[@]} packages with apt: ${missing[*]}"
  quietly "$log.update" as_root apt-get update
  quietly "$log" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# python_environment LOG: .venv with what requirements.txt says, since the system's Python refuses pip.
python_environment() {
  local log=$1 wanted=requirements.txt stamp=.venv/.requirements
  if [ -x "$PYTHON" ]; then
    cmp -s "$wanted" "$stamp" && return 0
    # An environment that was made by other means is taken as it is where it has all that is needed.
    "$PYTHON" scripts/lib/has_requirements.py "$wanted" 2>/dev/null && return 0
  fi
  step "making .venv with the Python packages of requirements.txt"
  [ -x "$PYTHON" ] || quietly "$log.venv" python3 -m venv .venv
  quietly "$log" "$PYTHON" -m pip install --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$stamp"
}
