"""Makes what packages/runtime-common/test/tokenizer compares with: token ids by Python's tokenizers, and tiny-unigram.

The texts come from the test's own generator. `--train` trains tiny-unigram anew, from the texts of make_goldens.py:

    pip install -r requirements.txt
    node -e "import('../../packages/runtime-common/test/tokenizer/varied-texts.ts').then(({ variedTexts }) =>
      console.log(JSON.stringify(variedTexts(420, 7))))" \\
        | python make_tokenizer_goldens.py ../../packages/runtime-common/test/tokenizer [--train]
"""

import io
import json
import sys
import tempfile
import unicodedata
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

from golden_files import pack, write_goldens


def character_rules() -> str:
    """NFKC for the characters where it is most awkward, in SentencePiece's form: hexadecimal source, target."""
    rules = {chr(code): " " for code in (9, 10, 13, 0x85, 0x2028, 0x200B)}
    blocks = [(0xA0, 0x17F), (0x2000, 0x206F), (0xFB00, 0xFB06), (0xFE70, 0xFE7F), (0xFF01, 0xFF9F), (0x2460, 0x2473)]
    for first, last in [*blocks, (0x37A, 0x37A), (0x3000, 0x3000), (0x2100, 0x2138)]:
        for code in range(first, last + 1):
            target = unicodedata.normalize("NFKC", chr(code))
            if target != chr(code):
                rules[chr(code)] = target
            decomposed = unicodedata.normalize("NFD", chr(code))
            if len(decomposed) > 1:
                rules[decomposed] = target
    for base in "ｶｷｸｹｺｻﾊﾋ":
        for mark in "ﾞﾟ":
            rules[base + mark] = unicodedata.normalize("NFKC", base + mark)
    hexadecimal = lambda text: " ".join(f"{ord(character):X}" for character in text)
    return "".join(f"{hexadecimal(source)}\t{hexadecimal(target)}\n" for source, target in sorted(rules.items()))


def train(target: Path) -> None:
    pairs = json.loads((target / "../goldens/goldens.json").read_text(encoding="utf-8"))["pairs"]
    texts = [text for pair in pairs for text in pair if "\0" not in text]
    model = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.tsv"
        rules.write_text(character_rules())
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_writer=model, vocab_size=500, hard_vocab_limit=False,
            model_type="unigram", normalization_rule_tsv=str(rules), character_coverage=0.995, minloglevel=2,
            bos_id=0, pad_id=1, eos_id=2, unk_id=3)
    proto = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue())
    pieces = [(special, 0.0) for special in ("<s>", "<pad>", "</s>", "<unk>")]
    pieces += [(piece.piece, piece.score) for piece in proto.pieces[4:]] + [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, 3))
    tokenizer.normalizer = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace("▁", prepend_scheme="always")])
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", "<s> $A </s> </s> $B </s>", [("<s>", 0), ("</s>", 2)])
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)])
    (target / "tiny-unigram").mkdir(exist_ok=True)
    tokenizer.save(str(target / "tiny-unigram/tokenizer.json"), pretty=False)


def main(target: Path) -> None:
    if "--train" in sys.argv:
        train(target)
    texts = [text for text in json.load(sys.stdin) if not any("\ud800" <= character <= "\udfff" for character in text)]
    ids = {}
    for name in ("../goldens/tiny-bert", "../goldens/tiny-roberta", "tiny-unigram"):
        tokenizer = Tokenizer.from_file(str(target / name / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        ids[name.split("/")[-1]] = pack([tokenizer.encode(text, add_special_tokens=False).ids for text in texts])
    write_goldens(target / "goldens.json", {"texts": texts, "ids": ids})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
