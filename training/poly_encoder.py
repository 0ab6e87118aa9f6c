"""A poly-encoder (Humeau et al. 2020) that starts as the bundled bi-encoder.

Learned codes attend over the query's token states, which gives several query vectors instead of one; a passage keeps the
one vector that stage 1 has stored already. The passage attends over the query's vectors, and the score is a dot product.
Trained are the codes, a matrix behind them and the vectors' length; the encoder itself is not, so that token states are
computed once.
"""
import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gated_cross_encoder import CLOSED
from starting_weights import HIDDEN

CODES = 16
# The length of a query vector: cosines of unit vectors are too close together for a softmax.
STARTING_LENGTH = 20.0


class PolyEncoder(nn.Module):
    """The query's side, from the token states of the bi-encoder's last layer."""

    def __init__(self, codes: int = CODES):
        super().__init__()
        # Near zero every code attends evenly, so that every vector starts as the bi-encoder's mean.
        self.codes = nn.Parameter(0.05 * torch.randn(codes, HIDDEN))
        self.projection = nn.Parameter(torch.eye(HIDDEN))
        self.length = nn.Parameter(torch.tensor(STARTING_LENGTH))

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """states fp32 [B, S, H] after the last layer, mask fp32 [B, S]: query vectors [B, codes, H]."""
        padding = ((1 - mask) * CLOSED)[:, None, :]
        attention = torch.softmax(self.codes @ states.transpose(1, 2) + padding, dim=2)
        return self.length * functional.normalize(attention @ states @ self.projection.T, dim=2)


def poly_scores(vectors: Tensor, passages: Tensor) -> Tensor:
    """Query vectors [B, codes, H] and passage vectors [P, H]: scores [B, P], each passage attending over the codes."""
    products = vectors @ passages.T
    return (torch.softmax(products, dim=1) * products).sum(1)
