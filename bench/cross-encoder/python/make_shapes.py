"""Writes cross-encoders with seeded random weights in Hugging Face's layout, one folder per shape:

    python make_shapes.py --out DIR [--shapes L2,L6,L12,bge-base,ettin-17m] [--seed 7]
                          [--attention sdpa|eager] [--opset 14] [--exporter torchscript|dynamo]

    DIR/L6/config.json, model.safetensors           transformers, sentence-transformers
    DIR/L6/tokenizer.json, tokenizer_config.json, special_tokens_map.json, vocab.txt (BERT's)
    DIR/L6/onnx/model.onnx                          fp32, as `optimum` exports for the hub
    DIR/L6/onnx/model_quantized.onnx                dynamic int8, as transformers.js' convert.py makes for the hub

Speed does not depend on the weights' values. They are drawn wider than a new model's and the head is scaled so that
scores of different passages differ by about 3, as a trained model's do.
"""

import argparse
import json
import random
import warnings
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    ModernBertConfig,
    XLMRobertaConfig,
)

from shapes import BERT_VOCABULARY, MODERN_BERT_VOCABULARY, SHAPES, XLM_R_VOCABULARY
from tokenizer_files import write_tokenizer


def configuration(shape: dict):
    sizes = dict(
        num_hidden_layers=shape["layers"], hidden_size=shape["hidden"], num_attention_heads=shape["heads"],
        intermediate_size=shape["intermediate"], num_labels=1,
    )
    if shape["family"] == "modernbert":
        # The numbers of the special tokens are this class's defaults, and tokenizer_files.py gives them out.
        return ModernBertConfig(
            vocab_size=MODERN_BERT_VOCABULARY, local_attention=shape["localAttention"],
            global_attn_every_n_layers=shape["globalEveryLayers"], classifier_pooling="cls", **sizes,
        )
    common = dict(hidden_act="gelu", hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, **sizes)
    if shape["family"] == "bert":
        return BertConfig(vocab_size=BERT_VOCABULARY, max_position_embeddings=512, **common)
    return XLMRobertaConfig(
        vocab_size=XLM_R_VOCABULARY, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5,
        pad_token_id=1, bos_token_id=0, eos_token_id=2, **common,
    )


def make_weights(model: torch.nn.Module, hidden: int, seed: int) -> None:
    """Weights of about 1/sqrt(hidden), so that attention and GELU work in the range that they do in a trained model."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("LayerNorm.weight", "norm.weight")):
                parameter.copy_(1 + 0.1 * torch.randn(parameter.shape, generator=generator))
            elif parameter.dim() == 1:
                parameter.copy_(0.05 * torch.randn(parameter.shape, generator=generator))
            else:
                scale = 0.05 if "embeddings" in name else 1.0 / parameter.shape[-1] ** 0.5
                parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))


def sample_pairs(directory: Path, count: int, seed: int) -> tuple[list[str], list[str]]:
    vocabulary = json.loads((directory / "tokenizer.json").read_text())["model"]["vocab"]
    tokens = list(vocabulary) if isinstance(vocabulary, dict) else [piece for piece, _ in vocabulary]
    words = [token.lstrip("▁Ġ") for token in tokens if len(token) > 3 and not token.startswith(("##", "[", "<"))]
    rng = random.Random(seed)
    text = lambda length: " ".join(rng.choices(words, k=length))
    return [text(6)] * count, [text(rng.randint(15, 120)) for _ in range(count)]


def spread_scores(model, tokenizer, directory: Path, seed: int) -> tuple[float, float]:
    """Scales the last linear layer so that scores over random pairs have mean 0 and standard deviation 3."""
    queries, passages = sample_pairs(directory, 64, seed)
    head = model.classifier.out_proj if hasattr(model.classifier, "out_proj") else model.classifier

    def scores() -> torch.Tensor:
        inputs = tokenizer(queries, passages, padding=True, truncation=True, max_length=512, return_tensors="pt")
        with torch.no_grad():
            return model(**inputs).logits[:, 0]

    before = scores()
    with torch.no_grad():
        factor = 3 / before.std()
        head.weight.mul_(factor)
        head.bias.copy_((head.bias - before.mean()) * factor)
    after = scores()
    return after.std().item(), after.mean().item()


def export(
    model, tokenizer, directory: Path, exporter: str, opset: int, output: str = "logits", output_axes=None
) -> None:
    (directory / "onnx").mkdir(exist_ok=True)
    sample = tokenizer(["a b c", "b"], ["c d", "e f g"], padding=True, return_tensors="pt")
    names = list(sample.keys())
    # Hugging Face's order of inputs, which is also the order of the model's arguments.
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in names]
    dynamic = {name: {0: "batch_size", 1: "sequence_length"} for name in names}
    target = directory / "onnx" / "model.onnx"
    arguments = dict(input_names=names, output_names=[output], opset_version=opset, external_data=False)
    inputs = {name: sample[name] for name in names}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if exporter == "dynamo":
            shapes = {name: {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC} for name in names}
            torch.onnx.export(model, (), target, kwargs=inputs, dynamo=True, dynamic_shapes=shapes, **arguments)
        else:
            dynamic[output] = output_axes or {0: "batch_size"}
            torch.onnx.export(model, (), target, kwargs=inputs, dynamo=False, dynamic_axes=dynamic, **arguments)


def quantize(directory: Path) -> None:
    quantize_dynamic(
        directory / "onnx" / "model.onnx",
        directory / "onnx" / "model_quantized.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        extra_options={"EnableSubgraph": True, "MatMulConstBOnly": True},
    )


def make(name: str, out: Path, options) -> None:
    shape, directory = SHAPES[name], out / name
    directory.mkdir(parents=True, exist_ok=True)
    write_tokenizer(shape["family"], directory, options.seed)
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForSequenceClassification.from_config(
        configuration(shape), attn_implementation=options.attention
    ).eval()
    make_weights(model, shape["hidden"], options.seed)
    spread, mean = spread_scores(model, tokenizer, directory, options.seed)
    model.save_pretrained(directory)
    export(model, tokenizer, directory, options.exporter, options.opset)
    quantize(directory)
    made = {"seed": options.seed, "exporter": options.exporter, "opset": options.opset,
            "attention": options.attention, "scoreMean": round(mean, 4), "scoreDeviation": round(spread, 4)}
    (directory / "shape.json").write_text(json.dumps({**shape, **made}, indent=2) + "\n")
    print(f"{name}: {directory}, scores {mean:.2f} ± {spread:.2f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--attention", default="sdpa", choices=["sdpa", "eager"])
    parser.add_argument("--opset", type=int, default=14)
    parser.add_argument("--exporter", default="torchscript", choices=["torchscript", "dynamo"])
    options = parser.parse_args()
    for wanted in options.shapes.split(","):
        make(wanted, options.out, options)
