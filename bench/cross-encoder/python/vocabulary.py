"""Seeded vocabularies: made-up words whose lengths are those of running English text."""

import random
from collections.abc import Iterator

SPECIAL_BERT = ["[PAD]"] + [f"[unused{i}]" for i in range(99)] + ["[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SPECIAL_XLM_R = ["<s>", "<pad>", "</s>", "<unk>"]
SPECIAL_MODERN_BERT = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"] + [f"[unused{i}]" for i in range(83)]
PUNCTUATION = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ONSETS = "b c d f g h j k l m n p r s t v w z ch sh th st tr br pl gr".split() + [""] * 4
NUCLEI = "a e i o u a e i o ea ou ai y".split()
CODAS = "n r s t l m d ck nd st ng".split() + [""] * 9


def made_up_words(count: int, seed: int) -> list[str]:
    """Distinct pronounceable words, the frequent ones (first) shorter, as in any language."""
    rng = random.Random(seed)
    words: dict[str, None] = {}
    while len(words) < count:
        syllables = 1 + int(rng.random() < 0.35) if len(words) < 300 else rng.choice([1, 2, 2, 2, 3, 3, 4])
        word = "".join(rng.choice(ONSETS) + rng.choice(NUCLEI) + rng.choice(CODAS) for _ in range(syllables))
        if 2 <= len(word) <= 14:
            words[word] = None
    return list(words)


def word_piece_vocabulary(size: int, seed: int) -> list[str]:
    """BERT's layout: special tokens, characters, whole words by frequency, and a fifth of `##` continuations."""
    characters = PUNCTUATION + list("0123456789") + list(LETTERS)
    fixed = SPECIAL_BERT + characters + [f"##{c}" for c in "0123456789" + LETTERS]
    continuations = size // 5
    pieces = [f"##{word}" for word in made_up_words(continuations, seed + 1) if len(word) <= 5][:continuations]
    single = set(characters)
    words = [word for word in made_up_words(size, seed) if word not in single]
    return (fixed + words[: size - len(fixed) - len(pieces)] + pieces)[:size]


def unigram_vocabulary(size: int, seed: int) -> list[tuple[str, float]]:
    """XLM-R's layout: four special tokens, then pieces with log probabilities that follow Zipf's law; `<mask>` is added last."""
    import math

    words = made_up_words(size, seed)
    singles = [f"▁{word}" for word in words[: size * 7 // 10]]
    inner = [word for word in made_up_words(size // 4, seed + 1) if len(word) <= 5]
    characters = ["▁"] + list(LETTERS) + list("0123456789") + PUNCTUATION
    pieces = list(dict.fromkeys(singles + inner + characters))[: size - len(SPECIAL_XLM_R) - 1]
    pieces = [piece for piece in pieces if piece not in characters] + characters
    scored = [(piece, -2.0 - math.log(rank + 2)) for rank, piece in enumerate(pieces)]
    return [(token, 0.0) for token in SPECIAL_XLM_R] + scored


def made_up_text(size: int, seed: int) -> Iterator[str]:
    """Lines of text in which the word of rank r stands about size / r times, which is Zipf's law: BPE learns its merges from it."""
    for rank, word in enumerate(made_up_words(size, seed)):
        yield " ".join([word] * max(1, size // (rank + 1)))
