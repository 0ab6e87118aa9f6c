"""Makes the tiny ColBERT and the token vectors and scores that packages/late-interaction/test compares with.

A seeded BERT with a projection from 32 to 16 dimensions, in PyLate's layout (modules.json with a Dense module, prefixes,
query expansion, punctuation left out). The reference is sentence-transformers' MultiVectorEncoder, which reads that
layout itself; the sums of maxima are numpy's. Run it again only when the layout changes:

    pip install -r requirements.txt
    python make_late_interaction_goldens.py ../../packages/late-interaction/test/tiny-colbert
"""

import json
import string
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sentence_transformers import MultiVectorEncoder
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from golden_files import slim, write_goldens

SEED, HIDDEN, DIMENSIONS = 20261123, 32, 16
QUERY_LENGTH, DOCUMENT_LENGTH, MAX_TOKENS = 12, 40, 64
WORDS = ("bread oven flour yeast river bridge harbour ship lighthouse comet orbit planet winter summer question answer "
         "query passage token rank café naïve Straße łódź 東京 עברית العربية हिन्दी 🚀").split()
QUERIES = ["how is bread baked?", "lighthouse", "which comet, which orbit: the planet's?", "東京 עברית 🚀",
           "river bridge harbour ship lighthouse comet orbit planet winter summer question answer query passage"]
PASSAGES = ["Flour, water, salt and yeast make bread.", "The lighthouse warns ships off the harbour.", "...", "!",
            "A comet orbits the sun (slowly).", "Łódź, 東京, עברית and 🚀 are read too.", "[Q] [SEP] [MASK] text",
            " ".join(WORDS * 3), "naïve café; Straße, winter - summer!", "x" * 60]
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


def make_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(WORDS * 2 + QUERIES + PASSAGES + list(string.punctuation) * 2,
                                  trainers.WordPieceTrainer(vocab_size=380, special_tokens=specials))
    tokenizer.add_tokens([AddedToken("[Q] ", normalized=False), AddedToken("[D] ", normalized=False)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")])
    return tokenizer


def write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


class States(torch.nn.Module):
    def __init__(self, model: BertModel):
        super().__init__()
        self.model = model

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        return self.model(**dict(zip(INPUTS, tensors)))[0]


def write_model(directory: Path) -> None:
    tokenizer = make_tokenizer()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_input_names=INPUTS, model_max_length=MAX_TOKENS, cls_token="[CLS]", sep_token="[SEP]",
        pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]").save_pretrained(directory)
    model = BertModel(BertConfig(vocab_size=tokenizer.get_vocab_size(), hidden_size=HIDDEN, num_hidden_layers=2,
                                 num_attention_heads=4, intermediate_size=64, max_position_embeddings=MAX_TOKENS,
                                 attn_implementation="eager"), add_pooling_layer=False)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(3.0)
    model.eval().save_pretrained(directory)
    projection = 0.3 * torch.randn(DIMENSIONS, HIDDEN)
    kinds = ["sentence_transformers.models.Transformer", "pylate.models.Dense.Dense"]
    write_json(directory / "modules.json", [
        {"idx": place, "name": str(place), "path": path, "type": kind} for place, (path, kind) in enumerate(zip(["", "1_Dense"], kinds))])
    write_json(directory / "1_Dense" / "config.json", {
        "in_features": HIDDEN, "out_features": DIMENSIONS, "bias": False,
        "activation_function": "torch.nn.modules.linear.Identity", "use_residual": False})
    save_file({"linear.weight": projection}, directory / "1_Dense" / "model.safetensors")
    write_json(directory / "config_sentence_transformers.json", {
        "prompts": {}, "default_prompt_name": None, "similarity_fn_name": "MaxSim", "query_prefix": "[Q] ",
        "document_prefix": "[D] ", "query_length": QUERY_LENGTH, "document_length": DOCUMENT_LENGTH,
        "attend_to_expansion_tokens": False, "skiplist_words": list(string.punctuation), "do_query_expansion": True})
    write_json(directory / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS - 1, "do_lower_case": False})
    (directory / "onnx").mkdir(exist_ok=True)
    ids, mask = torch.ones(2, 7, dtype=torch.int64), torch.ones(2, 7, dtype=torch.int64)
    mask[1, 4:] = 0  # A mask without padding would be traced as no mask at all.
    axes = {name: {0: "batch", 1: "sequence"} for name in [*INPUTS, "last_hidden_state"]}
    torch.onnx.export(States(model).eval(), (ids, mask, torch.zeros_like(ids)), str(directory / "onnx" / "model.onnx"),
                      input_names=INPUTS, output_names=["last_hidden_state"], dynamic_axes=axes, opset_version=17, dynamo=False)
    slim(directory / "onnx" / "model.onnx")


def main(directory: Path) -> None:
    torch.manual_seed(SEED)
    directory.mkdir(parents=True, exist_ok=True)
    write_model(directory)
    reference = MultiVectorEncoder(str(directory), device="cpu")
    queries = [np.asarray(vectors, dtype=np.float64) for vectors in reference.encode_query(QUERIES, normalize_embeddings=True)]
    passages = [np.asarray(vectors, dtype=np.float64) for vectors in reference.encode_document(PASSAGES, normalize_embeddings=True)]
    scores = [[float((query @ passage.T).max(axis=1).sum()) if len(passage) else None for passage in passages] for query in queries]
    rounded = [[[round(value, 6) for value in token] for token in vectors.tolist()] for vectors in passages]
    content = {"queries": QUERIES, "passages": PASSAGES, "queryTokens": [len(query) for query in queries],
               "passageVectors": rounded, "scores": scores}
    write_goldens(directory.parent / "goldens.json", content)
    for unneeded in ("model.safetensors", "README.md"):
        (directory / unneeded).unlink(missing_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
