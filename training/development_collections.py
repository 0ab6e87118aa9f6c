"""The seven collections to measure on. Five are there; two are made of the named pairs: natural questions, and long answers.

    python development_collections.py [--data ../../shared/data] [--output work/collections]     # writes the two

nq_dev        the questions of nq_qed's dev split; their paragraphs among 50,000 others: Wikipedia paragraphs that training
              pools are made of. No paragraph of nq_qed's train split is among them.
long_answers  questions of medquad, a domain that nothing is trained on; answers of one line to 4,000 words.

The texts stay on this machine: only figures measured on them are published.
"""
import argparse
import json
import os
import random
from pathlib import Path

from data import SEED, Collection, joined, read_collection, read_lines, read_wikipedia_lines

HERE = Path(__file__).resolve().parent
JUDGED_COLLECTIONS = ("cacm", "vaswani_npl", "cisi", "cranfield", "squad_dev")
SQUAD_QUERY_SAMPLE = 500
OTHER_PARAGRAPHS = 50_000
# Runs of neighbours: neighbouring answers are of one disease, which makes them hard to tell apart.
ANSWER_BLOCKS, ANSWER_BLOCK_SIZE = 16, 250


def natural_questions(data: Path) -> Collection:
    pairs = [pair for pair in read_lines(data / "nq_qed" / "pairs.jsonl.gz")]
    trained = {pair["positive"] for pair in pairs if pair["split"] == "train"}
    asked = [(pair["query"], joined(pair["title"], pair["positive"])) for pair in pairs
             if pair["split"] == "dev" and pair["positive"] not in trained]
    others = _wikipedia_paragraphs(data)
    random.Random(SEED).shuffle(others)
    return collection("nq_dev", asked, others, OTHER_PARAGRAPHS)


def _wikipedia_paragraphs(data: Path) -> list[str]:
    """Paragraphs as "title. text". A heading's query begins with the title, which is what neighbours have in common."""
    found = []
    for line in read_wikipedia_lines(data, "what_is"):
        title = line["query"].removeprefix("what is ")
        found += [joined(title, line[kind]) for kind in ("positive", "negative") if line.get(kind)]
    lines = read_wikipedia_lines(data, "heading")
    for before, line, after in zip(lines, lines[1:], lines[2:]):
        words = line["query"].split()
        shared = max(len(os.path.commonprefix([words, other["query"].split()])) for other in (before, after))
        found.append(joined(" ".join(words[:shared]), line["positive"]))
    return found


def long_answers(data: Path) -> Collection:
    pairs = [(pair["query"], pair["positive"]) for pair in read_lines(data / "medquad" / "pairs.jsonl.gz")]
    starts = random.Random(SEED).sample(range(len(pairs) // ANSWER_BLOCK_SIZE), ANSWER_BLOCKS)
    chosen = [pairs[start * ANSWER_BLOCK_SIZE + offset] for start in sorted(starts) for offset in range(ANSWER_BLOCK_SIZE)]
    return collection("long_answers", chosen, [], 0)


# Of which files each of the two is made.
MADE_COLLECTIONS = {
    "nq_dev": (natural_questions, ("nq_qed/pairs.jsonl.gz", "wikipedia/pairs_what_is.jsonl.gz", "wikipedia/pairs_heading.jsonl.gz")),
    "long_answers": (long_answers, ("medquad/pairs.jsonl.gz",)),
}
DEVELOPMENT_COLLECTIONS = (*JUDGED_COLLECTIONS, *MADE_COLLECTIONS)


def read_development_collection(data: Path, name: str) -> Collection:
    if name in MADE_COLLECTIONS:
        return MADE_COLLECTIONS[name][0](data)
    return read_collection(data / name, SQUAD_QUERY_SAMPLE if name == "squad_dev" else None)


def files_of_collection(data: Path, name: str) -> list[Path]:
    """Every file that a development collection is read from."""
    made = MADE_COLLECTIONS[name][1] if name in MADE_COLLECTIONS else ()
    return [data / part for part in made or (f"{name}/{part}" for part in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"))]


def collection(name: str, pairs: list[tuple[str, str]], others: list[str], most_others: int) -> Collection:
    """Pairs of a question and its passage, and the first of the other passages that are not among these."""
    right = dict.fromkeys(passage for _, passage in pairs)
    others = [passage for passage in dict.fromkeys(others) if passage not in right][:most_others]
    passages = [*right, *others]
    place = {passage: index for index, passage in enumerate(passages)}
    relevant: dict[str, dict[int, float]] = {}
    for query, passage in pairs:
        relevant.setdefault(query, {})[place[passage]] = 1.0
    return Collection(name, passages, list(relevant), list(relevant.values()))


def write_collection(made: Collection, folder: Path) -> None:
    """In the form of the other collections: corpus.jsonl, queries.jsonl, qrels.tsv."""
    folder.mkdir(parents=True, exist_ok=True)

    def write(name: str, rows: list[dict]) -> None:
        (folder / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")

    write("corpus.jsonl", [{"id": f"p{index}", "title": "", "text": text} for index, text in enumerate(made.passages)])
    write("queries.jsonl", [{"id": f"q{index}", "text": text} for index, text in enumerate(made.queries)])
    judged = [f"q{query}\tp{passage}\t{gain:g}\n" for query, gains in enumerate(made.relevant)
              for passage, gain in gains.items()]
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(judged), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE / ".." / ".." / "shared" / "data")
    parser.add_argument("--output", type=Path, default=HERE / "work" / "collections")
    arguments = parser.parse_args()
    for make, _ in MADE_COLLECTIONS.values():
        made = make(arguments.data)
        write_collection(made, arguments.output / made.name)
        print(f"{made.name}: {len(made.passages)} passages, {len(made.queries)} questions")


if __name__ == "__main__":
    main()
