"""Trains nano by distillation: its scores to the teacher's over lists, its vectors and cosines to the bi-encoder's.

A step takes a few groups. A group is a question, others near it, and passages near the first one (as stage 1 would find
them); every question of a group is scored with each of its passages. Nothing is judged: the teacher is `small` with
closed gates, whose scores come from stored states (token_states.py). Every random choice is drawn from (seed, step,
process), so a run that was stopped goes on as if it had not been.
"""
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as distributed
import torch.nn.functional as functional
from torch import Tensor

from arithmetic import fastest_products
from data import SEED
from every_pair import Parts, signals_of_every_pair
from gated_cross_encoder import content
from nano import EncodedTexts, Nano, match_norm
from starting_weights import HIDDEN
from steps import write_atomically
from token_states import TokenStates

NEAR_PASSAGES, NEAR_QUERIES = 100, 40
VECTOR_TEMPERATURE = 0.05
LONG_TOKENS = 32
# The teacher's weights of cosine, match, bigram, word, lower and upper similarity: those that `small` started with.
TEACHER_WEIGHTS = (20.0, 4.0, 2.0, 5.0, 5.0, 5.0)


@dataclass(frozen=True)
class NanoSettings:
    """Each process takes `groups` groups a step; after every `average_every` steps the processes average their weights."""

    steps: int = 1000
    decay_steps: int = 1100  # the rates would fall to last_rate here; the average of the last checkpoints does the rest
    vectors_only: bool = False  # the first phase
    groups: int = 2
    queries: int = 8
    passages: int = 48
    near_passages: int = 36
    long_share: float = 0.0  # of the groups that begin with a question of LONG_TOKENS or more
    temperature: float = 0.6
    table_rate: float = 1.5e-3
    pool_rate: float = 1e-2
    layer_rate: float = 3e-4
    matrix_rate: float = 1e-3
    signal_rate: float = 2e-2
    warm_up: int = 60
    last_rate: float = 0.05  # of the peak
    clip: float = 2.0
    average_every: int = 8
    checkpoint_every: int = 100
    seed: int = SEED


@dataclass
class DistillationData:
    """States of all texts, and who is near whom by the bi-encoder's cosine, best first."""

    queries: TokenStates
    passages: TokenStates
    near_passages: np.ndarray  # int32 [queries, 100]
    near_queries: np.ndarray  # int32 [queries, 40], without the query itself
    rarity: Tensor  # fp32 [vocabulary]
    words: Tensor  # fp32 [vocabulary, H]: directions of the bi-encoder's word embeddings


def nearest(queries: np.ndarray, others: np.ndarray, depth: int) -> np.ndarray:
    """int32 [queries, depth]: the others with the highest cosine."""
    others = torch.from_numpy(others)
    found = [(block @ others.T).topk(depth, 1).indices for block in torch.from_numpy(queries).split(1000)]
    return torch.cat(found).to(torch.int32).numpy()


def draw_group(data: DistillationData, settings: NanoSettings,
               generator: np.random.Generator) -> tuple[list[int], list[int]]:
    """Indices of a group's queries and passages: near ones, the best of each query, and random ones to fill up."""
    first = int(generator.integers(len(data.queries)))
    if generator.random() < settings.long_share:
        first = int(generator.choice(np.flatnonzero(np.diff(data.queries.start) >= LONG_TOKENS)))
    queries = [first, *generator.permutation(data.near_queries[first])[: settings.queries - 1].tolist()]
    passages = [*generator.permutation(data.near_passages[first])[: settings.near_passages].tolist(),
                *(int(data.near_passages[query][0]) for query in queries[1:]),
                *generator.integers(len(data.passages), size=settings.passages).tolist()]
    return queries, list(dict.fromkeys(passages))[: settings.passages]


@torch.no_grad()
def teacher_scores(data: DistillationData, query_indices: np.ndarray, passage_indices: np.ndarray,
                   queries: EncodedTexts, passages: EncodedTexts) -> Tensor:
    """The closed teacher's logits [Q, P]; of the encoded texts only ids and text masks are read."""
    device = queries.ids.device
    words = data.words.to(device)

    def parts(states: TokenStates, indices: np.ndarray, texts: EncodedTexts) -> Parts:
        lower, upper = (side.to(device) for side in states.directions(indices, texts.ids.shape[1]))
        return Parts(texts.ids, texts.text, words[texts.ids], lower, upper,
                     torch.from_numpy(states.embeddings[indices]).to(device))

    weights = data.rarity.to(device)[queries.ids] * queries.text
    signals = signals_of_every_pair(parts(data.queries, query_indices, queries), weights,
                                    parts(data.passages, passage_indices, passages), match_norm(passages.text.sum(1)))
    return signals @ torch.tensor(TEACHER_WEIGHTS, device=device)


def listwise(scores: Tensor, wanted: Tensor, temperature: float) -> Tensor:
    """KL of the lists' softmax: [Q, P] each."""
    return functional.kl_div(functional.log_softmax(scores / temperature, 1), functional.softmax(wanted / temperature, 1),
                             reduction="batchmean")


def list_loss(scores: Tensor, wanted: Tensor, temperature: float) -> Tensor:
    """KL of the lists' softmax, and the smoothed distance of scores after each list's mean is taken off: [Q, P] each."""
    apart = (scores - scores.mean(1, keepdim=True)) - (wanted - wanted.mean(1, keepdim=True))
    return listwise(scores, wanted, temperature) + 0.5 * functional.smooth_l1_loss(apart, torch.zeros_like(apart))


def step_loss(model: Nano, data: DistillationData, groups: list[tuple[list[int], list[int]]], settings: NanoSettings,
              device: str) -> tuple[Tensor, list[float]]:
    """The loss of a step, and its parts: lists, vectors, cosines, and how the scores correlate with the teacher's."""
    query_indices, passage_indices = (np.array([index for group in groups for index in group[side]]) for side in (0, 1))
    with fastest_products(device):
        queries = model.encode(*(part.to(device) for part in data.queries.batch(query_indices)))
        ids, mask = (part.to(device) for part in data.passages.batch(passage_indices))
        passages = model.encode(ids, mask, matched_tokens(ids, list(queries.ids.chunk(len(groups)))))
    wanted_vectors = torch.from_numpy(np.concatenate([data.queries.embeddings[query_indices],
                                                      data.passages.embeddings[passage_indices]])).to(device)
    vectors = torch.cat([queries.vectors, passages.vectors])
    to_vectors = (1 - (vectors * wanted_vectors).sum(1)).mean()
    to_cosines = ((vectors @ vectors.T - wanted_vectors @ wanted_vectors.T) ** 2).mean()
    lists, correlation = torch.zeros((), device=device), 0.0
    for index in range(len(groups)):
        asked = slice(index * settings.queries, (index + 1) * settings.queries)
        found = slice(index * settings.passages, (index + 1) * settings.passages)
        group_queries, group_passages = queries.take(asked), passages.take(found)
        with fastest_products(device):
            wanted = teacher_scores(data, query_indices[asked], passage_indices[found], group_queries, group_passages)
            scores = model(group_queries, group_passages)
            order = listwise(group_queries.vectors @ group_passages.vectors.T,
                             wanted_vectors[: len(query_indices)][asked] @ wanted_vectors[len(query_indices):][found].T,
                             VECTOR_TEMPERATURE)
        lists = lists + (list_loss(scores, wanted, settings.temperature) + 0.5 * order) / len(groups)
        with torch.no_grad():
            left, right = (values - values.mean(1, keepdim=True) for values in (scores, wanted))
            correlation += float(functional.cosine_similarity(left, right, dim=1).mean()) / len(groups)
    loss = lists + 2 * to_vectors + 10 * to_cosines
    return loss, [lists.item(), to_vectors.item(), to_cosines.item(), correlation]


def matched_tokens(ids: Tensor, query_ids: list[Tensor]) -> Tensor:
    """1.0 where a passage's token is one of its group's queries', fp32 like ids [groups * P, S]."""
    groups = ids.chunk(len(query_ids))
    return torch.cat([torch.isin(own, asked) for own, asked in zip(groups, query_ids)]).float()


def vector_loss(model: Nano, data: DistillationData, groups: list[tuple[list[int], list[int]]], settings: NanoSettings,
                device: str) -> tuple[Tensor, list[float]]:
    """The first phase: vectors of pooled rows alone, to the bi-encoder's vectors and to its order within each group."""
    query_indices, passage_indices = (np.array([index for group in groups for index in group[side]]) for side in (0, 1))
    made = []
    for states, indices in ((data.queries, query_indices), (data.passages, passage_indices)):
        ids, mask = (part.to(device) for part in states.batch(indices))
        text = content(ids, mask)
        made.append(model.vector(model.pooled(functional.embedding(ids, model.table), ids, text), None))
    wanted = [torch.from_numpy(states.embeddings[indices]).to(device) for states, indices in
              ((data.queries, query_indices), (data.passages, passage_indices))]
    to_vectors = (1 - (torch.cat(made) * torch.cat(wanted)).sum(1)).mean()

    def cosines(vectors: list[Tensor]) -> Tensor:
        return torch.bmm(vectors[0].view(len(groups), -1, HIDDEN), vectors[1].view(len(groups), -1, HIDDEN).transpose(1, 2))

    scores, right = cosines(made), cosines(wanted)
    order = listwise(scores.flatten(0, 1), right.flatten(0, 1), VECTOR_TEMPERATURE)
    with torch.no_grad():
        left, correct = (values - values.mean(2, keepdim=True) for values in (scores, right))
        correlation = functional.cosine_similarity(left, correct, dim=2).mean()
    return to_vectors + order, [order.item(), to_vectors.item(), ((scores - right) ** 2).mean().item(), float(correlation)]


def optimiser_of(model: Nano, settings: NanoSettings) -> torch.optim.Optimizer:
    rates = [([model.table], settings.table_rate), ([model.pool_logits], settings.pool_rate),
             (list(model.layer.parameters()), settings.layer_rate),
             ([*model.up.parameters(), model.positions, *model.pooled_straight.parameters(),
               *model.pooled_inner.parameters(), model.pooled_output.weight, model.state_inner.weight,
               model.state_straight.weight], settings.matrix_rate)]
    known = {id(parameter) for parameters, _ in rates for parameter in parameters}
    rates.append(([parameter for parameter in model.parameters() if id(parameter) not in known], settings.signal_rate))
    return torch.optim.AdamW([{"params": parameters, "lr": rate, "peak": rate} for parameters, rate in rates],
                             betas=(0.9, 0.98), weight_decay=0.0, fused=True)


@torch.no_grad()
def average_over_processes(model: Nano) -> None:
    flat = torch.cat([parameter.reshape(-1) for parameter in model.parameters()])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    for parameter, values in zip(model.parameters(), flat.split([parameter.numel() for parameter in model.parameters()])):
        parameter.copy_(values.view_as(parameter))


def train_nano(model: Nano, data: DistillationData, settings: NanoSettings, folder: Path, device: str = "cpu") -> Path:
    """Trains model in place, alone or as one of the processes of torch.distributed; returns the last checkpoint's path.

    The first process writes a checkpoint every so many steps; all go on from the newest of the same settings.
    """
    together = distributed.is_initialized()
    rank = distributed.get_rank() if together else 0
    model.to(device)
    optimiser = optimiser_of(model, settings)
    first = _resume(model, optimiser, settings, folder, device)
    log: list[list[float]] = []
    start = time.time()
    for step in range(first, settings.steps):
        generator = np.random.default_rng([settings.seed, step, rank])
        groups = [draw_group(data, settings, generator) for _ in range(settings.groups)]
        rate = min(1.0, (step + 1) / settings.warm_up) * max(settings.last_rate, 1 - step / settings.decay_steps)
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * rate
        loss, parts = (vector_loss if settings.vectors_only else step_loss)(model, data, groups, settings, device)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        optimiser.step()
        log.append(parts)
        done = step + 1
        if together and (done % settings.average_every == 0 or done == settings.steps):
            average_over_processes(model)
        if rank == 0 and done % 20 == 0:
            print(f"step {done}: lists, vectors, cosines, correlation {np.mean(log[-20:], 0).round(4).tolist()}, "
                  f"{(time.time() - start) / (done - first):.2f} s a step, signals "
                  f"{[round(weight, 2) for weight in model.signal_weights.tolist()]}", flush=True)
        if rank == 0 and (done % settings.checkpoint_every == 0 or done == settings.steps):
            state = {"step": done, "settings": repr(settings), "model": model.state_dict(),
                     "optimiser": optimiser.state_dict()}
            write_atomically(checkpoint_path(folder, done), lambda path: torch.save(state, path))
    return checkpoint_path(folder, settings.steps)


@torch.no_grad()
def fit_to_small(model: Nano, data: DistillationData, settings: NanoSettings, slope: float, offset: float,
                 steps: int = 100) -> tuple[float, float]:
    """Slope and offset that make nano's logits small's, by least squares over fresh groups of training texts.

    slope and offset are what made the teacher's scores small's calibrated logits.
    """
    scores, wanted = [], []
    for step in range(steps):
        group = draw_group(data, settings, np.random.default_rng([settings.seed, settings.steps + step, 99]))
        query_indices, passage_indices = (np.array(indices) for indices in group)
        queries = model.encode(*data.queries.batch(query_indices))
        ids, mask = data.passages.batch(passage_indices)
        passages = model.encode(ids, mask, matched_tokens(ids, [queries.ids]))
        scores.append(model(queries, passages).flatten())
        wanted.append(slope * teacher_scores(data, query_indices, passage_indices, queries, passages).flatten() + offset)
    scores, wanted = torch.cat(scores).double(), torch.cat(wanted).double()
    found = float(((scores - scores.mean()) * (wanted - wanted.mean())).sum() / ((scores - scores.mean()) ** 2).sum())
    return found, float(wanted.mean() - found * scores.mean())


def checkpoint_path(folder: Path, step: int) -> Path:
    return folder / f"step-{step:06d}.pt"


def _resume(model: Nano, optimiser: torch.optim.Optimizer, settings: NanoSettings, folder: Path, device: str) -> int:
    for path in sorted(folder.glob("step-*.pt"), reverse=True):
        state = torch.load(path, map_location=device, weights_only=True)
        if state["settings"] == repr(settings):
            model.load_state_dict(state["model"])
            optimiser.load_state_dict(state["optimiser"])
            print(f"going on after step {state['step']}", flush=True)
            return state["step"]
    return 0
