"""What a device computes fastest in. A processor without bfloat16 imitates it, which takes many times as long as fp32."""
import torch


def has_bfloat16(device: str) -> bool:
    return device != "cpu" or bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def fastest_type(device: str) -> torch.dtype:
    return torch.bfloat16 if has_bfloat16(device) else torch.float32
