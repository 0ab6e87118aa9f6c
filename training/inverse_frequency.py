"""How rare each WordPiece token is, over the training pools."""
import math

import numpy as np
from tokenizers import Tokenizer

from data import Collection


def inverse_document_frequency(pools: list[Collection], tokenizer: Tokenizer) -> np.ndarray:
    """fp32 [vocabulary]: log((passages + 1) / (passages with the token + 0.5)), over its largest value: in (0, 1]."""
    frequency = np.zeros(tokenizer.get_vocab_size())
    passages = 0
    for pool in pools:
        for encoding in tokenizer.encode_batch(pool.passages):
            frequency[list(set(encoding.ids))] += 1
        passages += len(pool.passages)
    highest = math.log((passages + 1) / 0.5)
    return (np.log((passages + 1) / (frequency + 0.5)) / highest).astype(np.float32)
