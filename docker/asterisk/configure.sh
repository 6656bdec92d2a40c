#!/bin/sh
# Writes one runnable configuration of the bed: this directory's etc/ plus ports, addresses and passwords.
# The container's start and the tests' chroot fixture both call it, so both run the same bed.
#
#   configure.sh ETC STATE    ETC: configuration directory to write; STATE: run, log, spool and database
#
# Both paths are as Asterisk will see them; ROOT is put before them when it runs in a chroot.
set -eu

etc=${1:?directory of the configuration to write}
state=${2:?directory for run, log, spool and database}
root=${ROOT:-}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

bind=${BED_ADDRESS:-127.0.0.1}
sip_port=${BED_SIP_PORT:-5060}
address_port=${BED_ADDRESS_TRUNK_PORT:-5080}
external=${BED_EXTERNAL_ADDRESS:-}
trusted=${BED_TRUSTED:-127.0.0.0/255.0.0.0}
rtp_from=${BED_RTP_FROM:-16010}
rtp_to=${BED_RTP_TO:-16249}
first_phone=${BED_FIRST_PHONE:-1001}
last_phone=${BED_LAST_PHONE:-1020}
trunk_password=${BED_TRUNK_PASSWORD:?set BED_TRUNK_PASSWORD to the password of the digest trunk}
phone_password=${BED_PHONE_PASSWORD:?set BED_PHONE_PASSWORD to the password of the agents phones}
modules=${BED_MODULES:-}

umask 027
mkdir -p "$root$etc/local" "$root$state/run" "$root$state/log/cdr-custom" "$root$state/spool" "$root$state/db"
cp "$here"/etc/*.conf "$root$etc/"
if [ -z "$modules" ]; then
    for modules in "$root"/usr/lib/*/asterisk/modules "$root"/usr/lib/asterisk/modules; do
        [ -d "$modules" ] && break
    done
    modules=${modules#"$root"}
fi

cat > "$root$etc/asterisk.conf" <<END
[directories]
astetcdir => $etc
astmoddir => $modules
astvarlibdir => /var/lib/asterisk
astdatadir => /usr/share/asterisk
astdbdir => $state/db
astkeydir => $state/db
astagidir => /usr/share/asterisk/agi-bin
astcachedir => $state/db
astspooldir => $state/spool
astrundir => $state/run
astlogdir => $state/log
[options]
nofork = yes
nocolor = yes
dontwarn = yes
transmit_silence = yes
systemname = goldenhour-bed
END

transport() {
    printf '[%s]\ntype=transport\nprotocol=udp\nbind=%s:%s\n' "$1" "$bind" "$2"
    [ -z "$external" ] || printf 'external_signaling_address=%s\nexternal_media_address=%s\n' "$external" "$external"
    printf '\n'
}

{
    transport digest "$sip_port"
    transport address "$address_port"
    printf '[by-address]\ntype=identify\nendpoint=by-address\nmatch_request_uri=/^sips?:.*:%s([^0-9]|$)/\n' "$address_port"
} > "$root$etc/local/transports.conf"

for network in $trusted; do
    printf 'permit=%s\n' "$network"
done > "$root$etc/local/trusted.conf"

printf 'rtpstart=%s\nrtpend=%s\n' "$rtp_from" "$rtp_to" > "$root$etc/local/rtp.conf"

{
    printf '[goldenhour]\ntype=auth\nauth_type=digest\nusername=goldenhour\npassword=%s\n\n' "$trunk_password"
    phone=$first_phone
    while [ "$phone" -le "$last_phone" ]; do
        printf '[%s](phone)\nauth=%s\naors=%s\ncallerid=Agent %s <%s>\n' "$phone" "$phone" "$phone" "$phone" "$phone"
        printf '[%s](phone-auth)\nusername=%s\npassword=%s\n' "$phone" "$phone" "$phone_password"
        printf '[%s](phone-aor)\n\n' "$phone"
        phone=$((phone + 1))
    done
} > "$root$etc/local/accounts.conf"
