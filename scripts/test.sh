#!/usr/bin/env bash
# Every check, then the tests (`--long`: the long ones instead). Prints what was skipped, and why.
set -uo pipefail
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=  # or each process of the tests compiles everything anew
marks="not long"
[ "${1:-}" = --long ] && marks="long"

status=0
bash scripts/lint.sh || status=1

if chromium=$(bash scripts/chromium.sh); then
    export CHROMIUM="$chromium"
else
    marks="$marks and not browser"
    printf '\n######## BROWSER TESTS SKIPPED: no Chromium here and none could be installed ########\n\n'
fi

.venv/bin/python -m pytest -n 2 --dist loadgroup -m "$marks" || status=1
exit "$status"
