#!/usr/bin/env bash
# Every check, then the short tests; `--wide`, `--long`: those tests instead (see tests/tiers.py).
# Prints what was skipped, and why. What was measured of our promises goes into docs/security-evidence.md.
set -uo pipefail
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=  # or each process of the tests compiles everything anew
tier=${1:-}
case "$tier" in
    "") marks="not wide and not long" ;;
    --wide) marks="wide and not long" ;;
    --long) marks="long" ;;
    *) echo "unknown option: $tier" >&2; exit 2 ;;
esac

status=0
[ -n "$tier" ] || bash scripts/lint.sh || status=1

if chromium=$(bash scripts/chromium.sh); then
    export CHROMIUM="$chromium"
else
    marks="$marks and not browser"
    printf '\n######## BROWSER TESTS SKIPPED: no Chromium here and none could be installed ########\n\n'
fi

rm -rf build/evidence
.venv/bin/python -m pytest -n 2 --dist loadgroup -m "$marks" || status=1
.venv/bin/python scripts/evidence.py || status=1
exit "$status"
