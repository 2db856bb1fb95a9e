#!/usr/bin/env bash
# Prepare this checkout: virtual environment, locked dependencies, system libraries, catalogues.
# Done once; a second call finds its stamps and does nothing. Options: --dev (tools of developers),
# --browser (Chromium for the browser tests, where it may be installed).
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements.txt kind=runtime browser=no
for option in "$@"; do
    case "$option" in
        --dev) lock=requirements-dev.txt kind=dev ;;
        --browser) browser=yes ;;
        *) echo "unknown option: $option" >&2; exit 2 ;;
    esac
done

say() { printf '%s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get > /dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2> /dev/null; }
}

apt_install() {
    say "Đang cài gói hệ thống / installing system packages: $*"
    as_root apt-get -qq update > /dev/null &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" > /dev/null
}

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2> /dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
    say "Cần Python 3.11 trở lên / Python 3.11 or newer is needed."
    exit 1
}

make_environment() {
    local python
    python=$(find_python)
    if ! "$python" -m venv --clear .venv > /dev/null 2>&1; then
        if ! { may_install && apt_install python3-venv && "$python" -m venv --clear .venv > /dev/null; }; then
            say "Không tạo được môi trường ảo / cannot make a virtual environment: install python3-venv."
            exit 1
        fi
    fi
}

install_dependencies() {
    local stamp
    stamp=.venv/.$kind-$(sha256sum "$lock" | cut -c1-16)
    [ -e "$stamp" ] && return
    [ "$kind" = runtime ] && [ -e ".venv/.dev-for-runtime-$(sha256sum "$lock" | cut -c1-16)" ] && return
    say "Đang cài thư viện, lần đầu mất một hai phút / installing dependencies, a minute or two the first time."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$lock"
    rm -f .venv/.runtime-* .venv/.dev-*
    touch "$stamp"
    # the tools' lock contains the runtime's: what is installed serves both
    [ "$kind" = dev ] && touch ".venv/.dev-for-runtime-$(sha256sum requirements.txt | cut -c1-16)"
    return 0
}

# PDF files need Pango and HarfBuzz; everything else comes in wheels.
check_libraries() {
    [ -e .venv/.libraries ] && return
    if has_libraries || { may_install && apt_install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 && has_libraries; }; then
        touch .venv/.libraries
    else
        say "THIẾU THƯ VIỆN: chưa in được PDF. Cài: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        say "MISSING LIBRARIES: no PDF can be made. Install: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    fi
}

has_libraries() {
    .venv/bin/python - 2> /dev/null <<'PY'
import ctypes
for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz.so.0", "libharfbuzz-subset.so.0"):
    ctypes.CDLL(name)
PY
}

check_browser() {
    [ "$browser" = yes ] || return 0
    bash scripts/chromium.sh > /dev/null && return
    may_install && apt_install chromium || true # without it the browser tests are skipped, loudly
}

[ -x .venv/bin/python ] && .venv/bin/python -c '' 2> /dev/null || make_environment
install_dependencies
check_libraries
check_browser
.venv/bin/python scripts/messages.py compile --quiet
