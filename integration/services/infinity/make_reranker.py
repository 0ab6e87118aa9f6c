"""Writes the bundled cross-encoder as a directory that transformers can load: python make_reranker.py OUT

Its architecture is none of transformers', so the directory brings a class that runs the committed graph.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy
from safetensors.numpy import save_file

HERE = Path(__file__).resolve().parent
SMALL = HERE.parents[2] / "packages" / "models" / "models" / "small"
GRAPH = "onnx/model_quantized.onnx"


def main(target: Path) -> None:
    (target / "onnx").mkdir(parents=True, exist_ok=True)
    for file in ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", GRAPH]:
        shutil.copy(SMALL / file, target / file)
    shutil.copy(HERE / "graph_model.py", target)
    # Infinity reranks with what calls itself a sequence classifier.
    config = json.loads((SMALL / "config.json").read_text()) | {
        "architectures": ["GraphForSequenceClassification"],
        "auto_map": {"AutoModelForSequenceClassification": "graph_model.GraphForSequenceClassification"},
        "graph": str((target / GRAPH).resolve())}
    (target / "config.json").write_text(json.dumps(config))
    save_file({"placeholder": numpy.zeros(1, numpy.float32)}, target / "model.safetensors", {"format": "pt"})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
