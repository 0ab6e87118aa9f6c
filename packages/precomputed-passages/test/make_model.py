"""Writes two cross-encoders with seeded weights and 16 numbers per token: tiny-closed is like the bundled `small`, and the upper
layers of tiny-gated see query and passage together.

Needs onnx, torch, transformers, numpy and tokenizers:
    python make_model.py
"""
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "training"))
from export_onnx import CLOSED_LAYERS, STATES, cross_encoder_graph  # noqa: E402
from onnx_graph import EncoderWeights  # noqa: E402

HIDDEN, INNER, HEADS, LAYERS, POSITIONS = 16, 32, 2, CLOSED_LAYERS + 2, 64
WORDS = ("how is bread baked knead flour water salt and yeast let the dough rise bake it in a hot oven lighthouse warns "
         "ships off harbour wall comet small body of ice dust that orbits sun are read too what was why where").split()
PIECES = ["##s", "##ed", "##ing", ".", ",", "?"] + [chr(97 + i) for i in range(26)] + [f"##{chr(97 + i)}" for i in range(26)]

# [CLS] and [SEP] have BERT's numbers, which are written into the graph.
vocabulary = ["[PAD]", "[UNK]"] + sorted(set(WORDS)) + PIECES
vocabulary = vocabulary[:101] + ["[CLS]", "[SEP]"] + vocabulary[101:]
vocabulary += [f"[unused{i}]" for i in range(max(0, 101 - len(vocabulary)))]
assert vocabulary.index("[CLS]") == 101 and vocabulary.index("[SEP]") == 102

random = np.random.default_rng(20261123)


def normal(*shape: int, scale: float = 0.3) -> np.ndarray:
    return random.normal(0, scale, shape).astype(np.float32)


tensors = {
    "embeddings.word_embeddings.weight": normal(len(vocabulary), HIDDEN, scale=1),
    "embeddings.position_embeddings.weight": normal(POSITIONS, HIDDEN),
    "embeddings.token_type_embeddings.weight": normal(2, HIDDEN),
}
norms = ["embeddings.LayerNorm"]
for layer in range(LAYERS):
    stem = f"encoder.layer.{layer}"
    shapes = {"attention.self.query": (HIDDEN, HIDDEN), "attention.self.key": (HIDDEN, HIDDEN),
              "attention.self.value": (HIDDEN, HIDDEN), "attention.output.dense": (HIDDEN, HIDDEN),
              "intermediate.dense": (INNER, HIDDEN), "output.dense": (HIDDEN, INNER)}
    for name, shape in shapes.items():
        tensors[f"{stem}.{name}.weight"] = normal(*shape)
        tensors[f"{stem}.{name}.bias"] = normal(shape[0], scale=0.05)
    norms += [f"{stem}.attention.output.LayerNorm", f"{stem}.output.LayerNorm"]
for name in norms:
    tensors[f"{name}.weight"], tensors[f"{name}.bias"] = 1 + normal(HIDDEN, scale=0.1), normal(HIDDEN, scale=0.1)

head = {
    "signal_weights": np.array([20, 4, 2, 5, 5, 5], dtype=np.float32),
    "offset": np.array(-12, dtype=np.float32),
    "token_factor": normal(HIDDEN),
    "saturation": np.array(0.9, dtype=np.float32),
    "length_share": np.array(0.4, dtype=np.float32),
    "inverse_frequency": random.uniform(1, 8, len(vocabulary)).astype(np.float32),
}

tokenizer = Tokenizer(WordPiece({word: place for place, word in enumerate(vocabulary)}, unk_token="[UNK]"))
tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(lowercase=True), BertPreTokenizer()
tokenizer.post_processor = TemplateProcessing(
    single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 [CLS]:1 $B:1 [SEP]:1",
    special_tokens=[("[CLS]", 101), ("[SEP]", 102)])
tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])


def write_model(name: str, gates: dict[str, np.ndarray], closed_states: Callable[[onnx.ModelProto], str]) -> None:
    directory = HERE / name
    (directory / "onnx").mkdir(parents=True, exist_ok=True)
    graph = cross_encoder_graph(EncoderWeights(tensors, LAYERS, HEADS, 1e-12), head | gates)
    onnx.save(graph, directory / "onnx" / "model.onnx")
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)

    def write(file: str, content: dict) -> None:
        (directory / file).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    write("config.json", {"architectures": ["GatedCrossEncoder"], "model_type": "bert", "hidden_size": HIDDEN,
                          "max_position_embeddings": POSITIONS, "vocab_size": len(vocabulary), "num_labels": 1,
                          "pad_token_id": 0})
    write("secondpass.json", {"name": name, "kind": "cross-encoder", "scale": "logit", "maxTokens": POSITIONS,
                              "closedStates": closed_states(graph)})


def last_closed_norm(graph: onnx.ModelProto) -> str:
    """One norm after the embeddings, then two in each layer."""
    return [node.output[0] for node in graph.graph.node if node.op_type == "LayerNormalization"][2 * CLOSED_LAYERS]


open_gates = np.full((LAYERS - CLOSED_LAYERS, HEADS, 2), -1, dtype=np.float32)
write_model("tiny-gated", {"gates": open_gates}, last_closed_norm)
write_model("tiny-closed", {}, lambda _: STATES)
