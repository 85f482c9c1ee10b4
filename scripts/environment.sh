# Makes .venv in the checkout and installs parkatlas into it. Sourced by the two scripts beside it.
#   EXTRAS  extras to install, such as "dev"; nothing for a bare install
# Does nothing when the same extras were installed from the same pyproject.toml and constraints.txt before.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

may_install() { command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; }

find_python() {
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    say "parkatlas needs Python 3.11 or newer, and none was found. Install it (Debian: apt-get install python3 python3-venv)"
    say "or name one: PYTHON=/path/to/python $0"
    exit 2
}

make_venv() {
    [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 && return
    rm -rf .venv
    if "$1" -m venv .venv >/dev/null 2>&1; then return; fi
    rm -rf .venv
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if may_install; then
        say "installing python$version-venv from Debian"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv" >/dev/null
        "$1" -m venv .venv
    else
        say "this Python cannot make environments. Install its venv module (Debian: apt-get install python$version-venv)"
        exit 2
    fi
}

install_parkatlas() {
    stamp=".venv/parkatlas-${1:-bare}"
    wanted=$(cat pyproject.toml constraints.txt | cksum)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
    say "installing parkatlas${1:+ [$1]} into .venv"
    PIP_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 \
        .venv/bin/python -m pip install --quiet --editable ".${1:+[$1]}"
    printf '%s\n' "$wanted" >"$stamp"
}

make_venv "$(find_python)"
install_parkatlas "${EXTRAS:-}"
