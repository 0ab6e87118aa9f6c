#!/usr/bin/env bash
# Installs HAProxy from Debian's packages, for the tests of a balancer before inference servers. Its service is not started: the
# tests start a process of their own. Needs root. Safe to run again.
set -euo pipefail

if [ ! -x /usr/sbin/haproxy ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # RUNLEVEL=1: a package does not start its service then.
  RUNLEVEL=1 apt-get install -y -qq --no-install-recommends haproxy >/dev/null
fi
# sed reads to the end: with head, haproxy could write to a closed pipe, and `pipefail` would make that an error.
/usr/sbin/haproxy -v | sed -n 1p
