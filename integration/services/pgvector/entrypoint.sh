#!/bin/bash
# Entry point of the local image: creates the cluster on the first start, then runs PostgreSQL in the foreground.
# It reads the same variables as the official image: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB.
set -euo pipefail

bin=$(echo /usr/lib/postgresql/*/bin)
data=${PGDATA:-/var/lib/postgresql/data}
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }

if [ ! -s "$data/PG_VERSION" ]; then
  install -d -o postgres -g postgres -m 700 "$data"
  password_file=$(mktemp)
  printf '%s' "${POSTGRES_PASSWORD:?Set POSTGRES_PASSWORD.}" >"$password_file"
  chown postgres "$password_file"
  as_postgres "$bin/initdb" -D "$data" -U "$user" --pwfile="$password_file" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  rm "$password_file"
  printf 'host all all all scram-sha-256\n' >>"$data/pg_hba.conf"
  if [ "$database" != postgres ]; then
    printf 'CREATE DATABASE "%s";\n' "${database//\"/\"\"}" | as_postgres "$bin/postgres" --single -D "$data" postgres >/dev/null
  fi
fi

install -d -o postgres -g postgres -m 2775 /var/run/postgresql
exec setpriv --reuid=postgres --regid=postgres --init-groups \
  "$bin/postgres" -D "$data" -c listen_addresses='*' -p "${PGPORT:-5432}" "$@"
