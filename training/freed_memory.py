"""Keeps freed memory in the process: PyTorch allocates the large tensors of a step anew in every step, and glibc gives each of
them back to the system, which then clears the same pages again. Without it that took a third of the processor time
(45 texts/s of compute_states instead of 71, two cores).
"""
import ctypes

# malloc.h of glibc.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def keep_freed_memory() -> None:
    """For the rest of the process; does nothing where the C library has no such setting (macOS, musl)."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 2**30)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
