"""Python's cross-encoders, each through its own public call, from texts to one score per passage in input order."""

import asyncio
import gc
import importlib
import os
from importlib.metadata import version
from pathlib import Path


class SentenceTransformers:
    """CrossEncoder.predict with its own batch size, 32."""

    scale = "logit"

    def __init__(self, backend: str):
        self.backend = backend
        self.model = None

    def load(self, directory: str, precision: str, threads: int) -> None:
        import torch
        from sentence_transformers import CrossEncoder

        torch.set_num_threads(threads)
        self.model = None
        gc.collect()
        settings = {
            "torch": {},
            "onnx": {"file_name": onnx_file(precision), "provider": "CPUExecutionProvider"},
            "openvino": {},
        }[self.backend]
        self.model = CrossEncoder(
            directory, backend=self.backend, device="cpu", max_length=512, model_kwargs=settings, local_files_only=True
        )
        self.plain = torch.nn.Identity()

    def score(self, query: str, passages: list[str]):
        pairs = [(query, passage) for passage in passages]
        return self.model.predict(pairs, activation_fn=self.plain, show_progress_bar=False)

    def versions(self) -> dict:
        library = {"torch": "torch", "onnx": "onnxruntime", "openvino": "openvino"}[self.backend]
        return {name: version(name) for name in ("sentence-transformers", "transformers", library)}


class FlashRank:
    """Ranker.rerank. It knows models by name and looks for their files in a folder, so ours are linked under one."""

    scale = "probability"

    def load(self, directory: str, precision: str, threads: int) -> None:
        import flashrank.Config
        from flashrank import Ranker, RerankRequest

        self.request = RerankRequest
        name = f"generated-{Path(directory).name}-{precision}"
        target = Path(directory).parent / "flashrank" / name
        target.mkdir(parents=True, exist_ok=True)
        for file in Path(directory).iterdir():
            if file.is_file() and file.suffix != ".safetensors":
                link(target / file.name, file)
        link(target / "model.onnx", Path(directory) / onnx_file(precision))
        flashrank.Config.model_file_map[name] = "model.onnx"
        importlib.import_module("flashrank.Ranker").model_file_map[name] = "model.onnx"
        self.ranker = Ranker(model_name=name, cache_dir=str(target.parent), max_length=512, log_level="ERROR")

    def score(self, query: str, passages: list[str]):
        numbered = [{"id": index, "text": text} for index, text in enumerate(passages)]
        ranked = self.ranker.rerank(self.request(query=query, passages=numbered))
        return [passage["score"] for passage in sorted(ranked, key=lambda passage: passage["id"])]

    def versions(self) -> dict:
        return {name: version(name) for name in ("flashrank", "onnxruntime")}


class FastEmbed:
    """TextCrossEncoder.rerank with its own batch size, 64."""

    scale = "logit"

    def load(self, directory: str, precision: str, threads: int) -> None:
        from fastembed.common.model_description import ModelSource
        from fastembed.rerank.cross_encoder import TextCrossEncoder

        name = f"generated/{Path(directory).name}-{precision}"
        if not any(model["model"] == name for model in TextCrossEncoder.list_supported_models()):
            TextCrossEncoder.add_custom_model(
                model=name, sources=ModelSource(hf=name), model_file=onnx_file(precision)
            )
        self.model = None
        gc.collect()
        # Without `threads` it asks the runtime's default: as many threads as the machine has cores, not as it may use.
        self.model = TextCrossEncoder(name, specific_model_path=directory, threads=threads)

    def score(self, query: str, passages: list[str]):
        return list(self.model.rerank(query, passages))

    def versions(self) -> dict:
        return {name: version(name) for name in ("fastembed", "onnxruntime")}


class Infinity:
    """AsyncEmbeddingEngine.rerank with its own batch size, 32: by its torch engine at fp32, by its optimum engine at int8."""

    scale = "logit"

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.engine = None

    def load(self, directory: str, precision: str, threads: int) -> None:
        # Read when the package is imported.
        os.environ["DO_NOT_TRACK"] = "1"
        import torch
        from infinity_emb import AsyncEmbeddingEngine, EngineArgs

        torch.set_num_threads(threads)
        if self.engine is not None:
            self.loop.run_until_complete(self.engine.astop())
            self.engine = None
            gc.collect()
        is_int8 = precision == "int8"
        arguments = EngineArgs(
            model_name_or_path=str(quantized_only(Path(directory))) if is_int8 else directory,
            engine="optimum" if is_int8 else "torch",
            device="cpu",
            # The bench warms everybody up.
            model_warmup=False,
        )
        self.engine = AsyncEmbeddingEngine.from_args(arguments)
        self.loop.run_until_complete(self.engine.astart())

    def score(self, query: str, passages: list[str]):
        ranked, _ = self.loop.run_until_complete(self.engine.rerank(query=query, docs=passages, raw_scores=True))
        return [one.relevance_score for one in sorted(ranked, key=lambda one: one.index)]

    def versions(self) -> dict:
        names = ("infinity-emb", "sentence-transformers", "transformers", "torch", "optimum", "onnxruntime")
        return {name: version(name) for name in names}


def quantized_only(directory: Path) -> Path:
    """A folder of links to the model's files, except for the fp32 graph: Infinity cannot be told which graph to take. It also writes there."""
    target = directory.parent / "infinity" / directory.name
    (target / "onnx").mkdir(parents=True, exist_ok=True)
    for file in directory.iterdir():
        if file.is_file() and file.suffix != ".safetensors":
            link(target / file.name, file)
    link(target / onnx_file("int8"), directory / onnx_file("int8"))
    return target


def onnx_file(precision: str) -> str:
    return "onnx/model_quantized.onnx" if precision == "int8" else "onnx/model.onnx"


def link(place: Path, file: Path) -> None:
    if not place.exists():
        place.symlink_to(file)


CONTENDERS = {
    "sentence-transformers-torch": lambda: SentenceTransformers("torch"),
    "sentence-transformers-onnx": lambda: SentenceTransformers("onnx"),
    "sentence-transformers-openvino": lambda: SentenceTransformers("openvino"),
    "flashrank": FlashRank,
    "fastembed": FastEmbed,
    "infinity": Infinity,
}
