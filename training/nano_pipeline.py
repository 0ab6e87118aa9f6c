"""The steps that make nano, after those that make `small` (make.py): `small`'s calibrated weights are its teacher's."""
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional

from data import Collection
from distillation_texts import DistillationTexts, distillation_texts
from gated_cross_encoder import STARTING_SIGNAL_WEIGHTS, Encoder
from nano import Nano, StartingTable, meet_states, starting_table
from starting_weights import load_starting_weights, load_tokenizer
from steps import Steps, write_atomically
from token_states import TokenStates, compute_token_states, states_alone
from train_nano import (
    NEAR_PASSAGES,
    NEAR_QUERIES,
    DistillationData,
    NanoSettings,
    checkpoint_path,
    fit_to_small,
    nearest,
    train_nano,
)

PASSAGE_TOKENS, QUERY_TOKENS = 144, 64
VECTOR_SETTINGS = NanoSettings(steps=600, decay_steps=900, vectors_only=True, groups=24, passages=32, near_passages=26,
                               table_rate=1.5e-3, matrix_rate=2e-3)
SETTINGS = NanoSettings(steps=1200, decay_steps=1250, groups=4, long_share=0.3)
AVERAGED_CHECKPOINTS = 3
# Set by hand in round numbers, and slopes rounded: distillation learned (17, 3, 3, 10, 4), so it trusts a cosine that knows
# the training texts better than any others.
SIGNAL_WEIGHTS, LENGTH_SLOPES = (8.0, 4.0, 2.0, 8.0, 8.0), (0.4, 0.3, 0.5, -0.1, -0.4)


class NanoPipeline:
    """Each method is a step; work is the folder of make.py, where inverse_frequency.npy and calibrated.pt lie."""

    def __init__(self, data: Path, work: Path, steps: Steps, device: str):
        self.data, self.work, self.steps, self.device = data, work, steps, device

    def path(self, *parts: str) -> Path:
        return self.work.joinpath("nano", *parts)

    def run(self, pools: list[Collection], inputs: str, calibrated: str) -> str:
        """Writes work/nano/calibrated.pt; inputs and calibrated are the digests of the training files and of `small`."""
        states = self.token_states(pools, inputs)
        table = self.table(states)
        vectors = self.training("vectors", VECTOR_SETTINGS, table)
        trained = self.training("scores", SETTINGS, vectors)
        return self.calibration(trained, calibrated)

    def token_states(self, pools: list[Collection], inputs: str) -> str:
        outputs = [self.path(kind) for kind in ("queries", "passages")]

        def compute() -> None:
            texts: DistillationTexts = distillation_texts(self.data, pools)
            for output, part, limit in zip(outputs, (texts.queries, texts.passages), (QUERY_TOKENS, PASSAGE_TOKENS)):
                compute_token_states(Encoder().eval(), load_tokenizer(), part, limit, self.device).save(output)
        return self.steps.run("nano-states", {"files": inputs, "limits": [PASSAGE_TOKENS, QUERY_TOKENS]}, outputs, compute)

    def table(self, states: str) -> str:
        output = self.path("table.pt")

        def compute() -> None:
            passages, queries = TokenStates.load(self.path("passages")), TokenStates.load(self.path("queries"))
            encoder = Encoder().eval()
            start = starting_table(torch.from_numpy(passages.sums + queries.sums),
                                   torch.from_numpy(passages.counts + queries.counts), states_alone(encoder),
                                   encoder.words.detach())
            write_atomically(output, lambda path: torch.save(vars(start), path))
        return self.steps.run("nano-table", {"states": states}, [output], compute)

    def start(self) -> StartingTable:
        return StartingTable(**torch.load(self.path("table.pt"), weights_only=True))

    def new_model(self) -> Nano:
        return Nano(load_starting_weights(), self.start(),
                    torch.from_numpy(np.load(self.work / "inverse_frequency.npy")))

    def distillation_data(self) -> DistillationData:
        queries, passages = TokenStates.load(self.path("queries")), TokenStates.load(self.path("passages"))
        words = load_starting_weights()["embeddings.word_embeddings.weight"]
        return DistillationData(queries, passages, nearest(queries.embeddings, passages.embeddings, NEAR_PASSAGES),
                                nearest(queries.embeddings, queries.embeddings, NEAR_QUERIES + 1)[:, 1:],
                                torch.from_numpy(np.load(self.work / "inverse_frequency.npy")),
                                functional.normalize(words, dim=1))

    def training(self, phase: str, settings: NanoSettings, before: str) -> str:
        """A phase from the table, or from the phase before it."""
        folder = self.path(f"checkpoints-{phase}")

        def compute() -> None:
            model, data = self.new_model(), self.distillation_data()
            if not settings.vectors_only:
                first = torch.load(checkpoint_path(self.path("checkpoints-vectors"), VECTOR_SETTINGS.steps),
                                   map_location="cpu", weights_only=True)
                model.load_state_dict(first["model"])
                meet_states(model, self.start(), torch.from_numpy(data.passages.counts + data.queries.counts))
            train_nano(model, data, settings, folder, self.device)
        return self.steps.run(f"nano-{phase}", {"before": before, "settings": asdict(settings)},
                              [checkpoint_path(folder, settings.steps)], compute)

    def calibration(self, trained: str, calibrated: str) -> str:
        """Averages the last checkpoints, sets the signals' weights and folds in what makes the logits small's."""
        output = self.path("calibrated.pt")

        def compute() -> None:
            last = [SETTINGS.steps - SETTINGS.checkpoint_every * back for back in range(AVERAGED_CHECKPOINTS)]
            states = [torch.load(checkpoint_path(self.path("checkpoints-scores"), step), map_location="cpu",
                                 weights_only=True)["model"] for step in last]
            model = self.new_model()
            model.load_state_dict({name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]})
            with torch.no_grad():
                model.signal_weights.copy_(torch.tensor(SIGNAL_WEIGHTS))
                model.length_slopes.copy_(torch.tensor(LENGTH_SLOPES))
            small = torch.load(self.work / "calibrated.pt", weights_only=True)
            scale = float(small["signal_weights"].sum()) / sum(STARTING_SIGNAL_WEIGHTS)
            fold(model.eval(), *fit_to_small(model, self.distillation_data(), SETTINGS, scale, float(small["offset"])))
            write_atomically(output, lambda path: torch.save(model.state_dict(), path))
        return self.steps.run("nano-calibrate", {"trained": trained, "small": calibrated,
                                                 "averaged": AVERAGED_CHECKPOINTS,
                                                 "weights": [SIGNAL_WEIGHTS, LENGTH_SLOPES]}, [output], compute)

    def calibrated_model(self) -> Nano:
        model = self.new_model()
        model.load_state_dict(torch.load(self.path("calibrated.pt"), weights_only=True))
        return model.eval()


@torch.no_grad()
def fold(model: Nano, slope: float, offset: float) -> None:
    """Makes logits x of the model slope * x + offset."""
    model.signal_weights.mul_(slope)
    model.length_slopes.mul_(slope)
    model.offset.mul_(slope).add_(offset)
