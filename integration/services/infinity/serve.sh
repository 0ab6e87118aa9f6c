#!/bin/sh
# Serves tiny-sentence-bert through Infinity's OpenAI-compatible API, in the foreground, at http://127.0.0.1:7997.
# Needs Python 3.11 and PyPI; the first run downloads torch. Then, in another shell:
#   INFINITY_URL=http://127.0.0.1:7997 npm run test:integration -- integration/embedder-remote
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-"${TMPDIR:-/tmp}/secondpass-infinity"}
python=${PYTHON:-python3}
if [ ! -x "$folder/venv/bin/infinity_emb" ]; then
  "$python" -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet 'infinity-emb[server,torch,optimum]==0.0.78' onnx==1.23.2
fi
"$folder/venv/bin/python" "$here/make_model.py" "$folder/model"
export HF_HUB_OFFLINE=1 DO_NOT_TRACK=1
exec "$folder/venv/bin/infinity_emb" v2 --model-id "$folder/model" --served-model-name tiny --engine torch --device cpu \
  --host 127.0.0.1 --port 7997 --batch-size 8
