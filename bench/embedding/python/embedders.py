"""Python's bi-encoders, each through its own public call, from texts to one vector per passage in input order.

    python embedders.py sentence-transformers-torch

The lines are those of answer_lines.py.
"""

import gc
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "cross-encoder" / "python"))

from answer_lines import main  # noqa: E402
from contenders import onnx_file  # noqa: E402


class SentenceTransformers:
    """SentenceTransformer.encode with its own batch size, 32; it sorts the texts by length."""

    def __init__(self, backend: str):
        self.backend = backend

    def load(self, directory: str, precision: str, threads: int) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(threads)
        settings = {
            "torch": {},
            "onnx": {"file_name": onnx_file(precision), "provider": "CPUExecutionProvider"},
            "openvino": {},
        }[self.backend]
        self.model = SentenceTransformer(
            directory, backend=self.backend, device="cpu", model_kwargs=settings, local_files_only=True
        )

    def embed(self, passages: list[str]):
        return self.model.encode(passages, show_progress_bar=False)

    def versions(self) -> dict:
        library = {"torch": "torch", "onnx": "onnxruntime", "openvino": "openvino"}[self.backend]
        return {name: version(name) for name in ("sentence-transformers", "transformers", library)}


class FastEmbed:
    """TextEmbedding.embed with its own batch size, 256."""

    def load(self, directory: str, precision: str, threads: int) -> None:
        from fastembed import TextEmbedding
        from fastembed.common.model_description import ModelSource, PoolingType

        name = f"bench/{Path(directory).name}-{precision}"
        TextEmbedding.add_custom_model(
            model=name, pooling=PoolingType.MEAN, normalization=True, sources=ModelSource(hf=name), dim=384,
            model_file=onnx_file(precision),
        )
        gc.collect()
        # Without `threads` it asks the runtime's default: as many threads as the machine has cores, not as it may use.
        self.model = TextEmbedding(name, specific_model_path=directory, threads=threads)

    def embed(self, passages: list[str]):
        return list(self.model.embed(passages))

    def versions(self) -> dict:
        return {name: version(name) for name in ("fastembed", "onnxruntime")}


if __name__ == "__main__":
    main(
        {
            "sentence-transformers-torch": lambda: SentenceTransformers("torch"),
            "sentence-transformers-onnx": lambda: SentenceTransformers("onnx"),
            "sentence-transformers-openvino": lambda: SentenceTransformers("openvino"),
            "fastembed": FastEmbed,
        }
    )
