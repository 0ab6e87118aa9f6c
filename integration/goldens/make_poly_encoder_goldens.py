"""Makes the tiny poly-encoder and the scores that packages/late-interaction/test/poly-encoder compares with.

Two seeded BERTs and seeded codes are written by training/poly_encoder_export.py; the reference runs the same weights
in transformers, and does the two attentions of Humeau et al. (2020) in numpy. Run it again only when the files change:

    pip install -r requirements.txt
    python make_poly_encoder_goldens.py ../../packages/late-interaction/test/poly-encoder/tiny-poly-encoder
"""

import sys
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertModel

from golden_files import write_goldens
from make_late_interaction_goldens import PASSAGES, QUERIES, make_tokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "training"))

from onnx_graph import EncoderWeights  # noqa: E402
from poly_encoder_export import write_poly_encoder  # noqa: E402

SEED, HIDDEN, CODES, LENGTH = 20261123, 24, 5, 9.0
LAYERS, HEADS, MAX_QUERY, MAX_PASSAGE = 2, 4, 16, 40
SETTINGS = {"name": "tiny-poly-encoder", "maxQueryTokens": MAX_QUERY, "maxPassageTokens": MAX_PASSAGE, "slope": 0.5, "offset": -1.0}


def tiny_bert(words: int) -> BertModel:
    model = BertModel(BertConfig(vocab_size=words, hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
                                 intermediate_size=48, max_position_embeddings=64, attn_implementation="eager"),
                      add_pooling_layer=False)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(4.0)
    return model.eval()


def states_of(model: BertModel, tokenizer, text: str, limit: int) -> np.ndarray:
    ids = tokenizer.encode(text).ids
    ids = ids if len(ids) <= limit else ids[: limit - 1] + ids[-1:]
    with torch.no_grad():
        return model(torch.tensor([ids])).last_hidden_state[0].double().numpy()


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def softmax(values: np.ndarray, axis: int) -> np.ndarray:
    exponents = np.exp(values - values.max(axis=axis, keepdims=True))
    return exponents / exponents.sum(axis=axis, keepdims=True)


def main(directory: Path) -> None:
    torch.manual_seed(SEED)
    tokenizer = make_tokenizer()
    query_model, passage_model = tiny_bert(tokenizer.get_vocab_size()), tiny_bert(tokenizer.get_vocab_size())
    codes, projection = torch.randn(CODES, HIDDEN).numpy(), torch.randn(HIDDEN, HIDDEN).numpy()
    head = {"codes": codes, "projection": projection, "length": LENGTH}

    def weights(model: BertModel) -> EncoderWeights:
        return EncoderWeights({name: value.numpy() for name, value in model.state_dict().items()}, LAYERS, HEADS, 1e-12)
    write_poly_encoder(directory, weights(query_model), weights(passage_model), head, tokenizer, SETTINGS, "fp32")

    passages = np.stack([unit(states_of(passage_model, tokenizer, text, MAX_PASSAGE).mean(0)) for text in PASSAGES])
    scores = []
    for query in QUERIES:
        states = states_of(query_model, tokenizer, query, MAX_QUERY)
        vectors = LENGTH * unit(softmax(codes.astype(np.float64) @ states.T, axis=1) @ states @ projection.T.astype(np.float64))
        products = vectors @ passages.T
        scores.append((softmax(products, axis=0) * products).sum(0).tolist())
    content = {"queries": QUERIES, "passages": PASSAGES, "passageVectors": np.round(passages, 7).tolist(), "scores": scores}
    write_goldens(directory.parent / "goldens.json", content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
