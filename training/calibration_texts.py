"""Writes the texts that the bundled models' int8 ranges are measured on: every nth training pair, and the same questions
with passages of others, so that the ranges know both. Of the development collections there are 36 paragraphs of nq_dev among
them, and 50 answers and 25 questions of long_answers.

    python calibration_texts.py --data ../shared/data --pairs pairs.jsonl --texts texts.jsonl
    secondpass optimize packages/models/models/small --precision int8 --texts pairs.jsonl
    secondpass optimize packages/models/models/bi-encoder --precision int8 --texts texts.jsonl
"""
import argparse
import gzip
import itertools
import json
from pathlib import Path

SOURCES = ["squad_sentences/pairs_test", "wikipedia/pairs_heading", "medquad/pairs", "pubmedqa/pairs"]
ROWS_READ = 2000
STEP = 40


def pairs(data: Path) -> list[dict[str, str]]:
    found = []
    for source in SOURCES:
        with gzip.open(data / f"{source}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in itertools.islice(lines, ROWS_READ)]
        for index in range(0, len(rows), STEP):
            query = rows[index]["query"]
            other = rows[(index * 7 + 3) % len(rows)]
            found.append({"query": query, "passage": rows[index]["positive"]})
            found.append({"query": query, "passage": other["positive"]})
    return [pair for pair in found if pair["query"].strip() and pair["passage"].strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    options = parser.parse_args()
    chosen = pairs(options.data)
    options.pairs.write_text("".join(json.dumps(pair) + "\n" for pair in chosen), encoding="utf-8")
    texts = [text for pair in chosen[::2] for text in (pair["query"], pair["passage"])]
    options.texts.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")


if __name__ == "__main__":
    main()
