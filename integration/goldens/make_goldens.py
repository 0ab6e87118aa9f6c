"""Makes the tiny models and the scores that packages/core/test/models/goldens.test.ts compares with.

Each model is built from its transformers configuration class with seeded weights, exported to ONNX, and run by
transformers in float32 on 200 pairs: short ones, long ones, empty words, many scripts, text that looks like special
tokens. Run it again only when a family is added:

    pip install -r requirements.txt
    python make_goldens.py ../../packages/core/test/models/goldens
"""

import json
import random
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
)

from golden_files import pack, slim, write_goldens

SEED = 20261123
MAX_TOKENS = 192
HIDDEN = 24
WORDS = (
    "query passage candidate score rank depth vector index search engine database table row column token model "
    "layer head attention encoder cross bi late interaction stage one two first second answer question river bridge "
    "winter summer bread oven flour yeast salt water mountain harbour ship lighthouse doctor patient fever remedy "
    "orbit planet comet gravity pressure wing flow heat transfer café naïve Straße łódź Ελλάδα МОСКВА 東京 大阪 "
    "한국어 עברית العربية हिन्दी ไทย İstanbul ﬁre ½ ① ™ 🚀 👩‍🔬 e\u0301 A\u030A"
).split()
AWKWARD = [
    "[SEP]", "[CLS] text", "[MASK]", "</s>", "<s> a </s>", "[UNK]", "##ing", "\t tab \r\n newline ", "\u00a0\u3000\u200b",
    "\ufeffbom", "\u200drtl\u200f שלום", "a\u0301\u0302", "ΑΣ ΣΑΣ", "İI ıi", "ß ẞ", "x" * 130, "1,234.56€", "f(x) = {x | x > 0}",
    "const a = `b${c}`;", "!!!???...", "。、，", "-" * 80, "\U0001F468\u200d\U0001F469\u200d\U0001F467", "\U00010348 \U0002A6A5", "-",
]


def make_pairs() -> list[list[str]]:
    chance = random.Random(SEED)
    sentence = lambda words: " ".join(chance.choice(WORDS) for _ in range(words))
    pairs = [[sentence(4), text] for text in AWKWARD] + [[text, sentence(12)] for text in AWKWARD]
    while len(pairs) < 200:
        words = chance.choice([1, 3, 10, 30, 60, 200])
        passage = sentence(words)
        if chance.random() < 0.3:
            passage += " " + chance.choice(AWKWARD) + " " + sentence(3)
        pairs.append([sentence(chance.randint(1, 6)), passage])
    return pairs


def train_wordpiece(texts: list[str], size: int = 900) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=size, special_tokens=specials))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def train_byte_pairs(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(texts, trainer)
    identify = lambda name: (name, tokenizer.token_to_id(name))
    tokenizer.post_processor = processors.RobertaProcessing(
        identify("</s>"), identify("<s>"), True, False
    )
    return tokenizer


def spread(model: torch.nn.Module) -> torch.nn.Module:
    """Fresh weights give nearly equal scores, which any arithmetic would reproduce; eight times the size tells pairs apart."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(8.0)
    return model.eval()


def export(model: torch.nn.Module, directory: Path, inputs: list[str], output: str) -> None:
    class Positional(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            return self.model(**dict(zip(inputs, tensors)))[0]

    (directory / "onnx").mkdir(parents=True, exist_ok=True)
    ids, mask = torch.ones(2, 7, dtype=torch.int64), torch.ones(2, 7, dtype=torch.int64)
    mask[1, 4:] = 0  # A mask without padding would be traced as no mask at all.
    examples = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
    example = tuple(examples[name] for name in inputs)
    torch.onnx.export(
        Positional().eval(), example, str(directory / "onnx" / "model.onnx"), input_names=inputs, output_names=[output],
        dynamic_axes={name: {0: "batch", 1: "sequence"} for name in inputs} | {output: {0: "batch"}},
        opset_version=17, dynamo=False,
    )
    slim(directory / "onnx" / "model.onnx")


def write(directory: Path, model: torch.nn.Module, tokenizer: Tokenizer, inputs: list[str], output: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    model.config.architectures = [type(model).__name__]
    model.config.to_json_file(directory / "config.json", use_diff=False)
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)
    (directory / "tokenizer_config.json").write_text(json.dumps({"model_max_length": MAX_TOKENS}, indent=2) + "\n")
    export(model, directory, inputs, output)


def score_pairs(model: torch.nn.Module, tokenizer: Tokenizer, pairs: list[list[str]], inputs: list[str], specials: dict) -> dict:
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_input_names=inputs, **specials)
    rows, scores = [], []
    for query, passage in pairs:
        encoded = fast(query, passage, truncation="only_second", max_length=MAX_TOKENS, return_tensors="pt")
        with torch.no_grad():
            logits = model(**encoded).logits[0].double()
        rows.append(encoded["input_ids"][0].tolist())
        scores.append((logits[0] if len(logits) == 1 else logits[1] - logits[0]).item())
    return {"ids": pack(rows), "rawScores": [round(score, 7) for score in scores]}


def main(target: Path) -> None:
    torch.manual_seed(SEED)
    pairs = make_pairs()
    texts = [text for pair in pairs for text in pair]
    wordpiece, byte_pairs = train_wordpiece(texts), train_byte_pairs(texts)
    size = {"hidden_size": HIDDEN, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48,
            "attn_implementation": "eager"}

    bert_inputs = ["input_ids", "attention_mask", "token_type_ids"]
    bert = spread(BertForSequenceClassification(BertConfig(
        vocab_size=wordpiece.get_vocab_size(), max_position_embeddings=MAX_TOKENS, num_labels=1, **size)))
    write(target / "tiny-bert", bert, wordpiece, bert_inputs, "logits")
    bert_specials = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"}

    roberta_inputs = ["input_ids", "attention_mask"]
    roberta = spread(RobertaForSequenceClassification(RobertaConfig(
        vocab_size=byte_pairs.get_vocab_size(), max_position_embeddings=MAX_TOKENS + 2, num_labels=2, type_vocab_size=1,
        pad_token_id=1, bos_token_id=0, eos_token_id=2, **size)))
    write(target / "tiny-roberta", roberta, byte_pairs, roberta_inputs, "logits")
    roberta_specials = {"cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>",
                        "bos_token": "<s>", "eos_token": "</s>", "mask_token": "<mask>"}

    encoder = spread(BertModel(BertConfig(
        vocab_size=wordpiece.get_vocab_size(), max_position_embeddings=MAX_TOKENS, **size), add_pooling_layer=False))
    directory = target / "tiny-sentence-bert"
    write(directory, encoder, wordpiece, bert_inputs, "last_hidden_state")
    (directory / "modules.json").write_text(json.dumps([
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}], indent=2) + "\n")
    (directory / "1_Pooling").mkdir(exist_ok=True)
    (directory / "1_Pooling" / "config.json").write_text(json.dumps(
        {"word_embedding_dimension": HIDDEN, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, indent=2) + "\n")
    fast = PreTrainedTokenizerFast(tokenizer_object=wordpiece, model_input_names=bert_inputs, **bert_specials)
    vectors = []
    for _, passage in pairs[:60]:
        encoded = fast(passage, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        with torch.no_grad():
            mean = encoder(**encoded).last_hidden_state[0].double().mean(0)
        vectors.append([round(value, 6) for value in (mean / mean.norm()).tolist()])

    goldens = {
        "seed": SEED, "maxTokens": MAX_TOKENS, "pairs": pairs,
        "tiny-bert": score_pairs(bert, wordpiece, pairs, bert_inputs, bert_specials),
        "tiny-roberta": score_pairs(roberta, byte_pairs, pairs, roberta_inputs, roberta_specials),
        "tiny-sentence-bert": vectors,
    }
    write_goldens(target / "goldens.json", goldens)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
