#!/usr/bin/env bash
# Make a virtual environment in which TRL's trainers run on this checkout's exports (CPU, about 2 GB).
# Usage: scripts/setup_train.sh FOLDER. Set PYTHON to choose the interpreter (3.11 or newer).
#
# It is one of its own, because the base install stays free of torch, transformers and datasets. The
# exact version of torch keeps pip from taking a newer build with CUDA; set TORCH to choose another.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1
torch=${TORCH:-2.13.0}

scripts/setup.sh "$venv"
echo "Installing torch $torch, transformers, TRL and datasets into $venv (once) ..."
constraints=$(mktemp)
trap 'rm -f "$constraints"' EXIT
echo "torch==$torch" >"$constraints"
"$venv/bin/python" -m pip --disable-pip-version-check --no-input --quiet --quiet install \
  --constraint "$constraints" 'torch' 'transformers>=5' 'trl>=1.16' 'datasets>=5.2'
