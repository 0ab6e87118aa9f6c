"""Trains the upper layers on mined lists, from cached lower states.

A step takes some questions, each with a right and a few wrong passages. Every text is encoded once, and every question is
scored with every passage of the step, those of the others included (in-batch negatives, Karpukhin et al. 2020). Loss: softmax
cross-entropy over these (listwise, Cao et al. 2007) of the label and, where a pool has a teacher's vectors, of the softmax of
the teacher's cosines (distillation, Hinton et al. 2015): a "wrong" passage that answers as well is then not pushed away. The
teacher is compared with the trained signals alone, or the layers would learn to undo the words in common that it does not
count. A question without a judgment learns from the teacher alone. Every
random choice is drawn from (seed, step), so a run that was stopped goes on as if it had not been.
"""
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional

from arithmetic import fastest_products
from data import SEED, Collection
from every_pair import parts_of, signals_of_every_pair, token_weights
from gated_cross_encoder import SIGNALS, STARTING_SIGNAL_WEIGHTS, GatedCrossEncoder, Texts
from lower_states import TextStates
from mine_negatives import COSINE_DEPTH
from steps import write_atomically

# What the trained layers change.
TRAINED_SIGNALS = ("cosine", "upper_similarity")
HELD_OUT = 100  # the last questions of every pool are never trained on


@dataclass(frozen=True)
class Settings:
    """steps of `questions` questions, each with one right and `negatives` wrong passages; rate is Adam's peak.

    The rate falls linearly and would reach 0 after decay_steps; training ends before, because averaging the last
    checkpoints does what the end of the decay would do.
    """

    steps: int = 240
    decay_steps: int = 320
    questions: int = 24
    negatives: int = 3
    rate: float = 2e-5
    warm_up: int = 50
    clip: float = 1.0
    checkpoint_every: int = 40
    # The logits' softmax is taken as if the cosine had this weight, whatever the model's calibration.
    cosine_weight: float = STARTING_SIGNAL_WEIGHTS[0]
    # Where there is a teacher: its share in the loss, and what its cosines are multiplied by.
    teacher_share: float = 0.5
    teacher_scale: float = 20.0
    # Share of the lists from each pool: half are natural questions, and of the rest questions that people asked are more than half.
    mixture: dict[str, float] = field(default_factory=lambda: {
        "nq_qed": 0.6, "web_queries": 0.4, "squad_windows": 0.34, "squad_sentences": 0.14, "pubmedqa_abstracts": 0.07, "pubmedqa_sections": 0.1,
        "wikipedia_heading": 0.2, "wikipedia_what_is": 0.03, "wikipedia_ict": 0.12})
    seed: int = SEED


@dataclass
class TrainingPool:
    """A pool with its states and its mined negatives [queries, places] (mine_negatives.mine)."""

    pool: Collection
    queries: TextStates
    passages: TextStates
    mined: np.ndarray
    teacher: tuple[np.ndarray, np.ndarray] | None = None  # its vectors of queries and of passages, of length one


@dataclass
class Step:
    """Indices of a step's questions, of the right passage of each (None: not judged), and of all of its passages, each once."""

    queries: list[int]
    rights: list[int | None]
    passages: list[int]


def allowed_pairs(source: TrainingPool, step: Step) -> torch.Tensor:
    """Bool [Q, P]: False where a passage answers the question too, and is not the one that this step calls right."""
    allowed = torch.ones(len(step.queries), len(step.passages), dtype=torch.bool)
    for row, (query, right) in enumerate(zip(step.queries, step.rights)):
        for column, passage in enumerate(step.passages):
            allowed[row, column] = passage == right or passage not in source.pool.relevant[query]
    return allowed


def labels(step: Step) -> torch.Tensor:
    """1.0 for each question's right passage, fp32 [Q, P]; a row of 0 without a judgment."""
    place = {passage: column for column, passage in enumerate(step.passages)}
    label = torch.zeros(len(step.queries), len(step.passages))
    for row, right in enumerate(step.rights):
        if right is not None:
            label[row, place[right]] = 1
    return label


def taught(source: TrainingPool, step: Step, allowed: torch.Tensor, settings: Settings) -> torch.Tensor | None:
    """The softmax of the teacher's cosines, fp32 [Q, P]; None without a teacher."""
    if source.teacher is None:
        return None
    of_queries, of_passages = (torch.from_numpy(vectors[indices].astype(np.float32)) for vectors, indices in
                               zip(source.teacher, (step.queries, step.passages)))
    cosines = (of_queries @ of_passages.T).masked_fill(~allowed, -torch.inf)
    return torch.softmax(settings.teacher_scale * cosines, dim=1)


def loss_of(model: GatedCrossEncoder, source: TrainingPool, step: Step, signals: torch.Tensor, settings: Settings) -> torch.Tensor:
    """Of signals [Q, P, 6]: the mean of the questions' losses, to which labels and teacher add their shares."""
    device = signals.device
    allowed = allowed_pairs(source, step)
    label, teacher = labels(step).to(device), taught(source, step, allowed, settings)
    size = settings.cosine_weight / model.signal_weights[0].item()

    def cross_entropy(weights: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        logits = (signals @ weights * size).masked_fill(~allowed.to(device), -1e4)
        return functional.cross_entropy(logits, target, reduction="none")

    # A row of 0 in label has the loss 0.
    by_label = cross_entropy(model.signal_weights, label)
    if teacher is None:
        return by_label.mean()
    trained = torch.tensor([name in TRAINED_SIGNALS for name in SIGNALS], device=device)
    by_teacher = cross_entropy(model.signal_weights * trained, teacher.to(device))
    share = torch.where(label.sum(1) > 0, settings.teacher_share, 1.0)
    return ((1 - share) * by_label + share * by_teacher).mean()


def signals_of_step(model: GatedCrossEncoder, queries: Texts, passages: Texts) -> torch.Tensor:
    """Signals [Q, P, 6]."""
    of_passages = parts_of(model, passages)
    return signals_of_every_pair(parts_of(model, queries), token_weights(model, queries), of_passages,
                                 model.count_norm(of_passages.text.sum(1)))


def draw_negatives(mined: np.ndarray, count: int, passages: int, generator: np.random.Generator) -> list[int]:
    """Mostly the bi-encoder's nearest, one farther down its list; filled up at random.

    None of BM25's: a model that meets them learns that a common word is a sign of a wrong passage, which in stage 1's list it is not.
    """
    by_cosine = mined[:COSINE_DEPTH]
    by_cosine = by_cosine[by_cosine >= 0]
    drawn = [*generator.permutation(by_cosine[:16])[: count - 1], *generator.permutation(by_cosine[16:])[:1],
             *generator.permutation(by_cosine), *generator.integers(passages, size=count)]
    return list(dict.fromkeys(int(passage) for passage in drawn))[:count]


def draw_step(source: TrainingPool, settings: Settings, generator: np.random.Generator) -> Step:
    queries = generator.choice(len(source.queries) - HELD_OUT, settings.questions, replace=False).tolist()
    rights, others = [], []
    for query in queries:
        judged = sorted(source.pool.relevant[query])
        rights.append(int(generator.choice(judged)) if judged else None)
        others += draw_negatives(source.mined[query], settings.negatives + (not judged), len(source.passages), generator)
    right = [passage for passage in rights if passage is not None]
    return Step(queries, rights, list(dict.fromkeys([*right, *others])))


def hold_all_but_the_layers(model: GatedCrossEncoder) -> list[torch.nn.Parameter]:
    """The layers' parameters, which alone are trained.

    Trained signal weights and vectors lower the development collections (README.md, "What was tried and did not help").
    """
    model.requires_grad_(False)
    model.layers.requires_grad_(True)
    return list(model.layers.parameters())


def train(model: GatedCrossEncoder, sources: list[TrainingPool], settings: Settings, folder: Path, device: str = "cpu",
          watch: Callable[[int], None] | None = None) -> Path:
    """Trains model in place and returns the last checkpoint's path; folder keeps one checkpoint every so many steps.

    watch is called with the step after every checkpoint.
    """
    model.to(device)
    trained = hold_all_but_the_layers(model)
    optimiser = torch.optim.AdamW(trained, lr=settings.rate, betas=(0.9, 0.98), weight_decay=0.0)
    shares = np.array([settings.mixture[source.pool.name] for source in sources])
    shares = shares / shares.sum()
    first = _resume(model, optimiser, settings, folder, device)
    losses: list[float] = []
    start = time.time()
    for step in range(first, settings.steps):
        generator = np.random.default_rng([settings.seed, step])
        source = sources[generator.choice(len(sources), p=shares)]
        drawn = draw_step(source, settings, generator)
        rate = min(1.0, (step + 1) / settings.warm_up) * (1 - step / settings.decay_steps)
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * rate
        model.train()
        queries, passages = (tuple(part.to(device) for part in states.batch(indices)) for states, indices in
                             ((source.queries, drawn.queries), (source.passages, drawn.passages)))
        with fastest_products(device):
            signals = signals_of_step(model, queries, passages).float()
        loss = loss_of(model, source, drawn, signals, settings)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, settings.clip)
        optimiser.step()
        losses.append(loss.item())
        if (step + 1) % settings.checkpoint_every == 0 or step + 1 == settings.steps:
            state = {"step": step + 1, "settings": repr(settings), "model": model.state_dict(),
                     "optimiser": optimiser.state_dict()}
            write_atomically(checkpoint_path(folder, step + 1), lambda path: torch.save(state, path))
            print(f"step {step + 1}: loss {np.mean(losses[-settings.checkpoint_every:]):.4f}, "
                  f"{(time.time() - start) / (step + 1 - first):.2f} s a step", flush=True)
            if watch:
                watch(step + 1)
    return checkpoint_path(folder, settings.steps)


def checkpoint_path(folder: Path, step: int) -> Path:
    return folder / f"step-{step:06d}.pt"


def _resume(model: GatedCrossEncoder, optimiser: torch.optim.Optimizer, settings: Settings, folder: Path,
            device: str) -> int:
    """Loads the newest checkpoint of the same settings; returns the number of steps done."""
    for path in sorted(folder.glob("step-*.pt"), reverse=True):
        state = torch.load(path, map_location=device, weights_only=True)
        if state["settings"] == repr(settings):
            model.load_state_dict(state["model"])
            optimiser.load_state_dict(state["optimiser"])
            print(f"going on after step {state['step']}", flush=True)
            return state["step"]
    return 0
