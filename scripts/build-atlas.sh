#!/bin/sh
# Installs what is needed into .venv and builds the Changchun atlas. Further arguments go to `parkatlas build`.
set -eu
. "$(dirname "$0")/environment.sh"

code=0
.venv/bin/parkatlas build geodata "$@" || code=$?
# 1 means "finished, with findings to look at": the atlas is there.
[ "$code" -le 1 ] || exit "$code"
