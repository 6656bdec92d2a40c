#!/bin/sh
# A bed whose modules are missing.
BED_MODULES=/nowhere exec "$(dirname "$0")/../../../docker/asterisk/configure.sh" "$@"
