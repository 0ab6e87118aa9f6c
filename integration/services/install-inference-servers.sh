#!/usr/bin/env bash
# Installs inference servers from PyPI, each into a virtual environment of its own with every package pinned. Arguments
# name some of them; the default is infinity litellm mlserver triton. `ray` (700 MB) is installed only where it is named.
# They land in ${SECONDPASS_ENGINES:-~/.cache/secondpass}/<name>, outside the checkout; what is there and has the same pins
# stays. 7 GB in all, most of it the torch that Infinity imports.
# Needs Python 3.11 on x86-64 Linux; Triton's program wants Debian's own. PYTHON names another.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
engines=${SECONDPASS_ENGINES:-$HOME/.cache/secondpass}
python=${PYTHON:-/usr/bin/python3.11}

usable() { "$python" -c 'import ensurepip, sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }
if ! usable && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3.11 python3.11-venv >/dev/null || true
fi
if ! usable || [ "$(uname -m)" != x86_64 ]; then
  echo "Inference servers were left out: they need x86-64 and a Python 3.11 with venv at $python (or the one that PYTHON names)."
  exit 0
fi

# pip takes five times as long for the same packages.
uv=$engines/uv/bin/uv
version=0.13.9
if [ "$("$uv" --version 2>/dev/null | cut -d' ' -f2)" != "$version" ]; then
  "$python" -m venv "$engines/uv"
  "$engines/uv/bin/pip" install --quiet "uv==$version"
fi

install() {
  local name=$1 home=$engines/$1 pins=$here/$1/requirements.txt
  if ! cmp -s "$pins" "$home/requirements.txt"; then
    rm -rf "$home"
    "$python" -m venv --without-pip "$home"
    "$uv" pip install --quiet --no-cache --python "$home/bin/python" -r "$pins"
    # Last, because its presence says that the rest is there.
    cp "$pins" "$home/requirements.txt"
  fi
  echo "$name is in $home: $(grep -iE "^(infinity-emb|litellm|mlserver|nvidia-pytriton|ray)==" "$pins")."
}

if [ "$#" = 0 ]; then set -- infinity litellm mlserver triton; fi
for name in "$@"; do install "$name"; done
