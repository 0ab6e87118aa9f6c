#!/bin/sh
# Serves tiny-sentence-bert through Infinity's OpenAI-compatible API, in the foreground, at http://127.0.0.1:7997.
# Then, in another shell:
#   INFINITY_URL=http://127.0.0.1:7997 npm run test:integration -- integration/embedder-remote
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/../install-inference-servers.sh" infinity
home=${SECONDPASS_ENGINES:-$HOME/.cache/secondpass}/infinity
folder=${1:-"${TMPDIR:-/tmp}/secondpass-infinity"}
"$home/bin/python" "$here/make_model.py" "$folder/model"
export HF_HUB_OFFLINE=1 DO_NOT_TRACK=1
exec "$home/bin/infinity_emb" v2 --model-id "$folder/model" --served-model-name tiny --engine torch --device cpu \
  --host 127.0.0.1 --port 7997 --batch-size 8
