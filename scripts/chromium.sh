#!/usr/bin/env bash
# Print the path of a Chromium that the browser tests can drive; exit 1 where there is none.
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] || continue
    path=$(command -v "$name") || continue
    if timeout 20 "$path" --version 2> /dev/null | grep -q '[0-9]'; then
        printf '%s\n' "$path"
        exit 0
    fi
done
exit 1
