"""Makes the random runs that packages/evaluation/test/trec-eval.test.ts measures, and what trec_eval says of them.

The runs have ties (also such that are ties in single precision only), topics without a ranking, rankings without a topic,
passages nobody judged, grades below 0, topics without a relevant passage, and ids in several scripts. trec_eval runs inside
pytrec-eval-terrier. Run it again only when a measure is added:

    pip install pytrec-eval-terrier==0.5.11
    python make_trec_eval_goldens.py ../../packages/evaluation/test
"""

import random
import sys
from pathlib import Path

import pytrec_eval

from golden_files import write_goldens

SEED = 20261123
TOPICS = 60
POOL = 160
MEASURES = {
    "ndcg", "ndcg_cut.1,3,5,10,100", "recip_rank", "map", "map_cut.1,5,100", "recall.1,5,10,100", "P.1,5,10,100",
    "success.1,5,10", "bpref",
}
# trec_eval has no name for a reciprocal rank with a cutoff: it is recip_rank on a run that was cut (`trec_eval -M`).
RECIP_RANK_CUTS = [1, 3, 10]
LETTERS = ["d", "D", "é", "東", "\ue000", "\U0001f680", "-", "_"]


def document_id(chance: random.Random, number: int) -> str:
    return f"{chance.choice(LETTERS)}{number}"


def grade(chance: random.Random) -> int:
    return chance.choices([-2, -1, 0, 1, 2, 3, 4], [1, 1, 8, 5, 3, 2, 1])[0]


def score(chance: random.Random, kind: int) -> float:
    if kind == 0:
        return float(chance.randint(0, 4))
    if kind == 1:
        return 1 + chance.randint(0, 40) * 1e-8
    if kind == 2:
        return chance.gauss(0, 1)
    return chance.uniform(-1e6, 1e6)


def trec_order(ranking: dict[str, float]) -> list[str]:
    """By score in single precision, then by id, both descending."""
    import numpy

    return sorted(ranking, key=lambda id: (numpy.float32(ranking[id]), id.encode()), reverse=True)


def make_topic(chance: random.Random, topic: int):
    ids = [document_id(chance, number) for number in range(POOL)]
    judged = chance.sample(ids, chance.randint(1, 60))
    grades = {id: grade(chance) for id in judged}
    if topic % 10 == 3:
        grades = {id: min(0, value) for id, value in grades.items()}
    ranked = chance.sample(ids, chance.choice([1, 3, 20, 100, 150]))
    scores = {id: score(chance, topic % 4) for id in ranked}
    return grades, scores


def main(folder: Path) -> None:
    chance = random.Random(SEED)
    qrels, run = {}, {}
    for topic in range(TOPICS):
        grades, scores = make_topic(chance, topic)
        name = f"q{topic}"
        if topic % 12 != 5:
            qrels[name] = grades
        if topic % 12 != 7:
            run[name] = scores
    levels = []
    for level in (1, 2):
        answers = pytrec_eval.RelevanceEvaluator(qrels, MEASURES, relevance_level=level).evaluate(run)
        for cut in RECIP_RANK_CUTS:
            shortened = {q: {id: scores[id] for id in trec_order(scores)[:cut]} for q, scores in run.items()}
            again = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}, relevance_level=level).evaluate(shortened)
            for query, values in again.items():
                answers[query][f"recip_rank_cut_{cut}"] = values["recip_rank"]
        names = sorted(next(iter(answers.values())))
        levels.append({
            "relevanceLevel": level,
            "measures": names,
            "perQuery": {query: [round(values[name], 9) for name in names] for query, values in answers.items()},
            "means": [
                round(pytrec_eval.compute_aggregated_measure(name, [values[name] for values in answers.values()]), 9)
                for name in names
            ],
            "meansComplete": [
                round(sum(values[name] for values in answers.values()) / len(qrels), 9) for name in names
            ],
        })
    write_goldens(folder / "trec-eval.json", {"qrels": qrels, "run": run, "levels": levels})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
