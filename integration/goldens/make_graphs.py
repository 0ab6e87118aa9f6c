"""Exports tiny sequence-classification models with random weights in the ways that models are exported in practice.

The optimiser's tests read them. The seed is fixed; other versions write other graphs, which is why the files are committed:

    pip install -r requirements.txt onnxscript==0.7.2
    python make_graphs.py ../../packages/runtime-onnx/test/graph/exports
"""

import sys
from pathlib import Path

import onnx
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    ElectraConfig,
    ElectraForSequenceClassification,
    ModernBertConfig,
    ModernBertForSequenceClassification,
    RobertaConfig,
    RobertaForSequenceClassification,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)

SIZE = dict(
    num_hidden_layers=2,
    hidden_size=16,
    num_attention_heads=2,
    intermediate_size=32,
    vocab_size=100,
    max_position_embeddings=64,
    num_labels=1,
    initializer_range=0.3,
)
FAMILIES = {
    "bert": (BertForSequenceClassification, BertConfig, {}),
    "electra": (ElectraForSequenceClassification, ElectraConfig, dict(embedding_size=16)),
    "roberta": (RobertaForSequenceClassification, RobertaConfig, dict(type_vocab_size=1)),
    "xlm-roberta": (XLMRobertaForSequenceClassification, XLMRobertaConfig, dict(type_vocab_size=1)),
    "modernbert": (
        ModernBertForSequenceClassification,
        ModernBertConfig,
        dict(pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2),
    ),
}
EXPORTS = [
    ("bert", "sdpa", "torchscript"),
    ("bert", "eager", "torchscript"),
    ("bert", "sdpa", "dynamo"),
    ("electra", "eager", "dynamo"),
    ("roberta", "sdpa", "dynamo"),
    ("xlm-roberta", "sdpa", "torchscript"),
    ("modernbert", "eager", "torchscript"),
]


class Logits(torch.nn.Module):
    def __init__(self, model, names):
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *inputs):
        return self.model(**dict(zip(self.names, inputs))).logits


def export(family, attention, exporter, path):
    torch.manual_seed(0)
    kind, config, extra = FAMILIES[family]
    model = kind._from_config(config(**SIZE, **extra), attn_implementation=attention).eval()
    names = ["input_ids", "attention_mask"]
    ids = torch.randint(3, 100, (2, 12))
    mask = torch.ones(2, 12, dtype=torch.long)
    mask[1, 9:] = 0
    inputs = [ids, mask]
    if family in ("bert", "electra"):
        names.append("token_type_ids")
        inputs.append(torch.zeros(2, 12, dtype=torch.long))
    common = dict(input_names=names, output_names=["logits"])
    if exporter == "dynamo":
        sizes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence")}
        shapes = (tuple(sizes for _ in names),)
        torch.onnx.export(
            Logits(model, names), tuple(inputs), path, dynamo=True, dynamic_shapes=shapes, external_data=False, **common
        )
    else:
        axes = {name: {0: "batch", 1: "sequence"} for name in names} | {"logits": {0: "batch"}}
        torch.onnx.export(
            Logits(model, names), tuple(inputs), path, dynamo=False, dynamic_axes=axes, opset_version=17, **common
        )
    strip_notes(path)


def strip_notes(path):
    """Stack traces of the exporting machine are most of a small file, and say nothing about the graph."""
    graph = onnx.load(path)
    for node in graph.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    del graph.graph.value_info[:]
    graph.ClearField("metadata_props")
    graph.graph.ClearField("metadata_props")
    onnx.save(graph, path)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for family, attention, exporter in EXPORTS:
        export(family, attention, exporter, str(folder / f"{family}-{attention}-{exporter}.onnx"))


if __name__ == "__main__":
    main()
