"""What a device computes fastest in. A processor without bfloat16 imitates it, which takes many times as long as fp32."""
import torch


def fastest_type(device: str) -> torch.dtype:
    has_bfloat16 = device != "cpu" or torch.cpu.get_capabilities().get("avx512_bf16")
    return torch.bfloat16 if has_bfloat16 else torch.float32


def fastest_products(device: str, half: bool = True) -> torch.autocast:
    """A block whose products are computed in bfloat16 where that is faster; with half = False they never are."""
    return torch.autocast(device, torch.bfloat16, enabled=half and fastest_type(device) == torch.bfloat16)
