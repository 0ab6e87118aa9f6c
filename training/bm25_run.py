"""Writes BM25's best passages for every judged query of a collection as a run in TREC's form.

    python bm25_run.py ../../shared/data/cacm --output cacm.run [--depth 100]

`secondpass eval` reranks it: `source: { adapter: run, file: cacm.run, collection: ../../shared/data/cacm }`.
"""
import argparse
from pathlib import Path

from bm25 import BM25, best
from data import joined, read_lines


def run_lines(folder: Path, depth: int) -> list[str]:
    """`query Q0 passage rank score bm25`, best first; passages that share no word with the query are left out."""
    corpus = read_lines(folder / "corpus.jsonl")
    index = BM25([joined(document.get("title", ""), document["text"]) for document in corpus])
    with open(folder / "qrels.tsv", encoding="utf-8") as file:
        judged = {line.split("\t")[0] for line in list(file)[1:]}
    found = []
    for query in read_lines(folder / "queries.jsonl"):
        if query["id"] not in judged:
            continue
        scores = index.scores(query["text"])
        ranked = [passage for passage in best(scores, depth) if scores[passage] > 0]
        found += [f"{query['id']} Q0 {corpus[passage]['id']} {rank} {scores[passage]:.6f} bm25\n"
                  for rank, passage in enumerate(ranked, 1)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--depth", type=int, default=100)
    arguments = parser.parse_args()
    arguments.output.write_text("".join(run_lines(arguments.collection, arguments.depth)), encoding="utf-8")


if __name__ == "__main__":
    main()
