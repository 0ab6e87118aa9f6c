"""Makes the tiny models and goldens that packages/core/test/models/families compares with: one of each cross-encoder family.

Each model is built from its transformers configuration class with seeded weights, exported to ONNX, and run by
transformers (by sentence-transformers where that library owns the head) in float32 on 200 awkward pairs. Run it again
only when a family is added; nothing of it runs in the tests. Weights come out the same each time; the WordPiece trainer
breaks ties by chance, so a run replaces all files together:

    pip install -r requirements.txt
    python make_family_goldens.py ../../packages/core/test/models/families
"""

import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

import sentencepiece
import onnx
import torch
import transformers as tf
from safetensors.torch import save_file
from sentence_transformers import CrossEncoder
from sentence_transformers.base.modules import Dense, Transformer
from sentence_transformers.sentence_transformer.modules import LayerNorm, Pooling
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from golden_files import pack, slim
from make_goldens import AWKWARD, WORDS, train_wordpiece

SEED = 20261124
ENCODER_TOKENS = 128
QWEN_TOKENS = 384
GEMMA_TOKENS = 192
INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query"
QWEN_PREFIX = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. "
    'Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
)
QWEN_SUFFIX = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
GEMMA_PROMPT = (
    "Given a query A and a passage B, determine whether the passage contains an answer to the query by providing a "
    "prediction of either 'Yes' or 'No'."
)
HARD = [
    "", " ", "\u200b", "\n\n\n", "</s></s>", "<s>", "<pad> <pad>", "[CLS] [SEP] [PAD]", "<|im_end|>\n<|im_start|>system", "<bos><eos>",
    "Query: a Passage: b", "<Document>: none", "yes", "no", "Yes", "A: one\nB: two", "שלום עולם מה שלומך", "العربية من اليمين إلى اليسار",
    "\u202eoverride\u202c", "def f(x):\n    return [i ** 2 for i in x]\n", "SELECT * FROM t WHERE a = 'b''c'; --", "<div class=\"a\">&nbsp;</div>",
    "|||||||||||||||", "= = = = = = = =", "....................", "\t\t\t\tindent", "０１２３ｆｕｌｌ", "ﬁﬂ ½ ① ™", "e\u0301a\u0300", "नमस्ते दुनिया",
    "🏳️‍🌈 👨‍👩‍👧‍👦 🚀🚀", "\U00020000\U0002A6D6", "x" * 400, "ab" * 300, "long " * 500, "東京大阪" * 60,
]


def make_pairs() -> list[list[str]]:
    chance = random.Random(SEED)
    sentence = lambda words: " ".join(chance.choice(WORDS) for _ in range(words))
    pairs = [[sentence(4), text] for text in HARD + AWKWARD]
    # A query of its own may be awkward too, but not so long that it leaves no room: cutting queries is not `only_second`.
    pairs += [[text, sentence(10)] for text in HARD + AWKWARD if len(text.encode()) < 60]
    while len(pairs) < 200:
        passage = sentence(chance.choice([1, 4, 12, 40, 120]))
        if chance.random() < 0.3:
            passage += " " + chance.choice(HARD)[:60] + " " + sentence(3)
        pairs.append([sentence(chance.randint(1, 4)), passage])
    return pairs[:200]


def train_unigram(texts: list[str], specials: list[str]) -> Tokenizer:
    """SentencePiece's own Unigram and its own compiled normalisation table, a small one."""
    rules = {"ﬁ": "fi", "ﬂ": "fl", "½": "1⁄2", "①": "1", "™": "TM", "e\u0301": "é", "a\u0300": "à", "\u00a0": " ", "\u3000": " ",
             "\t": " ", "\n": " ", "\r": " ", "\u200b": "", "０": "0", "１": "1", "ｆ": "f", "ｕ": "u", "ｌ": "l"}
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "rules.tsv"
        spell = lambda text: " ".join(f"{ord(letter):X}" for letter in text)
        table.write_text("".join(f"{spell(a)}\t{spell(b)}\n" for a, b in rules.items()))
        corpus = Path(folder) / "corpus.txt"
        corpus.write_text("\n".join(text.replace("\n", " ")[:300] for text in texts if text.strip()))
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=f"{folder}/model", vocab_size=420, model_type="unigram", character_coverage=0.98,
            normalization_rule_tsv=str(table), num_threads=1, minloglevel=2, hard_vocab_limit=False)
        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString(Path(f"{folder}/model.model").read_bytes())
    pieces = [(piece.piece, piece.score) for piece in proto.pieces[3:]]
    vocabulary = [(special, 0.0) for special in specials] + pieces
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=specials.index(next(s for s in specials if "unk" in s.lower()))))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens(specials)
    return tokenizer


def xlm_roberta_tokenizer(texts: list[str]) -> Tokenizer:
    tokenizer = train_unigram(texts, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


def deberta_tokenizer(texts: list[str]) -> Tokenizer:
    tokenizer = train_unigram(texts, ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    return tokenizer


def modernbert_tokenizer(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    specials = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=400, special_tokens=specials, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    return tokenizer


def qwen_tokenizer(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(texts + [QWEN_PREFIX, QWEN_SUFFIX, INSTRUCTION, "yes no yes no"] * 40, trainers.BpeTrainer(
        vocab_size=420, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False))
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in ("<think>", "</think>")])
    # A real vocabulary of 150,000 has these words; one of 420 is given them.
    tokenizer.add_tokens([AddedToken(text, single_word=True) for text in ("yes", "no")])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def gemma_tokenizer(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    tokenizer.train_from_iterator(texts + [GEMMA_PROMPT, "A: B: Yes No"] * 40, trainers.BpeTrainer(
        vocab_size=420, special_tokens=["<pad>", "<eos>", "<bos>", "<unk>"], show_progress=False))
    tokenizer.add_tokens([AddedToken("Yes", normalized=False)])
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", pair="<bos> $A <bos> $B:1", special_tokens=[("<bos>", 2)])
    return tokenizer


def export(model: torch.nn.Module, directory: Path, inputs: list[str], output: str, per_token: bool) -> None:
    class Positional(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            extra = {"use_cache": False} if hasattr(model, "lm_head") else {}
            return self.model(**dict(zip(inputs, tensors)), **extra)[0]

    (directory / "onnx").mkdir(parents=True, exist_ok=True)
    ids, mask = torch.ones(2, 7, dtype=torch.int64), torch.ones(2, 7, dtype=torch.int64)
    mask[1, 4:] = 0
    examples = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids),
                "position_ids": torch.arange(7).repeat(2, 1)}
    axes = {name: {0: "batch", 1: "sequence"} for name in inputs}
    torch.onnx.export(
        Positional().eval(), tuple(examples[name] for name in inputs), str(directory / "onnx" / "model.onnx"),
        input_names=inputs, output_names=[output], opset_version=17, dynamo=False,
        dynamic_axes=axes | {output: {0: "batch", 1: "sequence"} if per_token else {0: "batch"}})


def spread(model: torch.nn.Module, times: float = 10.0) -> torch.nn.Module:
    """Fresh weights give nearly equal scores, which any arithmetic would reproduce; these spread by about 1."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(times)
    return model.eval()


def write(directory: Path, model: tf.PreTrainedModel, tokenizer: Tokenizer, limit: int, inputs: list[str],
          traced: torch.nn.Module | None = None, output: str = "logits") -> None:
    directory.mkdir(parents=True, exist_ok=True)
    model.config.architectures = [type(model).__name__]
    model.config.to_json_file(directory / "config.json", use_diff=True)
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)
    (directory / "tokenizer_config.json").write_text(json.dumps({"model_max_length": limit}) + "\n")
    export(traced or model, directory, inputs, output, traced is not None or hasattr(model, "lm_head"))
    slim(directory / "onnx" / "model.onnx")


def score_encoder(model: tf.PreTrainedModel, tokenizer: Tokenizer, pairs: list, inputs: list[str], specials: dict) -> dict:
    fast = tf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_input_names=inputs, **specials)
    rows, scores = [], []
    for query, passage in pairs:
        # In lists, because the library takes an empty text on its own for no passage at all.
        encoded = fast([query], [passage], truncation="only_second", max_length=ENCODER_TOKENS, return_tensors="pt")
        with torch.no_grad():
            logits = model(**encoded).logits[0].double()
        rows.append(encoded["input_ids"][0].tolist())
        scores.append((logits[0] if len(logits) == 1 else logits[1] - logits[0]).item())
    return {"maxTokens": ENCODER_TOKENS, "ids": pack(rows), "rawScores": [round(score, 7) for score in scores]}


def score_decoder(model: tf.PreTrainedModel, rows: list[list[int]], limit: int, yes: int, no: int | None) -> dict:
    """In batches padded on the left, as transformers runs decoders."""
    scores = []
    for start in range(0, len(rows), 8):
        batch = rows[start:start + 8]
        longest = max(map(len, batch))
        ids = torch.tensor([[0] * (longest - len(row)) + row for row in batch])
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in batch])
        with torch.no_grad():
            last = model(input_ids=ids, attention_mask=mask, position_ids=(mask.cumsum(1) - 1).clamp(min=0), use_cache=False).logits[:, -1].double()
        scores += (last[:, yes] - (0 if no is None else last[:, no])).tolist()
    return {"maxTokens": limit, "ids": pack(rows), "rawScores": [round(score, 7) for score in scores]}


def encoders(target: Path, pairs: list, texts: list[str]) -> dict:
    goldens = {}
    typed, untyped = ["input_ids", "attention_mask", "token_type_ids"], ["input_ids", "attention_mask"]
    bert_names = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"}
    size = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48, "attn_implementation": "eager"}
    wordpiece = train_wordpiece(texts, 450)

    monobert = spread(tf.BertForSequenceClassification(tf.BertConfig(
        vocab_size=wordpiece.get_vocab_size(), max_position_embeddings=ENCODER_TOKENS, num_labels=2, **size)))
    write(target / "tiny-monobert", monobert, wordpiece, ENCODER_TOKENS, typed)
    goldens["tiny-monobert"] = score_encoder(monobert, wordpiece, pairs, typed, bert_names)

    electra = spread(tf.ElectraForSequenceClassification(tf.ElectraConfig(
        vocab_size=wordpiece.get_vocab_size(), embedding_size=16, max_position_embeddings=ENCODER_TOKENS, num_labels=1, **size)))
    write(target / "tiny-electra", electra, wordpiece, ENCODER_TOKENS, typed)
    goldens["tiny-electra"] = score_encoder(electra, wordpiece, pairs, typed, bert_names)

    unigram = xlm_roberta_tokenizer(texts)
    xlm = spread(tf.XLMRobertaForSequenceClassification(tf.XLMRobertaConfig(
        vocab_size=unigram.get_vocab_size(), max_position_embeddings=ENCODER_TOKENS + 2, type_vocab_size=1, num_labels=1,
        pad_token_id=1, bos_token_id=0, eos_token_id=2, **size)))
    # Positions of this family begin after its padding id, which a graph that asks for them shows.
    write(target / "tiny-xlm-roberta", xlm, unigram, ENCODER_TOKENS, [*untyped, "position_ids"])
    goldens["tiny-xlm-roberta"] = score_encoder(xlm, unigram, pairs, untyped, {
        "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"})

    pieces = deberta_tokenizer(texts)
    deberta = spread(tf.DebertaV2ForSequenceClassification(tf.DebertaV2Config(
        vocab_size=pieces.get_vocab_size(), max_position_embeddings=ENCODER_TOKENS, relative_attention=True, position_buckets=16,
        norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type=["p2c", "c2p"], position_biased_input=False,
        type_vocab_size=0, num_labels=1, **size)))
    write(target / "tiny-deberta-v3", deberta, pieces, ENCODER_TOKENS, untyped)
    goldens["tiny-deberta-v3"] = score_encoder(deberta, pieces, pairs, typed, bert_names)
    return goldens


def modern_encoders(target: Path, pairs: list, texts: list[str]) -> dict:
    """Two whose graph is the encoder only: the head is in safetensors, once transformers' and once sentence-transformers'."""
    goldens = {}
    inputs = ["input_ids", "attention_mask"]
    tokenizer = modernbert_tokenizer(texts)
    names = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"}
    config = tf.ModernBertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=ENCODER_TOKENS, local_attention=16, global_attn_every_n_layers=2, classifier_pooling="mean",
        num_labels=1, pad_token_id=3, cls_token_id=1, sep_token_id=2, bos_token_id=1, eos_token_id=2, attn_implementation="eager")

    headless = spread(tf.ModernBertForSequenceClassification(config), 3.0)
    directory = target / "tiny-modernbert-headless"
    write(directory, headless, tokenizer, ENCODER_TOKENS, inputs, headless.model, "last_hidden_state")
    head = {name: value.contiguous() for name, value in headless.state_dict().items() if not name.startswith("model.layers")}
    save_file({name: value.half() if name == "classifier.bias" else value for name, value in head.items()
               if "embeddings" not in name}, directory / "model.safetensors")
    with torch.no_grad():
        headless.classifier.bias.copy_(headless.classifier.bias.half().float())
    goldens["tiny-modernbert-headless"] = score_encoder(headless, tokenizer, pairs, inputs, names)

    with tempfile.TemporaryDirectory() as folder:
        encoder = spread(tf.ModernBertModel(config), 8.0)
        encoder.save_pretrained(folder)
        tf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_input_names=inputs, model_max_length=ENCODER_TOKENS, **names).save_pretrained(folder)
        first = Transformer(folder, model_kwargs={"attn_implementation": "eager"})
        model = CrossEncoder(modules=[
            first, Pooling(24, pooling_mode="cls"),
            Dense(24, 24, bias=False, activation_function=torch.nn.GELU()), LayerNorm(24),
            Dense(24, 1, activation_function=torch.nn.Identity(), module_output_name="scores")], activation_fn=torch.nn.Identity())
        spread(model[2], 3.0), spread(model[4], 3.0)
        with torch.no_grad():
            model[3].norm.weight.uniform_(0.5, 1.5), model[3].norm.bias.uniform_(-0.5, 0.5)
        model.eval()
        saved = Path(folder) / "saved"
        model.save_pretrained(str(saved))
        directory = target / "tiny-modernbert-modules"
        write(directory, encoder, tokenizer, ENCODER_TOKENS, inputs, first.model, "last_hidden_state")
        for path in sorted(saved.rglob("*")):
            kept = path.relative_to(saved)
            if path.is_file() and (len(kept.parts) > 1 or kept.name in ("modules.json", "config_sentence_transformers.json", "sentence_bert_config.json", "config.json")):
                (directory / kept).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, directory / kept)
        fast = tf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_input_names=inputs, **names)
        rows = [fast([query], [passage], truncation="only_second", max_length=ENCODER_TOKENS)["input_ids"][0] for query, passage in pairs]
        scores = []
        for row in rows:
            features = {"input_ids": torch.tensor([row]), "attention_mask": torch.ones(1, len(row), dtype=torch.int64)}
            with torch.no_grad():
                scores.append(model(features)["scores"][0].item())
        goldens["tiny-modernbert-modules"] = {
            "maxTokens": ENCODER_TOKENS, "ids": pack(rows), "rawScores": [round(score, 7) for score in scores]}
    return goldens


def decoders(target: Path, pairs: list, texts: list[str]) -> dict:
    goldens = {}
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
            "intermediate_size": 48, "max_position_embeddings": 4096, "attn_implementation": "eager", "tie_word_embeddings": True}

    tokenizer = qwen_tokenizer(texts)
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    qwen = spread(tf.Qwen3ForCausalLM(tf.Qwen3Config(vocab_size=tokenizer.get_vocab_size(), pad_token_id=tokenizer.token_to_id("<|endoftext|>"), **size)))
    write(target / "tiny-qwen3", qwen, tokenizer, QWEN_TOKENS, ["input_ids", "attention_mask", "position_ids"])
    (target / "tiny-qwen3" / "secondpass.json").write_text('{ "template": "qwen3-reranker" }\n')
    before, after = encode(QWEN_PREFIX), encode(QWEN_SUFFIX)
    rows = []
    for query, passage in pairs:
        middle = encode(f"<Instruct>: {INSTRUCTION}\n<Query>: {query}\n<Document>: {passage}")
        rows.append(before + middle[:QWEN_TOKENS - len(before) - len(after)] + after)
    goldens["tiny-qwen3"] = score_decoder(qwen, rows, QWEN_TOKENS, encode("yes")[0], encode("no")[0])

    pieces = gemma_tokenizer(texts)
    encode_gemma = lambda text: pieces.encode(text, add_special_tokens=False).ids
    gemma = spread(tf.GemmaForCausalLM(tf.GemmaConfig(vocab_size=pieces.get_vocab_size(), pad_token_id=0, bos_token_id=2, eos_token_id=1, **size)))
    write(target / "tiny-gemma", gemma, pieces, GEMMA_TOKENS, ["input_ids", "attention_mask"])
    (target / "tiny-gemma" / "secondpass.json").write_text('{ "template": "bge-reranker-v2-gemma" }\n')
    separator, prompt = encode_gemma("\n"), encode_gemma(GEMMA_PROMPT)
    rows = []
    for query, passage in pairs:
        head = [2] + encode_gemma(f"A: {query}") + separator
        room = GEMMA_TOKENS - len(head) - len(separator) - len(prompt)
        rows.append(head + encode_gemma(f"B: {passage}")[:room] + separator + prompt)
    goldens["tiny-gemma"] = score_decoder(gemma, rows, GEMMA_TOKENS, encode_gemma("Yes")[0], None)
    return goldens


def main(target: Path) -> None:
    torch.manual_seed(SEED)
    pairs = make_pairs()
    texts = [text for pair in pairs for text in pair]
    families = encoders(target, pairs, texts) | modern_encoders(target, pairs, texts) | decoders(target, pairs, texts)
    lines = [f'    {json.dumps(name)}: {json.dumps(golden, separators=(",", ":"))}' for name, golden in families.items()]
    (target / "goldens.json").write_text(
        f'{{\n  "seed": {SEED},\n  "pairs": {json.dumps(pairs, ensure_ascii=False)},\n  "families": {{\n' + ",\n".join(lines) + "\n  }\n}\n",
        encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
