"""Writes the cross-encoder of some checkpoints as a model directory, so that score_lists.py measures it while training goes on.

    python checkpoint_graph.py work/checkpoints/step-002000.pt [more to average] --work work --output work/at-2000 [--trained-share 1]

The weights are averaged and mixed with the start as the shipped model's are. Calibration is left out: it keeps the order.
"""
import argparse
from pathlib import Path

import torch

from gated_cross_encoder import GatedCrossEncoder
from make import TRAINED_SHARE
from model_directory import write_small
from shipped_small import starting_model
from starting_weights import load_starting_weights


def mixed_model(checkpoints: list[Path], work: Path, share: float, begin: Path | None = None) -> GatedCrossEncoder:
    """The average of the checkpoints, mixed with what training began with; without checkpoints, that alone."""
    model = starting_model(work / "inverse_frequency.npy", begin)
    if not checkpoints:
        return model
    start = {name: value.clone() for name, value in model.state_dict().items()}
    states = [torch.load(path, map_location="cpu", weights_only=True)["model"] for path in checkpoints]
    model.load_state_dict({name: share * torch.stack([state[name] for state in states]).mean(0) + (1 - share) * start[name]
                           for name in start})
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--begin", type=Path, help="the directory of small that training began with")
    parser.add_argument("--trained-share", type=float, default=TRAINED_SHARE)
    arguments = parser.parse_args()
    model = mixed_model(arguments.checkpoints, arguments.work, arguments.trained_share, arguments.begin)
    write_small(arguments.output, load_starting_weights(), model.eval())
    print(arguments.output / "onnx" / "model_quantized.onnx")


if __name__ == "__main__":
    main()
