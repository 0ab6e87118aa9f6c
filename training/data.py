"""Reads the development collections and makes the training pools out of the named pairs.

A pool is a set of passages with questions asked of it: negatives are mined from the whole pool (mine_negatives.py).
Of nq_qed only the train split is: its dev split is a development collection (development_collections.py). Not read: squad_sentences' pairs_dev (its questions are squad_dev's) and medquad (its answers are those of a public test
of medical questions, which training would make a seen one).
"""
import gzip
import json
import random
from dataclasses import dataclass
from pathlib import Path

SEED = 20261123

WINDOW_SENTENCES = 4
HEADING_BLOCKS, HEADING_BLOCK_SIZE = 24, 250
SENTENCE_BLOCKS, SENTENCE_BLOCK_SIZE = 16, 250
WHAT_IS_SAMPLE = 5000


@dataclass
class Collection:
    """Passages and queries as texts; relevant maps a query's index to {passage index: gain}, which is empty without judgments."""

    name: str
    passages: list[str]
    queries: list[str]
    relevant: list[dict[int, float]]


def joined(title: str, text: str) -> str:
    """A passage's title and text as one string: "title. text", or whichever of the two there is."""
    return f"{title}. {text}" if title and text else title or text


def read_lines(path: Path) -> list[dict]:
    """The values of a JSONL file, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read_collection(folder: Path, query_sample: int | None = None) -> Collection:
    """A collection folder; queries without a relevant passage are left out, query_sample keeps a seeded sample."""
    corpus = read_lines(folder / "corpus.jsonl")
    place = {document["id"]: index for index, document in enumerate(corpus)}
    gains: dict[str, dict[int, float]] = {}
    with open(folder / "qrels.tsv", encoding="utf-8") as file:
        next(file)
        for line in file:
            query, document, grade = line.rstrip("\n").split("\t")
            if float(grade) > 0 and document in place:
                gains.setdefault(query, {})[place[document]] = float(grade)
    queries = [query for query in read_lines(folder / "queries.jsonl") if query["id"] in gains]
    if query_sample is not None and query_sample < len(queries):
        queries = random.Random(SEED).sample(queries, query_sample)
    return Collection(folder.name, [joined(d.get("title", ""), d["text"]) for d in corpus],
                      [query["text"] for query in queries], [gains[query["id"]] for query in queries])


def _pool(name: str, pairs: list[tuple[str, str]], extra_passages: list[str]) -> Collection:
    """Pairs of a question and its right passage, and further passages, as a collection without doubles."""
    passages = list(dict.fromkeys([passage for _, passage in pairs] + extra_passages))
    place = {passage: index for index, passage in enumerate(passages)}
    relevant: dict[str, dict[int, float]] = {}
    for query, passage in pairs:
        relevant.setdefault(query, {})[place[passage]] = 1.0
    return Collection(name, passages, list(relevant), list(relevant.values()))


def _squad_pools(data: Path) -> list[Collection]:
    """People's questions on single sentences, and on windows of neighbouring sentences.

    The source has sentences only; its order is that of the articles, so sentences that follow one another make a
    passage of the usual length whose neighbours treat the same subject.
    """
    pairs = [(p["query"], p["positive"]) for p in read_lines(data / "squad_sentences" / "pairs_test.jsonl.gz")]
    sentences = list(dict.fromkeys(sentence for _, sentence in pairs))
    window = {}
    for start in range(0, len(sentences), WINDOW_SENTENCES):
        members = sentences[start:start + WINDOW_SENTENCES]
        window.update({sentence: " ".join(members) for sentence in members})
    return [_pool("squad_sentences", pairs, []),
            _pool("squad_windows", [(query, window[sentence]) for query, sentence in pairs], [])]


def _blocks(count: int, size: int, total: int, generator: random.Random) -> list[int]:
    """Indices of count runs of size neighbours: neighbours are of the same article, so they make hard negatives."""
    starts = generator.sample(range(total // size), count)
    return [start * size + offset for start in sorted(starts) for offset in range(size)]


def read_wikipedia_lines(data: Path, name: str) -> list[dict]:
    """Pairs of a heading, sentence or "what is" question and its paragraph, neighbours of the same article."""
    return read_lines(data / "wikipedia" / f"pairs_{name}.jsonl.gz")


def _wikipedia_pools(data: Path) -> list[Collection]:
    """Made questions: headings, "what is TITLE", and sentences taken out of their paragraph."""
    generator = random.Random(SEED)
    pools = []
    for name, choose in (
            ("heading", lambda total: _blocks(HEADING_BLOCKS, HEADING_BLOCK_SIZE, total, generator)),
            ("ict", lambda total: _blocks(SENTENCE_BLOCKS, SENTENCE_BLOCK_SIZE, total, generator)),
            ("what_is", lambda total: sorted(generator.sample(range(total), WHAT_IS_SAMPLE)))):
        lines = read_wikipedia_lines(data, name)
        chosen = [lines[index] for index in choose(len(lines))]
        pools.append(_pool(f"wikipedia_{name}", [(line["query"], line["positive"]) for line in chosen],
                           [line["negative"] for line in chosen if line.get("negative")]))
    return pools


def _pubmedqa_pools(data: Path) -> list[Collection]:
    """Researchers' questions on whole abstracts, and on sections of abstracts."""
    abstracts = read_collection(data / "pubmedqa")
    abstracts.name = "pubmedqa_abstracts"
    pairs = [(p["query"], p["positive"]) for p in read_lines(data / "pubmedqa" / "pairs.jsonl.gz")]
    return [abstracts, _pool("pubmedqa_sections", pairs, [])]


def natural_pool(data: Path) -> Collection:
    """Questions that people typed into a search engine, on the paragraphs that answer them: nq_qed's train split."""
    pairs = [pair for pair in read_lines(data / "nq_qed" / "pairs.jsonl.gz") if pair["split"] == "train"]
    return _pool("nq_qed", [(pair["query"], joined(pair["title"], pair["positive"])) for pair in pairs], [])


def unjudged_pool(data: Path, passages: list[str]) -> Collection:
    """More questions that people typed into a search engine. No passage is known to answer them: a teacher says which of these are near."""
    known = {pair["query"] for pair in read_lines(data / "nq_qed" / "pairs.jsonl.gz")}
    queries = [line["text"] for line in read_lines(data / "web_queries" / "queries.jsonl") if line["text"] not in known]
    return Collection("web_queries", passages, queries, [{} for _ in queries])


def read_training_pools(data: Path) -> list[Collection]:
    natural = natural_pool(data)
    return [natural, unjudged_pool(data, natural.passages)] + _squad_pools(data) + _pubmedqa_pools(data) + _wikipedia_pools(data)


def training_files(data: Path) -> list[Path]:
    """Every file that training reads."""
    return [data / part for part in (
        "nq_qed/pairs.jsonl.gz", "web_queries/queries.jsonl", "squad_sentences/pairs_test.jsonl.gz", "pubmedqa/corpus.jsonl", "pubmedqa/queries.jsonl", "pubmedqa/qrels.tsv",
        "pubmedqa/pairs.jsonl.gz", "wikipedia/pairs_heading.jsonl.gz", "wikipedia/pairs_ict.jsonl.gz",
        "wikipedia/pairs_what_is.jsonl.gz")]
