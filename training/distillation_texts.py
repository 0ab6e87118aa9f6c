"""The texts that nano learns from: passages of the training pools, and many questions of them, most of them made.

Distillation needs no judgements, so a question may be anything that a searcher might type: what people asked, headings,
sentences taken from passages, a handful of a passage's words, and several sentences at once (as long as an abstract).
Nothing of the development collections and nothing of MedQuAD is among them.
"""
import random
import re
from dataclasses import dataclass
from pathlib import Path

from data import SEED, Collection, read_training_pools, read_wikipedia_lines

EXTRA_BLOCKS, EXTRA_BLOCK_SIZE = 80, 250
PASSAGES = 20000
# All of its passages, because natural questions ask for them.
WHOLE_POOL = "nq_qed"
# How many questions of each kind; pools that are not named lend their passages only.
QUERIES = {"nq_qed": 7000, "web_queries": 9000, "squad_sentences": 9000, "wikipedia_heading": 5000, "wikipedia_what_is": 1500, "wikipedia_ict": 1000,
           "pubmedqa_abstracts": 1000, "sentence": 5000, "words": 6000, "long": 3500}
LONG_WORDS = 90
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass
class DistillationTexts:
    """Passages without doubles, and questions of all kinds; kinds[i] names where question i is from."""

    passages: list[str]
    queries: list[str]
    kinds: list[str]


def sentences_of(passage: str) -> list[str]:
    return [sentence for sentence in SENTENCE_END.split(passage) if len(sentence.split()) >= 4]


def words_of(passage: str, generator: random.Random) -> str:
    """Two to six of a passage's longer words, in their order: the way people type into a search box."""
    words = [word.strip(".,;:()\"'") for word in passage.split()]
    long = [index for index, word in enumerate(words) if len(word) > 3]
    chosen = sorted(generator.sample(long, min(len(long), generator.randint(2, 6))))
    return " ".join(words[index] for index in chosen)


def made_queries(passages: list[str], generator: random.Random) -> list[tuple[str, str]]:
    made = [("sentence", generator.choice(sentences_of(passage) or [passage]))
            for passage in generator.choices(passages, k=QUERIES["sentence"])]
    made += [("words", words_of(passage, generator)) for passage in generator.choices(passages, k=QUERIES["words"])]
    for passage in generator.choices(passages, k=QUERIES["long"]):
        sentences = sentences_of(passage)
        if len(sentences) > 1:
            first = generator.randrange(len(sentences) - 1)
            made.append(("long", " ".join(" ".join(sentences[first:first + generator.randint(2, 4)]).split()[:LONG_WORDS])))
    return made


def sample_of(pairs: list[tuple[str, str]], kind: str, generator: random.Random) -> list[tuple[str, str]]:
    return generator.sample(pairs, min(QUERIES[kind], len(pairs)))


def distillation_texts(data: Path, pools: list[Collection] | None = None) -> DistillationTexts:
    generator = random.Random(SEED + 1)
    pools = pools if pools is not None else read_training_pools(data)
    lines = read_wikipedia_lines(data, "heading")
    starts = generator.sample(range(len(lines) // EXTRA_BLOCK_SIZE), min(EXTRA_BLOCKS, len(lines) // EXTRA_BLOCK_SIZE))
    extra = [lines[start * EXTRA_BLOCK_SIZE + offset] for start in starts for offset in range(EXTRA_BLOCK_SIZE)]
    kept = list(dict.fromkeys(passage for pool in pools if pool.name == WHOLE_POOL for passage in pool.passages))
    known = set(kept)
    others = dict.fromkeys([passage for pool in pools for passage in pool.passages] + [line["positive"] for line in extra])
    others = [passage for passage in others if passage not in known]
    passages = kept + generator.sample(others, min(PASSAGES - len(kept), len(others)))
    asked = [(pool.name, query) for pool in pools if pool.name in QUERIES for query in pool.queries]
    asked += [("wikipedia_heading", line["query"]) for line in extra]
    asked = [pair for kind in QUERIES for pair in sample_of([pair for pair in asked if pair[0] == kind], kind, generator)]
    kinds: dict[str, str] = {}
    for kind, query in asked + made_queries(passages, generator):
        if query.strip():
            kinds.setdefault(query, kind)
    return DistillationTexts(passages, list(kinds), list(kinds.values()))
