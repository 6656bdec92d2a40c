#!/bin/sh
# Renews the hash-locked requirements from pyproject.toml. Needs uv on the PATH. No index address is written.
set -eu
cd "$(dirname "$0")/.."
common="--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet"
uv pip compile $common pyproject.toml --group build -o requirements/runtime.txt
uv pip compile $common pyproject.toml --group build --group dev -o requirements/development.txt
