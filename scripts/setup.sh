#!/usr/bin/env bash
# Make a virtual environment with the locked dependencies and this checkout in it.
# Usage: scripts/setup.sh FOLDER. Set PYTHON to choose the interpreter (3.11 or newer).
set -euo pipefail
venv=$1

supported() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if ! { [ -x "$venv/bin/python" ] && supported "$venv/bin/python"; }; then
  chosen=
  for python in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
    if supported "$python"; then chosen=$python; break; fi
  done
  if [ -z "$chosen" ]; then
    echo "Proofsmith needs Python 3.11 or newer; install it, or name it: make PYTHON=/path/to/python3" >&2
    exit 1
  fi
  echo "Setting up $venv with $("$chosen" --version) ..."
  if ! "$chosen" -m venv --clear "$venv"; then
    echo "Python's venv module is missing; on Debian: sudo apt-get install python3-venv" >&2
    exit 1
  fi
fi

echo "Installing the locked dependencies into $venv (once; a few minutes on a slow line) ..."
pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-input --quiet --quiet)
"${pip[@]}" install --requirement requirements.lock
"${pip[@]}" install --no-deps --no-build-isolation --editable .

if ! command -v bwrap >/dev/null; then
  echo "Note: bubblewrap is not installed, so candidate programs run in a plain limited process." >&2
  echo "      For the sandbox: sudo apt-get install bubblewrap" >&2
fi
