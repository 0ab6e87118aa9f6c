"""The shapes that are measured, as transformers configurations. Names in brackets: the models on the hub that have them."""

SHAPES = {
    # cross-encoder/ms-marco-TinyBERT-L2-v2
    "L2": dict(family="bert", layers=2, hidden=128, heads=2, intermediate=512),
    # cross-encoder/ms-marco-MiniLM-L6-v2
    "L6": dict(family="bert", layers=6, hidden=384, heads=12, intermediate=1536),
    # cross-encoder/ms-marco-MiniLM-L12-v2
    "L12": dict(family="bert", layers=12, hidden=384, heads=12, intermediate=1536),
    # BAAI/bge-reranker-base, but for a vocabulary of 20,000 instead of 250,002 pieces (see docs/speed.md)
    "bge-base": dict(family="xlm-roberta", layers=12, hidden=768, heads=12, intermediate=3072),
    # cross-encoder/ettin-reranker-17m-v1. GeGLU's first matrix is twice as wide as `intermediate`; a token of a local layer
    # sees 64 tokens on either side.
    "ettin-17m": dict(
        family="modernbert", layers=7, hidden=256, heads=4, intermediate=384,
        gated=True, localAttention=128, globalEveryLayers=3,
    ),
}
BERT_VOCABULARY = 30522
XLM_R_VOCABULARY = 20000
# Rows of the table of embeddings; the tokenizer has as many tokens.
MODERN_BERT_VOCABULARY = 50368
