"""Steps that run once: a step is skipped when its inputs and settings are those of its last finished run."""
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """write gets a temporary path of the same suffix beside path; the finished file then takes path's place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    write(temporary)
    os.replace(temporary, path)


def write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


class Steps:
    """Remembers in work/steps/NAME.json what each step was run from."""

    def __init__(self, work: Path):
        self.folder = work / "steps"

    def run(self, name: str, inputs: dict[str, Any], outputs: list[Path], action: Callable[[], None]) -> str:
        """Runs action unless it was run from the same inputs and all outputs are there; returns a digest for later steps."""
        digest = hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()
        stamp = self.folder / f"{name}.json"
        if stamp.exists() and all(path.exists() for path in outputs):
            if json.loads(stamp.read_text())["digest"] == digest:
                print(f"{name}: up to date", flush=True)
                return digest
        print(f"{name}: running", flush=True)
        start = time.time()
        action()
        missing = [str(path) for path in outputs if not path.exists()]
        if missing:
            raise RuntimeError(f"step {name} ended without writing {', '.join(missing)}")
        write_json(stamp, {"digest": digest, "seconds": round(time.time() - start)})
        return digest
