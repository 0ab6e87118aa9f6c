"""Scores of the bundled models by Python's onnxruntime and tokenizers, for packages/models/test.

Run it again whenever the weights change:

    pip install -r requirements.txt
    python score_bundled_models.py ../../packages/models
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

# Otherwise the import sends usage events to the vendor.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime
from tokenizers import Tokenizer

QUERY = "why does bread get bigger in the oven"
PASSAGES = [
    "Yeast makes carbon dioxide, which fills the dough with bubbles; in the heat of the oven they expand.",
    "Salt slows yeast down and gives bread its taste.",
    "The harbour froze in 1929, and ships had to wait until March.",
    "Ein Brot geht im Ofen auf, weil sich das Gas darin ausdehnt.",
    "bread " * 400,
    "function bake(dough) { return oven.heat(dough, { minutes: 40, celsius: 220 }); }",
]


def run(directory: Path, tokenizer: Tokenizer, encoded: list, output: str) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(str(directory / "onnx" / "model_quantized.onnx"))
    rows = []
    for encoding in encoded:
        feeds = {
            "input_ids": np.array([encoding.ids], dtype=np.int64),
            "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
        }
        rows.append(session.run([output], feeds)[0][0])
    return rows


def main(package: Path) -> None:
    scores = {}
    for name in [name for name in ("small", "nano") if (package / "models" / name).is_dir()]:
        directory = package / "models" / name
        tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        tokenizer.enable_truncation(512, strategy="only_second")
        encoded = [tokenizer.encode(QUERY, passage) for passage in PASSAGES]
        scores[name] = [float(row[0]) for row in run(directory, tokenizer, encoded, "logits")]

    bi_encoder = package / "models" / "bi-encoder"
    tokenizer = Tokenizer.from_file(str(bi_encoder / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    encoded = [tokenizer.encode(text) for text in [QUERY, *PASSAGES]]
    means = [states.astype(np.float64).mean(0) for states in run(bi_encoder, tokenizer, encoded, "last_hidden_state")]
    query, *passages = [mean / np.linalg.norm(mean) for mean in means]
    goldens = {
        "query": QUERY,
        "passages": PASSAGES,
        **scores,
        "bi-encoder": [float(query @ passage) for passage in passages],
    }
    (package / "test" / "goldens.json").write_text(json.dumps(goldens, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
