#!/bin/sh
# Writes docker/.env with fresh passwords for compose.yaml, readable by this user only. Never overwrites one.
set -eu

file=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/.env
if [ -e "$file" ]; then
    echo "$file exists and is left as it is" >&2
    exit 0
fi

password() { od -An -N 18 -t x1 /dev/urandom | tr -d ' \n'; }

umask 077
for name in DATABASE_PASSWORD MQTT_PASSWORD TRUNK_PASSWORD PHONE_PASSWORD; do
    printf '%s=%s\n' "$name" "$(password)"
done > "$file.new"
mv "$file.new" "$file"
echo "wrote $file" >&2
