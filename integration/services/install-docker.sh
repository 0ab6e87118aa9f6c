#!/usr/bin/env bash
# Installs Docker from Debian's packages, with debootstrap for the local images, and starts its daemon.
# Needs root. Safe to run again.
set -euo pipefail

limit_seconds=${DOCKER_START_SECONDS:-60}
log=/var/log/dockerd-secondpass.log
pid_file=/var/run/docker.pid

answers() { timeout 5 docker version --format '{{.Server.Version}}' 2>/dev/null; }

for command in dockerd iptables debootstrap; do
  if ! command -v "$command" >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends docker.io iptables debootstrap ca-certificates >/dev/null
    break
  fi
done

# A service manager may be starting a daemon already; two of them would fight over one socket.
if ! answers >/dev/null && ! { [ -s "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; }; then
  setsid nohup dockerd >>"$log" 2>&1 </dev/null &
fi

for _ in $(seq "$limit_seconds"); do
  if version=$(answers); then
    echo "Docker $version answers."
    exit 0
  fi
  sleep 1
done

echo "Docker did not answer within ${limit_seconds} s. The last lines of $log:" >&2
tail -n 15 "$log" >&2 || true
exit 1
