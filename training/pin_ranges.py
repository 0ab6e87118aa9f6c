"""Puts a calibrated model's int8 ranges, and what it computes in where nobody asks, into its secondpass.json.

    python pin_ranges.py ../packages/models/models/small --precision int8
"""
import argparse
import hashlib
import json
from pathlib import Path

RANGES = "onnx/activation_ranges.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--precision", choices=["fp32", "int8"], required=True)
    options = parser.parse_args()
    manifest_file = options.directory / "secondpass.json"
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    ranges = (options.directory / RANGES).read_bytes()
    files = {**manifest.pop("files"), RANGES: {"sha256": hashlib.sha256(ranges).hexdigest(), "bytes": len(ranges)}}
    manifest["precision"] = options.precision
    manifest["files"] = dict(sorted(files.items()))
    manifest_file.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
