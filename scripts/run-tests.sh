#!/bin/sh
# Installs what the tests need and runs them: lint, types, tests, the browser ones included.
# Further arguments go to pytest.
set -eu
EXTRAS=dev
. "$(dirname "$0")/environment.sh"

have_browser() {
    [ -n "${PARKATLAS_CHROMIUM:-}" ] && return
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1
}
have_font() { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh 2>/dev/null)" ]; }

if ! have_browser || ! have_font; then
    if may_install; then
        say "installing Chromium and a CJK font from Debian for the browser tests"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            chromium fontconfig fonts-noto-cjk; } >/dev/null 2>&1 || say "that did not work"
    fi
    if ! have_browser || ! have_font; then
        say "THE BROWSER TESTS WILL FAIL: they need Chromium and a CJK font."
        say "Install them with: sudo apt-get install chromium fontconfig fonts-noto-cjk"
        say "or leave those tests out: PARKATLAS_WITHOUT_BROWSER=1 sh scripts/run-tests.sh"
    fi
fi

.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
.venv/bin/pytest -n 2 --dist worksteal "$@"
