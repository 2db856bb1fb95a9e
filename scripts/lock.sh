#!/usr/bin/env bash
# Lock the dependencies of pyproject.toml: every version, every file's hash, no index address.
# Needs uv and a network; the result installs with plain pip. `scripts/lock.sh --upgrade` renews all.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
    env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL UV_NO_CONFIG=1 \
        "${UV:-uv}" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-header --no-emit-index-url --no-emit-find-links "$@" > /dev/null
}

compile pyproject.toml -o requirements.txt "$@"
compile pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt "$@"

if grep -nE '://|--(index-url|extra-index-url|find-links)' requirements.txt requirements-dev.txt; then
    echo "The lock names an address." >&2
    exit 1
fi

.venv/bin/python scripts/sbom.py
