#!/usr/bin/env bash
# Every check that runs no test. All of them run; the exit status tells whether one failed.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
failed=()

try() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        printf 'ok      %s\n' "$name"
    else
        printf 'FAILED  %s: %s\n%s\n' "$name" "$*" "$output"
        return 1
    fi
}

check() {
    try "$@" || failed+=("$1")
}

try types mypy &  # takes as long as all the others together
types=$!
check format ruff format --check .
check lint ruff check .
check layers lint-imports
check dependencies deptry .
check security bandit -q -r app config.py wsgi.py scripts/serve.py -c pyproject.toml
check templates djlint --lint templates --quiet
check translations python scripts/messages.py check
wait "$types" || failed+=(types)

if [ ${#failed[@]} -gt 0 ]; then
    printf 'Failed: %s\n' "${failed[*]}"
    exit 1
fi
