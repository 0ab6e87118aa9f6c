"""Trains, measures and exports the poly-encoder of poly_encoder.py. Minutes on a CPU: passages are embedded once.

    python poly_encoder_train.py --output ../poly-encoder [--data ../../shared/data] [--work work/poly-encoder]

Writes the directory that loadPolyEncoder reads, and prints nDCG@10 of stage 1 and of the poly-encoder on the development
collections, none of which is trained on. What is embedded stays in --work and is not embedded again.
"""
import argparse
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import telemetry_off  # noqa: F401, before onnxruntime
import onnxruntime
import torch
import torch.nn.functional as functional

from calibrate import fit_logistic
from data import SEED, Collection, read_training_pools
from development_collections import JUDGED_COLLECTIONS, read_development_collection
from evaluate import Lists, compare, stage_1_lists
from gated_cross_encoder import CLOSED_LAYERS, Encoder
from lower_states import TextStates, compute_states, last_states
from make import EVALUATED_QUERIES, EVALUATION_PASSAGE_TOKENS, EVALUATION_QUERY_TOKENS
from model_directory import rounded_tensors
from onnx_graph import EncoderWeights
from poly_encoder import PolyEncoder, poly_scores
from poly_encoder_export import write_poly_encoder
from starting_weights import HEADS, HIDDEN, LAYER_NORM_EPSILON, LAYERS, load_starting_weights, load_tokenizer
from steps import write_atomically

HERE = Path(__file__).resolve().parent
BI_ENCODER = HERE / ".." / "packages" / "models" / "models" / "bi-encoder" / "onnx" / "model_quantized.onnx"
PASSAGE_TOKENS, QUERY_TOKENS = 160, 64
TOKENS_PER_BATCH = 1024
NEAREST = 30
HELD_OUT = 100  # the last questions of every pool are never trained on
# Questions taken of each pool; the passages that only others need are left out.
QUESTIONS = {"squad_sentences": 6000, "squad_windows": 6000, "pubmedqa_sections": 1000, "wikipedia_heading": 1500}


@dataclass(frozen=True)
class Settings:
    """steps of `questions` questions of one pool, each with `negatives` hard ones; all passages serve all questions."""

    steps: int = 600
    questions: int = 32
    negatives: int = 4
    projection_rate: float = 1e-4
    code_rate: float = 1e-2
    warm_up: int = 50
    mixture: dict[str, float] = field(default_factory=lambda: {
        "squad_windows": 0.4, "squad_sentences": 0.2, "pubmedqa_sections": 0.15, "wikipedia_heading": 0.25})
    # Share of the trained weights in the mix with the starting ones (WiSE-FT, Wortsman et al. 2022); of 0, ¼, ½, ¾ and 1
    # the best on the held-out questions of the training pools.
    trained_share: float = 0.5
    seed: int = SEED


@dataclass
class Pool:
    """Questions as states after the last layer, passages as stage 1's vectors, and each question's right and nearest wrong passages."""

    name: str
    queries: TextStates
    passages: np.ndarray  # fp32 [passages, hidden]
    right: list[int]
    nearest: np.ndarray  # int64 [queries, NEAREST]


def embed_passages(texts: list[str], max_tokens: int) -> np.ndarray:
    """Stage 1's vectors [texts, hidden], by the bundled graph on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(BI_ENCODER), options, providers=["CPUExecutionProvider"])
    tokens = [encoding.ids if len(encoding.ids) <= max_tokens else encoding.ids[: max_tokens - 1] + encoding.ids[-1:]
              for encoding in load_tokenizer().encode_batch(texts)]
    vectors = np.empty((len(texts), HIDDEN), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda text: len(tokens[text]))
    while order:
        rows = order[: max(1, TOKENS_PER_BATCH // len(tokens[order[min(len(order), 32) - 1]]))][:32]
        order = order[len(rows):]
        width = max(len(tokens[row]) for row in rows)
        ids, mask = np.zeros((len(rows), width), np.int64), np.zeros((len(rows), width), np.int64)
        for place, row in enumerate(rows):
            ids[place, : len(tokens[row])] = tokens[row]
            mask[place, : len(tokens[row])] = 1
        states = session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})[0]
        means = (states * mask[..., None]).sum(1)
        vectors[rows] = means / np.linalg.norm(means, axis=1, keepdims=True)
    return vectors


def part_of(pool: Collection, questions: int) -> Collection:
    """The pool with its first questions, and the passages that they or their neighbours need."""
    if questions >= len(pool.queries):
        return pool
    last = max(max(relevant) for relevant in pool.relevant[:questions])
    return Collection(pool.name, pool.passages[: last + 1], pool.queries[:questions], pool.relevant[:questions])


def embedded(work: Path, collection: Collection, passage_tokens: int, query_tokens: int,
             half: bool = False) -> tuple[TextStates, np.ndarray]:
    """The queries' lower states and the passages' vectors, from `work` where they are there; half as in lower_states."""
    folder = work / collection.name
    if not (folder / "passages.npy").exists():
        start = time.time()
        folder.mkdir(parents=True, exist_ok=True)
        encoder = Encoder(rounded_tensors(load_starting_weights())).eval()
        compute_states(encoder, load_tokenizer(), collection.queries, query_tokens, CLOSED_LAYERS, half=half).save(
            folder / "queries")
        vectors = embed_passages(collection.passages, passage_tokens)
        write_atomically(folder / "passages.npy", lambda path: np.save(path, vectors))
        print(f"{collection.name}: {len(vectors)} passages embedded in {time.time() - start:.0f} s", flush=True)
    return TextStates.load(folder / "queries"), np.load(folder / "passages.npy")


def mined(collection: Collection, queries: TextStates, passages: np.ndarray, encoder: Encoder) -> Pool:
    """Each question with the nearest passages by cosine that are not right."""
    cosines = torch.from_numpy(queries.embeddings) @ torch.from_numpy(passages).T
    for index, relevant in enumerate(collection.relevant):
        cosines[index, list(relevant)] = -2
    nearest = cosines.topk(NEAREST, dim=1).indices.numpy()
    right = [min(relevant) for relevant in collection.relevant]
    return Pool(collection.name, last_states(encoder.layers[CLOSED_LAYERS:], queries), passages, right, nearest)


def loss_of(model: PolyEncoder, pool: Pool, settings: Settings, generator: np.random.Generator) -> torch.Tensor:
    """Cross-entropy of each question's right passage among all passages of the batch."""
    chosen = generator.choice(len(pool.right) - HELD_OUT, settings.questions, replace=False)
    right = np.array([pool.right[question] for question in chosen])
    wrong = np.concatenate([generator.choice(pool.nearest[question], settings.negatives) for question in chosen])
    candidates = np.concatenate([right, wrong])
    _, states, mask = pool.queries.batch(chosen)
    scores = poly_scores(model(states, mask), torch.from_numpy(pool.passages[candidates]))
    labels = torch.arange(len(chosen))
    again = torch.from_numpy(candidates[None, :] == right[:, None])
    again[labels, labels] = False
    return functional.cross_entropy(scores.masked_fill(again, -1e4), labels)


def train(model: PolyEncoder, pools: dict[str, Pool], settings: Settings) -> None:
    generator = np.random.default_rng(settings.seed)
    optimiser = torch.optim.Adam([{"params": [model.projection], "lr": settings.projection_rate},
                                  {"params": [model.codes, model.length], "lr": settings.code_rate}])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(
        (step + 1) / settings.warm_up, (settings.steps - step) / (settings.steps - settings.warm_up)))
    start = {name: value.clone() for name, value in model.state_dict().items()}
    losses = []
    for step in range(settings.steps):
        name = generator.choice(list(settings.mixture), p=list(settings.mixture.values()))
        loss = loss_of(model, pools[name], settings, generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % 100 == 0:
            print(f"step {step + 1}: loss {np.mean(losses[-100:]):.4f}, length {model.length.item():.2f}", flush=True)
    model.load_state_dict({name: settings.trained_share * value + (1 - settings.trained_share) * start[name]
                           for name, value in model.state_dict().items()})


@torch.no_grad()
def scores_of(model: PolyEncoder, queries: TextStates, passages: np.ndarray, query: int, candidates: np.ndarray) -> np.ndarray:
    _, states, mask = queries.batch([query])
    return poly_scores(model(states, mask), torch.from_numpy(passages[candidates]))[0].numpy()


def held_out_lists(pool: Pool) -> list[tuple[int, np.ndarray]]:
    """The questions that training never saw, each with its right passage first and the nearest wrong ones behind it."""
    questions = range(len(pool.right) - HELD_OUT, len(pool.right))
    return [(question, np.array([pool.right[question], *pool.nearest[question]]))
            for question in questions]


def held_out(model: PolyEncoder, pools: dict[str, Pool]) -> dict[str, list[float]]:
    """Mean reciprocal rank of the right passage in the held-out lists: by stage 1, and by the model."""
    measured = {}
    for name, pool in pools.items():
        ranks = []
        for question, candidates in held_out_lists(pool):
            cosines = pool.passages[candidates] @ pool.queries.embeddings[question]
            scores = scores_of(model, pool.queries, pool.passages, question, candidates)
            ranks.append([1 / (1 + (values[1:] >= values[0]).sum()) for values in (cosines, scores)])
        measured[name] = [round(float(value), 4) for value in np.mean(ranks, axis=0)]
    return measured


def calibration(model: PolyEncoder, pools: dict[str, Pool]) -> tuple[float, float]:
    """Slope and offset that make the sigmoid a probability at even odds, as calibrate.py's."""
    scores, labels = [], []
    for pool in pools.values():
        for question, candidates in held_out_lists(pool):
            scores.append(scores_of(model, pool.queries, pool.passages, question, candidates))
            labels.append(np.arange(len(candidates)) == 0)
    joined, relevant = np.concatenate(scores), np.concatenate(labels).astype(float)
    slope, offset = fit_logistic(joined, relevant)
    return slope, offset + float(np.log((1 - relevant.mean()) / relevant.mean()))


def lists_of(collection: Collection, queries: TextStates, vectors: np.ndarray, encoder: Encoder) -> Lists:
    passages = TextStates(np.empty(0), np.empty(0), np.empty(0), vectors)
    return stage_1_lists(collection, last_states(encoder.layers[CLOSED_LAYERS:], queries), passages, sample=EVALUATED_QUERIES.get(collection.name))


def measure(model: PolyEncoder, lists: Lists) -> dict[str, float | int]:
    model.eval()
    vectors = lists.passages.embeddings
    return compare(lists, [scores_of(model, lists.queries, vectors, query, candidates)
                           for query, candidates in zip(lists.chosen, lists.candidates)])


def export(directory: Path, model: PolyEncoder, slope: float, offset: float) -> None:
    weights = EncoderWeights({name: tensor.numpy() for name, tensor in load_starting_weights().items()}, LAYERS, HEADS,
                             LAYER_NORM_EPSILON)
    head = {name: value.detach().numpy() for name, value in model.named_parameters()}
    settings = {"name": "poly-encoder", "maxQueryTokens": EVALUATION_QUERY_TOKENS,
                "maxPassageTokens": EVALUATION_PASSAGE_TOKENS, "slope": slope, "offset": offset}
    write_poly_encoder(directory, weights, weights, head, load_tokenizer(), settings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE / ".." / ".." / "shared" / "data")
    parser.add_argument("--work", type=Path, default=HERE / "work" / "poly-encoder")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--collections", nargs="*", default=JUDGED_COLLECTIONS, choices=JUDGED_COLLECTIONS)
    parser.add_argument("--embed-only", action="store_true", help="fill --work and stop")
    arguments = parser.parse_args()
    # Two threads on a machine that others use spend their time waiting for each other.
    torch.set_num_threads(1)
    settings = Settings()
    torch.manual_seed(settings.seed)

    training = [part_of(pool, QUESTIONS[pool.name]) for pool in read_training_pools(arguments.data)
                if pool.name in QUESTIONS]
    pools = {pool.name: (pool, *embedded(arguments.work, pool, PASSAGE_TOKENS, QUERY_TOKENS, half=True)) for pool in training}
    collections = {name: read_development_collection(arguments.data, name) for name in arguments.collections}
    found = {name: embedded(arguments.work, collection, EVALUATION_PASSAGE_TOKENS, EVALUATION_QUERY_TOKENS)
             for name, collection in collections.items()}
    if arguments.embed_only:
        return
    encoder = Encoder(rounded_tensors(load_starting_weights())).eval()
    trained = {name: mined(*parts, encoder) for name, parts in pools.items()}
    lists = {name: lists_of(collections[name], *parts, encoder) for name, parts in found.items()}
    model = PolyEncoder()
    print(json.dumps({"held out, untrained": held_out(model, trained)}), flush=True)
    train(model, trained, settings)
    print(json.dumps({"held out, trained": held_out(model, trained)}), flush=True)
    slope, offset = calibration(model, trained)
    measured = {name: measure(model, lists_found) for name, lists_found in lists.items()}
    export(arguments.output, model, slope, offset)
    print(json.dumps({"settings": asdict(settings), "slope": slope, "offset": offset, "quality": measured}, indent=2))


if __name__ == "__main__":
    main()
