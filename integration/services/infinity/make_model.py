"""Writes a torch directory of tiny-sentence-bert, whose committed form is an ONNX graph: python make_model.py OUT"""

import json
import shutil
import sys
from pathlib import Path

import onnx
from transformers import BertConfig, BertModel

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "integration" / "goldens"))
from make_embedder_goldens import SPECIALS, weights_of  # noqa: E402


def main(target: Path) -> None:
    base = ROOT / "packages" / "core" / "test" / "goldens" / "tiny-sentence-bert"
    model = BertModel(BertConfig.from_json_file(base / "config.json"), add_pooling_layer=False).eval()
    model.load_state_dict(weights_of(onnx.load(str(base / "onnx" / "model.onnx"))), strict=False)
    target.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(target)
    for file in ["tokenizer.json", "modules.json"]:
        shutil.copy(base / file, target / file)
    shutil.copytree(base / "1_Pooling", target / "1_Pooling", dirs_exist_ok=True)
    (target / "2_Normalize").mkdir(exist_ok=True)
    config = json.loads((base / "tokenizer_config.json").read_text()) | SPECIALS | {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_input_names": ["input_ids", "attention_mask", "token_type_ids"]}
    (target / "tokenizer_config.json").write_text(json.dumps(config))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
