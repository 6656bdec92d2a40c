#!/bin/sh
# Builds the Asterisk 22 chroot of the tests (Debian's package, one build per recipe) and prints its directory.
#
#   scripts/asterisk-chroot.sh            build it when it is not there yet
#   scripts/asterisk-chroot.sh --path     only print where it is or would be
#
# Kept in ${XDG_CACHE_HOME:-~/.cache}/goldenhour/asterisk-<hash of this file>: any change here is another chroot.
# GOLDENHOUR_DEBIAN_MIRROR names another mirror than the one this machine's apt uses.
set -eu

suite=forky
packages=asterisk,asterisk-core-sounds-en-wav
# A user id of its own: the package's system user would share its number with some service of this machine.
uid=60600
# Names are looked up in files only: a test bed must not wait for a name server.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/goldenhour
recipe=$(sha256sum "$0" | cut -c1-12)
target=$cache/asterisk-$recipe

if [ "${1:-}" = --path ]; then
    echo "$target"
    exit 0
fi
if [ -d "$target" ]; then
    echo "$target"
    exit 0
fi

say() { echo "asterisk-chroot: $*" >&2; }

[ "$(id -u)" = 0 ] || { say "building and entering the chroot needs root: run it once with sudo -E"; exit 77; }
command -v mmdebstrap > /dev/null || { say "mmdebstrap is not installed: run scripts/install-test-tools.sh"; exit 77; }

mkdir -p "$cache"
exec 9> "$cache/asterisk.lock"
flock 9
# Another builder may have finished while this one waited.
if [ -d "$target" ]; then
    echo "$target"
    exit 0
fi

mirror=${GOLDENHOUR_DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' \
    'Identifier: Packages' 'Origin: Debian' 'Label: Debian' 2> /dev/null | head -n 1)}
http_proxy_of_apt=$(apt-config shell value Acquire::http::Proxy | sed -n "s/^value='\(.*\)'$/\1/p")

building=$(mktemp -d "$cache/building.XXXXXX")
trap 'rm -rf "$building"' EXIT
trap 'exit 1' INT TERM HUP

set -- --quiet --variant=minbase --include="$packages" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --aptopt='Acquire::Retries "3"' \
    --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook="echo asterisk:x:$uid: >> \"\$1/etc/group\"" \
    --essential-hook="echo asterisk:x:$uid:$uid::/var/lib/asterisk:/usr/sbin/nologin >> \"\$1/etc/passwd\"" \
    --customize-hook='sed -i "s/^hosts:.*/hosts: files/" "$1/etc/nsswitch.conf"'
[ -z "$http_proxy_of_apt" ] || set -- "$@" --aptopt="Acquire::http::Proxy \"$http_proxy_of_apt\""

say "building $target (about a minute, 350 MB)"
# Without a mirror mmdebstrap takes the distribution's own.
mmdebstrap "$@" "$suite" "$building/root" ${mirror:+"$mirror"} >&2 9>&-
chroot "$building/root" asterisk -V >&2
mv "$building/root" "$target"
say "ready"
echo "$target"
