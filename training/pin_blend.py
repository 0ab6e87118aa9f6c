"""Puts into a reranker's secondpass.json the weight to blend it with the bi-encoder's cosine (blend_weight.py finds it).

    python pin_blend.py ../packages/models/models/small --weight 0.3

The pipeline knows the bi-encoder by its fingerprints, one for each precision: digests of its files and settings, as loadBiEncoder
makes them of the directory. Pin its ranges (pin_ranges.py) before. packages/models' tests compare them.
"""
import argparse
import hashlib
import json
from pathlib import Path

from pin_ranges import RANGES
from steps import file_digest, write_json


FILES = {"fp32": ["onnx/model_quantized.onnx", "tokenizer.json"]}
FILES["int8"] = [*FILES["fp32"], RANGES]


def bi_encoder_fingerprint(directory: Path, precision: str) -> str:
    manifest = json.loads((directory / "secondpass.json").read_text(encoding="utf-8"))
    digests = [file_digest(directory / name) for name in FILES[precision]]
    settings = {"precision": precision, "dimensions": manifest["dimensions"],
                "maxTokens": manifest["maxTokens"], "passage": ""}
    described = [digests, [manifest["pooling"]], True, ["unit-length"], settings]
    return hashlib.sha256(json.dumps(described, separators=(",", ":")).encode()).hexdigest()


def blend_entry(weight: float, bi_encoder: Path) -> dict:
    """What a reranker's manifest says under "blend"."""
    # A bi-encoder that was not calibrated has no int8.
    made = [precision for precision, files in FILES.items() if all((bi_encoder / name).exists() for name in files)]
    fingerprints = [bi_encoder_fingerprint(bi_encoder, precision) for precision in made]
    return {"weight": weight, "embedder": {"name": bi_encoder.name, "fingerprints": fingerprints}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--weight", type=float, required=True)
    options = parser.parse_args()
    manifest = json.loads((options.directory / "secondpass.json").read_text(encoding="utf-8"))
    files = manifest.pop("files")
    manifest["blend"] = blend_entry(options.weight, options.directory.resolve().parent / "bi-encoder")
    write_json(options.directory / "secondpass.json", {**manifest, "files": files})


if __name__ == "__main__":
    main()
