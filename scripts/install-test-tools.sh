#!/bin/sh
# Installs what `make test` needs beside Python, from Debian: Asterisk's chroot builder, Mosquitto, PostgreSQL 15,
# SIPp, baresip and espeak-ng; then builds the Asterisk chroot. Safe to run again: what is there is left alone.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# program or file that must exist : Debian package that brings it
wanted='
mmdebstrap:mmdebstrap
mosquitto:mosquitto
/usr/lib/postgresql/15/bin/postgres:postgresql-15
sipp:sip-tester
baresip:baresip-core
espeak-ng:espeak-ng
setpriv:util-linux
flock:util-linux
'

missing=
for pair in $wanted; do
    program=${pair%%:*}
    PATH="$PATH:/usr/sbin:/sbin" command -v "$program" > /dev/null || missing="$missing ${pair##*:}"
done
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
missing=${missing% }

if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "These Debian packages are missing and installing them needs root: $missing" >&2
        echo "Run it once as root: sudo -E $0" >&2
        exit 77
    fi
    command -v apt-get > /dev/null || { echo "No apt-get here: install these with your own package manager: $missing" >&2; exit 1; }
    # A starting service would take the ports the tests choose themselves; policy-rc.d says no while we install.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' > "$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    # The package lists are fetched only where they do not know a package yet, or name one that is gone.
    # shellcheck disable=SC2086
    install_missing() { apt-get install --yes --no-install-recommends $missing; }
    install_missing || { apt-get update && install_missing; }
fi

if [ "$(id -u)" = 0 ]; then
    "$here/asterisk-chroot.sh" > /dev/null
elif [ ! -d "$("$here/asterisk-chroot.sh" --path)" ]; then
    echo "The Asterisk chroot is built, and entered, as root: the tests marked 'asterisk' need sudo -E make test." >&2
fi
