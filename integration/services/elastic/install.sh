#!/usr/bin/env bash
# Builds Elasticsearch nodes from the jars of Maven Central, for machines that cannot pull the official image.
# Version 8 needs a JDK from 17, version 9 one from 21; a version without its JDK is left out, and that is said.
# They land in ${SECONDPASS_ENGINES:-~/.cache/secondpass}/elasticsearch-<version>, outside the checkout.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
engines=${SECONDPASS_ENGINES:-$HOME/.cache/secondpass}

if ! command -v mvn >/dev/null || ! command -v javac >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends maven default-jdk-headless libzstd1 >/dev/null
fi

# The oldest JDK that is new enough.
jdk_from() {
  local best= best_major=999 home major
  for home in ${JAVA_HOME:-} /usr/lib/jvm/*; do
    [ -x "$home/bin/javac" ] || continue
    major=$("$home/bin/javac" -version 2>&1 | sed -E 's/^javac ([0-9]+).*/\1/')
    if [ "$major" -ge "$1" ] && [ "$major" -lt "$best_major" ]; then best=$home best_major=$major; fi
  done
  echo "$best"
}

install() {
  local version=$1 jdk home=$engines/elasticsearch-$1
  jdk=$(jdk_from "$2")
  if [ -z "$jdk" ]; then
    echo "Elasticsearch $version was left out: it needs a JDK of version $2 or later in /usr/lib/jvm or JAVA_HOME."
    return
  fi
  if [ "$(cat "$home/java-home" 2>/dev/null)" != "$jdk" ]; then
    rm -rf "$home"
    mkdir -p "$home/config" "$home/node" "$home/lib/platform/linux-x64"
    mvn -q -B -f "$here/pom.xml" package "-Delasticsearch.version=$version" "-Dhome=$home"
    # The descriptor that makes a module of a folder of jars lies inside one of them.
    (cd "$home/modules/transport-netty4" && "$jdk/bin/jar" xf transport-netty4-*.jar META-INF/es-plugins && mv META-INF/es-plugins/transport-netty4/* . && rm -r META-INF)
    cp -L "$(ldconfig -p | sed -n 's/.*libzstd\.so\.1 .*x86-64.* => //p' | sed -n 1p)" "$home/lib/platform/linux-x64/libzstd.so"
    "$jdk/bin/javac" -p "$home/lib" --add-modules ALL-MODULE-PATH -d "$home/node" "$here/node/StartNode.java"
    # Last, because its presence says that the rest is there.
    echo "$jdk" >"$home/java-home"
  fi
  echo "Elasticsearch $version is in $home, for $jdk."
}

install "$(cat "$here/version-8")" 17
install "$(cat "$here/version-9")" 21
