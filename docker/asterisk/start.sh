#!/bin/sh
# Start of the container: configure for its own address, then become Asterisk.
set -eu

# Left open, SIP and RTP would be offered at whatever address Asterisk finds first.
BED_ADDRESS=${BED_ADDRESS:-$(hostname -i | cut -d ' ' -f 1)}
export BED_ADDRESS

/opt/bed/configure.sh /etc/goldenhour-bed /var/lib/goldenhour-bed
exec asterisk -f -C /etc/goldenhour-bed/asterisk.conf
