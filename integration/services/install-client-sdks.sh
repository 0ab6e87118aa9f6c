#!/usr/bin/env bash
# Installs the Python clients that `secondpass serve` is tested with from PyPI, into a virtual environment with every
# package pinned: ${SECONDPASS_ENGINES:-~/.cache/secondpass}/clients, outside the checkout. What is there and has the same
# pins stays. Some 500 MB. Needs Python 3.11 on x86-64 Linux; PYTHON names another.
# The clients for JavaScript are development dependencies of integration/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
engines=${SECONDPASS_ENGINES:-$HOME/.cache/secondpass}
python=${PYTHON:-/usr/bin/python3.11}
home=$engines/clients
pins=$here/clients/requirements.txt

usable() { "$python" -c 'import ensurepip, sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }
if ! usable && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3.11 python3.11-venv >/dev/null || true
fi
if ! usable || [ "$(uname -m)" != x86_64 ]; then
  echo "The Python clients were left out: they need x86-64 and a Python 3.11 with venv at $python (or the one that PYTHON names)."
  exit 0
fi

# The same pip as install-inference-servers.sh uses, and has usually installed already.
uv=$engines/uv/bin/uv
version=0.13.9
if [ "$("$uv" --version 2>/dev/null | cut -d' ' -f2)" != "$version" ]; then
  "$python" -m venv "$engines/uv"
  "$engines/uv/bin/pip" install --quiet "uv==$version"
fi

if ! cmp -s "$pins" "$home/requirements.txt"; then
  rm -rf "$home"
  "$python" -m venv --without-pip "$home"
  "$uv" pip install --quiet --no-cache --python "$home/bin/python" -r "$pins"
  # Last, because its presence says that the rest is there.
  cp "$pins" "$home/requirements.txt"
fi
echo "The Python clients are in $home: $(grep -iE "^(cohere|cohere-haystack|jina-haystack|infinity-client|langchain-cohere|llama-index-postprocessor-cohere-rerank|openai|voyageai)==" "$pins" | paste -sd' ')."
