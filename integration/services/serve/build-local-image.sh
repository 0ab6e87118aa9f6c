#!/usr/bin/env bash
# Builds deploy/Dockerfile on a base of Debian's packages and npm's Node.js, for machines that can pull no image.
# Tags secondpass-local/node:24 (the base) and secondpass-local/serve. Needs root, debootstrap, a running Docker, and an
# installed checkout. NPM_REGISTRY names a mirror. Keeps the base when it exists; --force builds it anew.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
base=secondpass-local/node:24
tag=secondpass-local/serve

if [ "${1:-}" = --force ] || ! docker image inspect "$base" >/dev/null 2>&1; then
  root=$(mktemp -d)
  trap 'rm -rf --one-file-system "$root" "$root.log"' EXIT
  debootstrap --variant=minbase --include=ca-certificates,libstdc++6 trixie "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log" >&2; exit 1; }
  # The Node.js that the tests run in, and the npm of this machine for the stage that builds.
  node=$(cd "$repository" && npx -y pnpm@12 exec node -p process.execPath)
  install -m 755 "$node" "$root/usr/local/bin/node"
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -r "$(npm root -g)/npm" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  # Authorities that this machine trusts, whose network may have one of its own.
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/*
  tar -C "$root" --one-file-system -c . | docker import --change 'LABEL org.secondpass.local=true' - "$base" >/dev/null
fi

docker build --network host --label org.secondpass.local=true --build-arg "BASE=$base" \
  --build-arg NODE_OPTIONS=--use-system-ca --build-arg "NPM_REGISTRY=${NPM_REGISTRY:-$(npm config get registry)}" \
  -f "$repository/deploy/Dockerfile" -t "$tag" "$repository"
echo "$tag built: $(docker image inspect -f '{{.Size}}' "$tag" | awk '{ printf "%.0f MB", $1 / 1e6 }')."
