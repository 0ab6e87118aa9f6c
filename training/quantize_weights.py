"""Symmetric int8 weights with one scale per row or column; arithmetic stays fp32.

The rounding is plain round-to-nearest: with one scale per output channel the worst relative step is 1/254 of the
channel's largest weight (compare Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference", who also quantise the activations: that would make a score depend on its batch).
"""
import numpy as np


def quantize_rows(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """fp32 [rows, columns] -> int8 [rows, columns] and fp32 scales [rows, 1]: matrix ~ integers * scales."""
    largest = np.abs(matrix).max(axis=1, keepdims=True)
    scales = np.where(largest > 0, largest / 127.0, 1.0).astype(np.float32)
    integers = np.clip(np.rint(matrix / scales), -127, 127).astype(np.int8)
    return integers, scales


def quantize_columns(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same with one scale per column (the output channel of x @ matrix): scales are fp32 [1, columns]."""
    integers, scales = quantize_rows(np.ascontiguousarray(matrix.T))
    return np.ascontiguousarray(integers.T), np.ascontiguousarray(scales.T)
