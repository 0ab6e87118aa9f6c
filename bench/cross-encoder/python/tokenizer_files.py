"""Writes tokenizer.json and its companions as transformers saves them for BERT, XLM-R and ModernBERT."""

from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from shapes import BERT_VOCABULARY, MODERN_BERT_VOCABULARY, XLM_R_VOCABULARY
from vocabulary import SPECIAL_MODERN_BERT, made_up_text, unigram_vocabulary, word_piece_vocabulary


def write_tokenizer(family: str, directory: Path, seed: int) -> None:
    if family == "bert":
        write_bert(directory, seed)
    elif family == "modernbert":
        write_modern_bert(directory, seed)
    else:
        write_xlm_r(directory, seed)


def write_bert(directory: Path, seed: int) -> None:
    vocabulary = {token: index for index, token in enumerate(word_piece_vocabulary(BERT_VOCABULARY, seed))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    special = dict(unk_token="[UNK]", sep_token="[SEP]", pad_token="[PAD]", cls_token="[CLS]", mask_token="[MASK]")
    save(tokenizer, directory, "BertTokenizer", ["input_ids", "token_type_ids", "attention_mask"], special)
    (directory / "vocab.txt").write_text("\n".join(vocabulary) + "\n")


def write_xlm_r(directory: Path, seed: int) -> None:
    pieces = unigram_vocabulary(XLM_R_VOCABULARY, seed)
    pieces.append(("<mask>", 0.0))
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    special = dict(
        bos_token="<s>", eos_token="</s>", unk_token="<unk>", sep_token="</s>",
        pad_token="<pad>", cls_token="<s>", mask_token="<mask>",
    )
    save(tokenizer, directory, "XLMRobertaTokenizer", ["input_ids", "attention_mask"], special)


def write_modern_bert(directory: Path, seed: int) -> None:
    """Byte-level BPE, as ModernBERT and Ettin have it, learned from made-up text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    # The hub's have no space before the first word, which would be another token then than it is inside of a text.
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=MODERN_BERT_VOCABULARY - len(SPECIAL_MODERN_BERT), show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(made_up_text(60_000, seed), trainer)
    tokenizer.add_special_tokens(SPECIAL_MODERN_BERT)
    if tokenizer.get_vocab_size() != MODERN_BERT_VOCABULARY:
        raise ValueError(f"the made-up text gave {tokenizer.get_vocab_size()} tokens")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")],
    )
    special = dict(unk_token="[UNK]", sep_token="[SEP]", pad_token="[PAD]", cls_token="[CLS]", mask_token="[MASK]")
    save(tokenizer, directory, "PreTrainedTokenizerFast", ["input_ids", "attention_mask"], special)


def save(tokenizer: Tokenizer, directory: Path, tokenizer_class: str, inputs: list[str], special: dict) -> None:
    import json

    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=512, model_input_names=inputs, padding_side="right", **special
    )
    fast.save_pretrained(directory)
    path = directory / "tokenizer_config.json"
    config = json.loads(path.read_text())
    # The class that the hub's files name. Readers other than transformers 5 know only these.
    config["tokenizer_class"] = tokenizer_class
    config.pop("backend", None)
    if tokenizer_class == "BertTokenizer":
        config["do_lower_case"] = True
    path.write_text(json.dumps(config, indent=2))
    (directory / "special_tokens_map.json").write_text(json.dumps(special, indent=2))
