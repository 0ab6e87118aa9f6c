"""
One Ray Data job over a file of queries, by a kind of cross-encoder; prints pairs, seconds of processor and of wall clock as JSON.

    python ray_data.py ours|sentence-transformers QUERIES WORKERS MODEL [GRAPH]

`ours` is examples/ray/cross_encoder.py. sentence-transformers' CrossEncoder has MiniLM-L6's shape, which is that of `small`, and random
weights: no model hub was in reach. Both compute with one thread in each process, in fp32 unless GRAPH is int8.
"""

import json
import os
import sys
import time
from pathlib import Path

import pyarrow as pa
import ray

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "ray"


def load_ours(model: str, graph: str | None):
    from cross_encoder import CrossEncoder

    encoder = CrossEncoder(model, graph)
    return lambda query, passages: encoder.score(query, passages)


def load_sentence_transformers(model: str, _: str | None):
    import shutil
    import tempfile

    # Last, so that Ray's own packages are found first.
    sys.path.extend(filter(None, [os.environ.get("PACKAGES")]))
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.set_num_threads(1)
    torch.manual_seed(1)
    shape = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
    folder = tempfile.mkdtemp(prefix="secondpass-bench-")
    BertForSequenceClassification(BertConfig(vocab_size=30522, num_labels=1, **shape)).save_pretrained(folder)
    special = {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]"}
    PreTrainedTokenizerFast(tokenizer_file=f"{model}/tokenizer.json", model_max_length=512, **special).save_pretrained(folder)
    encoder = CrossEncoder(folder, device="cpu", max_length=512)
    shutil.rmtree(folder)
    return lambda query, passages: encoder.predict([(query, passage) for passage in passages], batch_size=32, show_progress_bar=False)


LOADERS = {"ours": load_ours, "sentence-transformers": load_sentence_transformers}


class Scoring:
    def __init__(self, kind: str, model: str, graph: str | None) -> None:
        self._score = LOADERS[kind](model, graph)
        self._score("warm", ["up"])

    def __call__(self, queries: pa.Table) -> pa.Table:
        wall, processor, pairs = time.perf_counter(), time.process_time(), 0
        for query in queries.to_pylist():
            passages = [document["text"] for document in query["documents"]]
            pairs += len(self._score(query["text"], passages))
        seconds = {"processor": [time.process_time() - processor], "wall": [time.perf_counter() - wall]}
        return pa.table({"pairs": [pairs], **seconds})


def main(kind: str, file: str, workers: str, model: str, graph: str | None = None) -> None:
    queries = ray.data.read_json(file).repartition(int(workers) * 2)
    started = time.perf_counter()
    runtime = {"env_vars": {"PACKAGES": os.environ.get("PACKAGES", ""), "PYTHONPATH": str(EXAMPLE)}}
    rows = queries.map_batches(
        Scoring, fn_constructor_args=(kind, model, graph), batch_format="pyarrow", batch_size=None, num_cpus=1, runtime_env=runtime,
        compute=ray.data.ActorPoolStrategy(size=int(workers)),
    ).take_all()
    totals = {name: sum(row[name] for row in rows) for name in ("pairs", "processor", "wall")}
    print(json.dumps({"what": kind, **totals, "job": time.perf_counter() - started}))


if __name__ == "__main__":
    main(*sys.argv[1:])
