"""Makes what packages/core/test/models/bi-encoder compares with: vectors of every pooling, of Dense and Normalize modules, of
prompts and of a DPR pair, from sentence-transformers and transformers in float32 on the CPU.

The graph and the tokenizer of tiny-sentence-bert (make_goldens.py) serve all poolings: a case is a few JSON files beside
them, which the test writes from embedder-goldens.json. torch reads its weights back out of that graph. Only the DPR pair
brings graphs of its own.

    pip install -r requirements.txt
    python make_embedder_goldens.py ../../packages/core/test/models/goldens ../../packages/core/test/models/goldens/embedders
"""

import base64
import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy
import onnx
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel, DPRConfig, DPRContextEncoder, DPRQuestionEncoder, PreTrainedTokenizerFast

from golden_files import slim, write_goldens

SEED = 20261124
HIDDEN = 24
PROMPTS = {"query": "question : ", "document": "passage of a text : "}
SPECIALS = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"}
TRANSFORMER = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}
FLAGS = ["cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]


def module(index: int, kind: str) -> dict:
    return {"idx": index, "name": str(index), "path": f"{index}_{kind}", "type": f"sentence_transformers.models.{kind}"}


def flags(*active: str) -> dict:
    return {"word_embedding_dimension": HIDDEN} | {f"pooling_mode_{flag}": flag in active for flag in FLAGS}


def dense(inputs: int, outputs: int, activation: str, **more) -> dict:
    return {"in_features": inputs, "out_features": outputs, "bias": True,
            "activation_function": f"torch.nn.modules.{activation}"} | more


def make_cases() -> dict[str, dict]:
    """Name → the JSON files of a case, and what is asked of it."""
    cases = {}
    for flag in FLAGS:
        cases[f"older file, {flag}"] = {"files": {
            "modules.json": [TRANSFORMER, module(1, "Pooling")], "1_Pooling/config.json": flags(flag)}}
    for mode in ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]:
        cases[f"newer file, {mode}, prompt not pooled"] = {"files": {
            "modules.json": [TRANSFORMER, module(1, "Pooling"), module(2, "Normalize")],
            "1_Pooling/config.json": {"embedding_dimension": HIDDEN, "pooling_mode": mode, "include_prompt": False},
            "config_sentence_transformers.json": {"prompts": PROMPTS, "default_prompt_name": None}}}
    cases["two poolings joined, prompts"] = {"files": {
        "modules.json": [TRANSFORMER, module(1, "Pooling"), module(2, "Normalize")],
        "1_Pooling/config.json": flags("mean_tokens", "max_tokens"),
        "config_sentence_transformers.json": {"prompts": PROMPTS}}}
    cases["Dense F32 tanh, Normalize, cut to 8"] = {"dimensions": 8, "files": {
        "modules.json": [TRANSFORMER, module(1, "Pooling"), module(2, "Dense"), module(3, "Normalize")],
        "1_Pooling/config.json": flags("mean_tokens"), "2_Dense/config.json": dense(HIDDEN, 20, "activation.Tanh")},
        "weights": {"2_Dense": "float32"}}
    cases["Dense F16 identity after BF16 with residual"] = {"files": {
        "modules.json": [TRANSFORMER, module(1, "Pooling"), module(2, "Dense"), module(3, "Dense"), module(4, "Normalize")],
        "1_Pooling/config.json": flags("cls_token"),
        "2_Dense/config.json": dense(HIDDEN, 20, "activation.SiLU", use_residual=True),
        "3_Dense/config.json": dense(20, 16, "linear.Identity", bias=False)},
        "weights": {"2_Dense": "bfloat16", "3_Dense": "float16"}}
    return cases


def write_weights(directory: Path, config: dict, dtype: str) -> None:
    inputs, outputs = config["in_features"], config["out_features"]
    tensors = {"linear.weight": torch.randn(outputs, inputs) * 0.3}
    if config["bias"]:
        tensors["linear.bias"] = torch.randn(outputs) * 0.1
    if config.get("use_residual") and inputs != outputs:
        tensors["residual.weight"] = torch.randn(outputs, inputs) * 0.2
    save_file({name: tensor.to(getattr(torch, dtype)) for name, tensor in tensors.items()}, directory / "model.safetensors")


def embed(directory: Path, texts: list[str], dimensions: int | None) -> dict:
    from sentence_transformers import SentenceTransformer  # Here, because integration/services/infinity has an older one.

    model = SentenceTransformer(str(directory), device="cpu", local_files_only=True)
    model.max_seq_length = min(model.max_seq_length or 192, 192)
    normalised = "Normalize" in (directory / "modules.json").read_text()
    options = {"truncate_dim": dimensions, "normalize_embeddings": normalised and dimensions is not None, "batch_size": 5}
    return {kind: [[round(float(value), 6) for value in row] for row in encode(texts, **options)]
            for kind, encode in (("query", model.encode_query), ("passage", model.encode_document))
            if kind == "passage" or any(model.prompts.values())}


def weights_of(graph: onnx.ModelProto) -> dict[str, torch.Tensor]:
    """The exporter transposes the matrices of Linear layers and drops their names, but keeps the order of use. Biases and
    LayerNorms of a new model are zeros and ones, which a new model has as well."""
    found = {i.name: torch.from_numpy(numpy.array(onnx.numpy_helper.to_array(i))) for i in graph.graph.initializer}
    weights = {name.removeprefix("model."): tensor for name, tensor in found.items() if name.endswith("embeddings.weight")}
    used = [found[node.input[1]] for node in graph.graph.node if node.op_type == "MatMul" and node.input[1] in found]
    parts = [f"attention.self.{part}" for part in ["query", "key", "value"]]
    parts += ["attention.output.dense", "intermediate.dense", "output.dense"]
    assert len(used) % len(parts) == 0
    for index, matrix in enumerate(used):
        layer, part = divmod(index, len(parts))
        weights[f"encoder.layer.{layer}.{parts[part]}.weight"] = matrix.T.contiguous()
    return weights


def export_dpr(model: DPRQuestionEncoder, path: Path) -> None:
    class Positional(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
            return self.model(input_ids=ids, attention_mask=mask, token_type_ids=types).pooler_output

    ids, mask = torch.ones(2, 7, dtype=torch.int64), torch.ones(2, 7, dtype=torch.int64)
    mask[1, 4:] = 0  # A mask without padding would be traced as no mask at all.
    names = ["input_ids", "attention_mask", "token_type_ids"]
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        Positional().eval(), (ids, mask, torch.zeros_like(ids)), str(path), input_names=names, output_names=["pooler_output"],
        dynamic_axes={name: {0: "batch", 1: "sequence"} for name in names} | {"pooler_output": {0: "batch"}},
        opset_version=17, dynamo=False,
    )
    slim(path)


def make_dpr(goldens: Path, target: Path, texts: list[str]) -> dict:
    """A question and a context encoder with a projection, so that only the graph's own output is the vector."""
    tokenizer = json.loads((goldens / "tiny-sentence-bert" / "tokenizer.json").read_text())
    fast = PreTrainedTokenizerFast(tokenizer_file=str(goldens / "tiny-sentence-bert" / "tokenizer.json"), **SPECIALS)
    vectors = {}
    for kind, kind_class in (("query", DPRQuestionEncoder), ("passage", DPRContextEncoder)):
        size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
        config = DPRConfig(vocab_size=len(tokenizer["model"]["vocab"]), max_position_embeddings=64, **size,
                           projection_dim=12, attn_implementation="eager")
        model = kind_class(config).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() > 1:
                    parameter.mul_(8.0)
        directory = target / f"dpr-{kind}"
        directory.mkdir(parents=True, exist_ok=True)
        model.config.architectures = [kind_class.__name__]
        model.config.to_json_file(directory / "config.json", use_diff=False)
        export_dpr(model, directory / "onnx" / "model.onnx")
        rows = []
        for text in texts:
            encoded = fast(text, truncation=True, max_length=64, return_tensors="pt")
            with torch.no_grad():
                rows.append([round(float(value), 6) for value in model(**encoded).pooler_output[0]])
        vectors[kind] = rows
    return vectors


def make_quantized(vectors: list[list[float]]) -> dict:
    from sentence_transformers.util.quantization import quantize_embeddings

    all_vectors = numpy.array(vectors, dtype=numpy.float32)
    sample = all_vectors[: len(all_vectors) // 2]
    result = {"sample": len(sample)}
    for precision in ["int8", "uint8", "binary", "ubinary"]:
        result[precision] = quantize_embeddings(all_vectors, precision, calibration_embeddings=sample).tolist()
    return result


def main(goldens: Path, target: Path) -> None:
    torch.manual_seed(SEED)
    base = goldens / "tiny-sentence-bert"
    pairs = json.loads((goldens / "goldens.json").read_text(encoding="utf-8"))["pairs"]
    texts = [passage for _, passage in pairs[:6]] + [passage for _, passage in pairs[52:57]]

    encoder = BertModel(BertConfig.from_json_file(base / "config.json"), add_pooling_layer=False).eval()
    missing, unexpected = encoder.load_state_dict(weights_of(onnx.load(str(base / "onnx" / "model.onnx"))), strict=False)
    assert not unexpected and not [name for name in missing if not name.endswith(("bias", "LayerNorm.weight"))]

    answers = {"seed": SEED, "texts": texts, "cases": {}}
    for name, case in make_cases().items():
        with tempfile.TemporaryDirectory() as temporary:
            directory = Path(temporary)
            encoder.save_pretrained(directory)
            for file in ["tokenizer.json", "tokenizer_config.json"]:
                shutil.copy(base / file, directory / file)
            config = json.loads((directory / "tokenizer_config.json").read_text())
            config |= SPECIALS | {"tokenizer_class": "PreTrainedTokenizerFast",
                                  "model_input_names": ["input_ids", "attention_mask", "token_type_ids"]}
            (directory / "tokenizer_config.json").write_text(json.dumps(config))
            for file, content in case["files"].items():
                (directory / file).parent.mkdir(parents=True, exist_ok=True)
                (directory / file).write_text(json.dumps(content))
            for index in [2, 3, 4]:
                (directory / f"{index}_Normalize").mkdir(exist_ok=True)
            weights = {}
            for folder, dtype in case.get("weights", {}).items():
                write_weights(directory / folder, case["files"][f"{folder}/config.json"], dtype)
                weights[f"{folder}/model.safetensors"] = base64.b64encode(
                    (directory / folder / "model.safetensors").read_bytes()).decode()
            answers["cases"][name] = {"files": case["files"], "weights": weights, "dimensions": case.get("dimensions"),
                                      "vectors": embed(directory, texts, case.get("dimensions"))}
    answers["dpr"] = make_dpr(goldens, target, texts)
    answers["quantized"] = make_quantized(answers["cases"]["older file, mean_tokens"]["vectors"]["passage"])
    target.mkdir(parents=True, exist_ok=True)
    write_goldens(target / "embedder-goldens.json", answers)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
