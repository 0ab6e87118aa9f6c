"""
Reranks a partitioned data set on a Ray cluster, each partition by processes that hold the model.

    MODEL=…/models/small python rerank_dataset.py INPUT OUTPUT [--workers 4] [--top-k 20]

INPUT: a file or folder, also on S3, of JSON lines or Parquet with the columns `id`, `text` and `documents`, a list of `{id, text}`:
what `secondpass rerank --queries` reads. OUTPUT: a folder of Parquet with the columns `query`, `rank`, `id`, `score` and `raw_score`,
as that command writes, and `problem`: why a query has no answer.
"""

import argparse
import os

import numpy as np
import pyarrow as pa
import ray
from cross_encoder import CrossEncoder, sigmoid


COLUMNS = pa.schema(
    [("query", pa.string()), ("rank", pa.int32()), ("id", pa.string()), ("score", pa.float64()), ("raw_score", pa.float64()), ("problem", pa.string())]
)


class RerankQueries:
    def __init__(self, directory: str, graph: str | None, top_k: int | None) -> None:
        self._model = CrossEncoder(directory, graph)
        self._top_k = top_k

    def __call__(self, queries: pa.Table) -> pa.Table:
        rows: list[dict[str, object]] = []
        for query in queries.to_pylist():
            try:
                rows.extend(self._ranked(query))
            # A query that cannot be read must not stop the others.
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                rows.append({"query": str(query.get("id")), "problem": f"{type(error).__name__}: {error}"})
        return pa.Table.from_pylist(rows, schema=COLUMNS)

    def _ranked(self, query: dict) -> list[dict[str, object]]:
        documents = query["documents"]
        if not query["text"].strip() or any(not document["text"].strip() for document in documents):
            raise ValueError("A text is empty.")
        if not documents:
            return []
        logits = self._model.score(query["text"], [document["text"] for document in documents])
        scores = sigmoid(logits)
        # Equal scores keep the order of the input.
        order = np.argsort(-logits, kind="stable")[: self._top_k]
        return [
            {"query": str(query["id"]), "rank": rank, "id": str(documents[at]["id"]), "score": float(scores[at]), "raw_score": float(logits[at])}
            for rank, at in enumerate(order, start=1)
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes, one thread each")
    parser.add_argument("--top-k", type=int)
    arguments = parser.parse_args()
    is_parquet = arguments.input.rstrip("/").endswith((".parquet", "-parquet"))
    queries = (ray.data.read_parquet if is_parquet else ray.data.read_json)(arguments.input)
    queries.map_batches(
        RerankQueries,
        fn_constructor_args=(os.environ["MODEL"], os.environ.get("GRAPH"), arguments.top_k),
        batch_format="pyarrow",
        batch_size=16,
        # From one on: a cluster whose processors are taken goes on with fewer instead of waiting for all of them.
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=arguments.workers),
        num_cpus=1,
    ).write_parquet(arguments.output)


if __name__ == "__main__":
    main()
