#!/usr/bin/env bash
# Builds an image with PostgreSQL 17, pgvector and PgBouncer out of Debian's packages, for machines that can pull no image.
# It is tagged as local and stands in for the pinned one: PGVECTOR_IMAGE=secondpass-local/pgvector:pg17.
# Needs root, debootstrap and a running Docker. Does nothing when the image exists with these packages; --force builds it anew.
set -euo pipefail

packages='postgresql-17 postgresql-17-pgvector pgbouncer'

tag=${1:-secondpass-local/pgvector:pg17}
[ "${1:-}" = --force ] && tag=${2:-secondpass-local/pgvector:pg17}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

there=$(docker image inspect --format '{{index .Config.Labels "org.secondpass.packages"}}' "$tag" 2>/dev/null || true)
if [ "${1:-}" != --force ] && [ "$there" = "$packages" ]; then
  echo "$tag exists."
  exit 0
fi

root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT

debootstrap --variant=minbase --include=ca-certificates trixie "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$root.log" 2>&1 ||
  { tail -n 20 "$root.log" >&2; exit 1; }
# Package scripts start no service inside the tree.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
# postgresql-common would make a cluster at installation; the entry point makes ours.
mkdir -p "$root/etc/postgresql-common"
printf 'create_main_cluster = false\n' >"$root/etc/postgresql-common/createcluster.conf"
DEBIAN_FRONTEND=noninteractive chroot "$root" sh -c \
  "apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages" >>"$root.log" 2>&1 ||
  { tail -n 20 "$root.log" >&2; exit 1; }

install -m 755 "$here/entrypoint.sh" "$root/usr/local/bin/secondpass-entrypoint"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/*
rm -f "$root/usr/sbin/policy-rc.d" "$root.log"

tar -C "$root" --one-file-system -c . | docker import \
  --change 'ENTRYPOINT ["/usr/local/bin/secondpass-entrypoint"]' \
  --change 'EXPOSE 5432' \
  --change 'LABEL org.secondpass.local=true' \
  --change "LABEL org.secondpass.packages='$packages'" \
  --message "Debian trixie, $packages" - "$tag" >/dev/null
echo "$tag built: $(docker run --rm --network none --entrypoint dpkg-query "$tag" -W -f '${Package} ${Version}\n' $packages | paste -sd' ')"
