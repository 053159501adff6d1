"""The same mathematics in floating point at any size; the plain version beside the fast one."""

from .arrays import PrecisionWarning
from .causal import Causal, State, causal_ridge_attention, causal_ridge_attention_vjp
from .forward import Method, Run, forward
from .kernels import kernel
from .purify import gains, purify
from .ridge import Gradients, ridge_attention, ridge_attention_vjp, ridge_weights
from .state_space import Dense, Diagonal, DiagonalPlusLowRank, IdentityPlusOuter, StateSpace

__all__ = [
    "Causal",
    "Dense",
    "Diagonal",
    "DiagonalPlusLowRank",
    "Gradients",
    "IdentityPlusOuter",
    "Method",
    "PrecisionWarning",
    "Run",
    "State",
    "StateSpace",
    "causal_ridge_attention",
    "causal_ridge_attention_vjp",
    "forward",
    "gains",
    "kernel",
    "purify",
    "ridge_attention",
    "ridge_attention_vjp",
    "ridge_weights",
]
