#!/bin/sh
# Prints a Python 3.11 or 3.12 with venv; says what to install when there is none.
for candidate in "${PYTHON:-}" python3.12 python3.11 python3 python; do
    [ -n "$candidate" ] || continue
    path=$(command -v "$candidate" 2>/dev/null) || continue
    if "$path" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; then
        if "$path" -c 'import ensurepip, venv' 2>/dev/null; then
            printf '%s\n' "$path"
            exit 0
        fi
        without_venv=$path
    fi
done
if [ -n "${without_venv:-}" ]; then
    echo "goldenhour: $without_venv cannot make virtual environments. On Debian: apt install python3-venv" >&2
else
    echo "goldenhour: Python 3.11 or 3.12 is needed (pjsua2 is built for no later one). On Debian 12: apt install python3 python3-venv" >&2
fi
exit 1
