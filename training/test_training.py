"""Fast checks of what must hold whatever the training found."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import telemetry_off  # noqa: F401, before onnxruntime
import onnxruntime
import pytest
import torch

from blend_weight import WEIGHTS, blended, chosen_weight
from bm25 import BM25, best
from bm25_run import run_lines
from calibrate import fit_logistic
from data import Collection
from embed_corpus import embed_in_parts
from evaluate import Lists, compare, score
from export_onnx import STATES, bi_encoder_graph, cross_encoder_graph
from gated_cross_encoder import CLOSED, CLOSED_LAYERS, SIGNALS, Encoder, GatedCrossEncoder
from joint_layers import JOINT_LAYERS, joint_model
from lower_states import TextStates, compute_states, last_states, states_in_parts
from metrics import ndcg, randomisation_p, reciprocal_rank
from mine_negatives import COSINE_DEPTH, copies
from model_cards import table
from model_directory import head_arrays, pair_template, rounded_tensors, with_layers, write_small
from onnx_graph import EncoderWeights
from quantize_weights import quantize_columns, quantize_rows
from shipped_small import read_small
from starting_weights import HEADS, HIDDEN, LAYER_NORM_EPSILON, LAYERS, load_starting_weights, load_tokenizer
from train_cross_encoder import (
    HELD_OUT,
    Settings,
    Step,
    TrainingPool,
    allowed_pairs,
    draw_negatives,
    hold_all_but_the_layers,
    labels,
    loss_of,
    signals_of_step,
    taught,
    train,
)

QUERY = "who built the first steam engine?"
PASSAGES = ["Thomas Newcomen built the first practical steam engine in 1712.", "Tea.",
            "The first railway engine to run on steam was built by Richard Trevithick; it ran in Wales, on a tramway.",
            "A steam engine turns heat into work. " * 12]
PAIR_TOKENIZER = pair_template(load_tokenizer())


@pytest.fixture(scope="module")
def tensors() -> dict[str, torch.Tensor]:
    return load_starting_weights()


@pytest.fixture(scope="module")
def model(tensors) -> GatedCrossEncoder:
    """Every learned part moved off its starting value, so that a test would see it missing."""
    torch.manual_seed(0)
    model = GatedCrossEncoder(Encoder(tensors), torch.rand(tensors["embeddings.word_embeddings.weight"].shape[0]))
    with torch.no_grad():
        model.token_factor.normal_(0, 0.1)
        model.signal_weights.copy_(torch.tensor([3.0, 1.0, 0.5, 1.0, 2.0, 1.5]))
        model.offset.fill_(-2.0)
    return model.eval()


def states_of(tensors: dict[str, torch.Tensor], texts: list[str]):
    return compute_states(Encoder(tensors).eval(), load_tokenizer(), texts, 256, CLOSED_LAYERS)


def logits_of(model: GatedCrossEncoder, tensors: dict[str, torch.Tensor]) -> np.ndarray:
    query, passages = states_of(tensors, [QUERY]), states_of(tensors, PASSAGES)
    repeated = tuple(part.expand(len(PASSAGES), *part.shape[1:]) for part in query.batch([0]))
    with torch.no_grad():
        return model(repeated, passages.batch(range(len(PASSAGES)))).numpy()


def session_of(graph) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])


def feed(rows: list, padding: int = 0) -> dict[str, np.ndarray]:
    width = max(len(row.ids) for row in rows) + padding
    inputs = {name: np.zeros((len(rows), width), np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
    for index, row in enumerate(rows):
        inputs["input_ids"][index, :len(row.ids)] = row.ids
        inputs["attention_mask"][index, :len(row.ids)] = 1
        inputs["token_type_ids"][index, :len(row.ids)] = row.type_ids
    return inputs


@pytest.fixture(scope="module")
def small(model, tensors) -> onnxruntime.InferenceSession:
    weights = {name: tensor.numpy() for name, tensor in with_layers(tensors, model).items()}
    return session_of(cross_encoder_graph(EncoderWeights(weights, LAYERS, HEADS, LAYER_NORM_EPSILON), head_arrays(model)))


def test_the_cosine_is_the_bi_encoders(tensors):
    model = GatedCrossEncoder(Encoder(tensors), torch.ones(tensors["embeddings.word_embeddings.weight"].shape[0])).eval()
    with torch.no_grad():
        model.signal_weights.copy_(torch.tensor([1.0, 0, 0, 0, 0, 0]))
    cosines = states_of(tensors, PASSAGES).embeddings @ states_of(tensors, [QUERY]).embeddings[0]
    assert np.abs(logits_of(model, tensors) - cosines).max() < 1e-3  # the kept states are fp16


def test_onnx_is_the_torch_model_with_rounded_weights(model, tensors, small):
    rounded = rounded_tensors(with_layers(tensors, model))
    encoder = Encoder(rounded)
    copy = GatedCrossEncoder(encoder, model.inverse_frequency).eval()
    copy.load_state_dict({**model.state_dict(), **encoder.layers[CLOSED_LAYERS:].state_dict(prefix="layers.")})
    logits = small.run(None, feed([PAIR_TOKENIZER.encode(QUERY, passage) for passage in PASSAGES]))[0][:, 0]
    assert np.abs(logits - logits_of(copy, rounded)).max() < 2e-3  # the kept states are fp16


def test_logits_do_not_depend_on_the_batch_or_the_padding(small):
    rows = [PAIR_TOKENIZER.encode(QUERY, passage) for passage in PASSAGES]
    together = small.run(None, feed(rows))[0][:, 0]
    assert together.shape == (len(PASSAGES),)
    for index, row in enumerate(rows):
        assert abs(small.run(None, feed([row]))[0][0, 0] - together[index]) < 1e-5
    assert np.abs(small.run(None, feed(rows, padding=37))[0][:, 0] - together).max() < 1e-5


def test_padding_may_carry_any_token_type(small):
    inputs = feed([PAIR_TOKENIZER.encode(QUERY, passage) for passage in PASSAGES], padding=5)
    before = small.run(None, inputs)[0]
    inputs["token_type_ids"][inputs["attention_mask"] == 0] = 1
    assert np.abs(small.run(None, inputs)[0] - before).max() < 1e-5


def test_the_passage_starts_at_position_0(model, tensors, small):
    """One text as query and as passage has a cosine of 1 only if both parts count their positions from 0."""
    weights = {name: tensor.numpy() for name, tensor in tensors.items()}
    cosine_alone = {**head_arrays(model), "offset": np.zeros((), np.float32),
                    "signal_weights": np.array([1, 0, 0, 0, 0, 0], np.float32)}
    session = session_of(cross_encoder_graph(EncoderWeights(weights, LAYERS, HEADS, LAYER_NORM_EPSILON), cosine_alone, "fp32"))
    cosine = session.run(None, feed([PAIR_TOKENIZER.encode(PASSAGES[3], PASSAGES[3])]))[0]
    assert abs(cosine[0, 0] - 1) < 1e-5


def test_what_is_read_of_a_passage_does_not_depend_on_the_query(model, tensors):
    weights = {name: tensor.numpy() for name, tensor in with_layers(tensors, model).items()}
    graph = cross_encoder_graph(EncoderWeights(weights, LAYERS, HEADS, LAYER_NORM_EPSILON), head_arrays(model))
    graph.graph.output.append(onnx.helper.make_tensor_value_info(STATES, onnx.TensorProto.FLOAT, None))
    session = session_of(graph)
    found = []
    for query in (QUERY, "tea"):
        row = PAIR_TOKENIZER.encode(query, PASSAGES[0])
        states = session.run([STATES], feed([row]))[0][0]
        found.append(states[row.type_ids.index(1):])
    assert found[0].shape[1] == 2 * HIDDEN
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)


def test_scores_from_states_of_single_texts_are_those_of_pairs(model, tensors):
    queries, passages = states_of(tensors, [QUERY, "tea"]), states_of(tensors, PASSAGES)
    every = np.arange(len(PASSAGES))
    upper = last_states(model.layers, queries, np.array([0])), last_states(model.layers, passages, every)
    found, wanted = (score(model, queries, passages, 0, every, upper=known) for known in (upper, None))
    np.testing.assert_allclose(found, wanted, atol=2e-3)  # the kept states are fp16
    assert not upper[0].states[queries.start[1]:].any()


def test_open_gates_are_not_written(model, tensors, tmp_path):
    gates = model.gates.clone()
    model.gates[0] = -2.0
    with pytest.raises(ValueError, match="closed"):
        write_small(tmp_path / "small", tensors, model)
    model.gates.copy_(gates)
    assert not (tmp_path / "small").exists()


def test_a_written_model_is_read_back_as_it_was_written(model, tensors, tmp_path):
    write_small(tmp_path / "first", tensors, model)
    read_tensors, again = read_small(tmp_path / "first")
    write_small(tmp_path / "second", read_tensors, again)
    first, second = ({value.name: onnx.numpy_helper.to_array(value) for value in
                      onnx.load(str(tmp_path / folder / "onnx" / "model_quantized.onnx")).graph.initializer
                      if not value.name.startswith("number_")} for folder in ("first", "second"))
    assert first.keys() == second.keys()
    for name, values in first.items():
        np.testing.assert_allclose(second[name], values, rtol=1e-6, err_msg=name)
    for name in ("saturation", "length_share"):
        assert getattr(again, name).item() == pytest.approx(getattr(model, name).item())


def test_empty_texts_give_finite_logits(small):
    rows = [PAIR_TOKENIZER.encode(*pair) for pair in (("", ""), ("", "text"), ("text", ""))] + [load_tokenizer().encode("a")]
    assert np.isfinite(small.run(None, feed(rows))[0]).all()


def test_the_bi_encoder_graph_keeps_the_embeddings(tensors):
    weights = {name: tensor.numpy() for name, tensor in tensors.items()}
    session = session_of(bi_encoder_graph(EncoderWeights(weights, LAYERS, HEADS, LAYER_NORM_EPSILON)))
    inputs = feed([load_tokenizer().encode(passage) for passage in PASSAGES])
    states = (session.run(None, inputs)[0] * inputs["attention_mask"][..., None]).sum(1)
    embeddings = states / np.linalg.norm(states, axis=1, keepdims=True)
    assert (embeddings * states_of(tensors, PASSAGES).embeddings).sum(1).min() > 0.998


def test_quantising_is_exact_to_half_a_step():
    matrix = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)
    matrix[2] = 0
    for integers, scales in (quantize_rows(matrix), quantize_columns(matrix)):
        assert integers.dtype == np.int8
        assert (np.abs(integers * scales - matrix) <= scales / 2 + 1e-7).all()


def test_measures_against_hand_computed_values():
    # Gains 3, 0, 1 at ranks 1, 2, 3 and a gain of 2 not found: DCG = 3 + 1/2, ideal = 3 + 2/log2(3) + 1/2.
    assert ndcg([5, 6, 7], {5: 3, 7: 1, 9: 2}) == pytest.approx(3.5 / (3.5 + 2 / np.log2(3)))
    assert ndcg([1], {}) == 0
    assert reciprocal_rank([4, 3, 2], {2: 1}) == pytest.approx(1 / 3)
    assert reciprocal_rank([4, 3, 2], {2: 1}, depth=2) == 0
    # Four equal differences: only the two all-alike sign patterns of sixteen are as extreme.
    assert randomisation_p(np.array([0.1, 0.1, 0.1, 0.1])) == pytest.approx(2 / 16, abs=0.01)


def test_a_comparison_has_the_model_alone_and_blended():
    embeddings = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]], dtype=np.float32)
    texts = TextStates(np.zeros(3, np.int32), np.zeros((3, HIDDEN), np.float16), np.arange(4), embeddings)
    lists = Lists(texts, texts, np.array([0]), [np.array([0, 1, 2])], [{1: 1.0}])
    second = 1 / np.log2(3)
    found = compare(lists, [np.array([0.0, 2.0, 1.0])], 0.9)
    assert (found["stage1"], found["stage2"], found["wins"], found["losses"]) == (round(second, 4), 1.0, 1, 0)
    assert found["blended"] == round(second, 4)
    assert compare(lists, [np.array([0.0, 2.0, 1.0])], 0.1)["blended"] == 1.0
    assert "blended" not in compare(lists, [np.zeros(3)])
    assert "| 1.000 (+58.5%) | |" in table({"some": {**found, "blended": 1.0}})


def test_bm25_prefers_the_passage_with_the_rare_word():
    index = BM25(["the cat", "the dog", "the the the"])
    assert best(index.scores("the dog"), 3)[0] == 1
    assert index.scores("unseen").tolist() == [0, 0, 0]


def test_near_copies_are_recognised():
    assert copies({"a", "b", "c"}, {"a", "b", "d", "e"})
    assert not copies({"a", "b", "c"}, {"a", "d", "e"})


def test_calibration_finds_the_odds_back():
    generator = np.random.default_rng(0)
    scores = generator.normal(size=20000) * 3 + 5
    labels = (generator.random(20000) < 1 / (1 + np.exp(-(0.7 * scores - 4)))).astype(float)
    slope, offset = fit_logistic(scores, labels)
    assert slope == pytest.approx(0.7, abs=0.05) and offset == pytest.approx(-4, abs=0.3)


def test_joint_layers_close_from_below(tensors):
    rarity = torch.ones(tensors["embeddings.word_embeddings.weight"].shape[0])
    for joint in JOINT_LAYERS:
        model, closed_layers = joint_model(Encoder(tensors), rarity, joint)
        assert closed_layers + len(model.layers) == LAYERS
        open_layers = [bool((gate > CLOSED).all()) for gate in model.gates]
        assert open_layers == sorted(open_layers) and sum(open_layers) == joint
    model, closed_layers = joint_model(Encoder(tensors), rarity, 0)
    query, passages = states_of(tensors, [QUERY]), states_of(tensors, PASSAGES)
    repeated = tuple(part.expand(len(PASSAGES), *part.shape[1:]) for part in query.batch([0]))
    with torch.no_grad():
        cosines = model.signals(repeated, passages.batch(range(len(PASSAGES))))[:, 0].numpy()
    # With no layer joint the cosine is the bi-encoder's.
    np.testing.assert_allclose(cosines, passages.embeddings @ query.embeddings[0], atol=2e-3)


def test_a_run_has_the_best_passages_of_judged_queries(tmp_path):
    corpus = [{"id": "a", "title": "Steam", "text": "engines"}, {"id": "b", "text": "tea"}, {"id": "c", "text": "steam steam"}]
    queries = [{"id": "q", "text": "steam engines"}, {"id": "unjudged", "text": "tea"}]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta\t1\n")
    found = [line.split() for line in run_lines(tmp_path, 100)]
    assert [(query, passage, rank) for query, _, passage, rank, _, _ in found] == [("q", "a", "1"), ("q", "c", "2")]
    assert float(found[0][4]) > float(found[1][4]) > 0


def taught_step() -> tuple[TrainingPool, Step]:
    pool = Collection("taught", ["p0", "p1", "p2"], ["q0", "q1"], [{0: 1.0, 2: 1.0}, {1: 1.0}])
    vectors = np.eye(3, dtype=np.float16)
    return TrainingPool(pool, None, None, np.empty((2, 0)), (vectors[:2], vectors)), Step([0, 1], [0, 1], [0, 1, 2])


def test_a_step_has_the_labels_and_the_teachers_softmax():
    source, step = taught_step()
    allowed = allowed_pairs(source, step)
    # The first question has a second right passage, which is no wrong one.
    np.testing.assert_array_equal(allowed.numpy(), [[True, True, False], [True, True, True]])
    np.testing.assert_array_equal(labels(step), [[1, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(labels(Step([0, 1], [None, 1], [0, 1, 2])), [[0, 0, 0], [0, 1, 0]])
    one, two = np.exp(2) / (np.exp(2) + 1), np.exp(2) / (np.exp(2) + 2)
    found = taught(source, step, allowed, Settings(teacher_scale=2.0)).numpy()
    np.testing.assert_allclose(found, [[one, 1 - one, 0], [(1 - two) / 2, two, (1 - two) / 2]], rtol=1e-5)


def test_labels_and_teacher_have_their_shares_in_the_loss(model):
    source, step = taught_step()
    untaught = TrainingPool(source.pool, None, None, np.empty((2, 0)))
    assert taught(untaught, step, allowed_pairs(untaught, step), Settings()) is None
    signals = torch.rand(2, 3, len(SIGNALS), generator=torch.Generator().manual_seed(1))
    by_label, both, by_teacher = (loss_of(model, source, step, signals, Settings(teacher_share=share)).item() for share in (0.0, 0.5, 1.0))
    assert both == pytest.approx((by_label + by_teacher) / 2, rel=1e-5) and by_label != pytest.approx(by_teacher, rel=1e-3)
    assert loss_of(model, untaught, step, signals, Settings()).item() == pytest.approx(by_label, rel=1e-6)
    # A question without a judgment counts as much as one with.
    unjudged = Step(step.queries, [None, None], step.passages)
    everything_allowed = TrainingPool(Collection("taught", source.pool.passages, source.pool.queries, [{}, {}]), None, None,
                                      source.mined, source.teacher)
    some, all_of_it = (loss_of(model, everything_allowed, unjudged, signals, Settings(teacher_share=share)).item() for share in (0.5, 1.0))
    assert some == pytest.approx(all_of_it, rel=1e-6)


@pytest.mark.parametrize("changed, moves", [("match", False), ("lower_similarity", False), ("cosine", True), ("upper_similarity", True)])
def test_a_teacher_judges_the_trained_signals_alone(model, changed, moves):
    source, step = taught_step()
    unjudged = Step(step.queries, [None, None], step.passages)
    signals = torch.rand(2, 3, len(SIGNALS), generator=torch.Generator().manual_seed(1))
    other = signals.clone()
    other[1, 0, SIGNALS.index(changed)] += 0.5

    def losses(rows: Step) -> list[float]:
        return [loss_of(model, source, rows, values, Settings()).item() for values in (signals, other)]

    before, after = losses(unjudged)
    assert (abs(after - before) > 1e-4) == moves
    # A label judges the sum of all.
    before, after = losses(step)
    assert abs(after - before) > 1e-4


def test_every_pair_of_a_step_has_the_logit_that_it_has_alone(model, tensors):
    queries, passages = states_of(tensors, [QUERY, "tea"]), states_of(tensors, PASSAGES)
    every = np.arange(len(PASSAGES))
    with torch.no_grad():
        found = model.logits_of(signals_of_step(model, queries.batch([0, 1]), passages.batch(every))).numpy()
    for query in (0, 1):
        np.testing.assert_allclose(found[query], score(model, queries, passages, query, every), atol=1e-4)


def test_a_stopped_training_goes_on_as_if_it_had_not_been(tensors, tmp_path):
    pool = Collection("nq_qed", PASSAGES, [QUERY] * (HELD_OUT + 3), [{0: 1.0}] * (HELD_OUT + 3))
    queries = states_of(tensors, pool.queries)
    source = TrainingPool(pool, queries, states_of(tensors, PASSAGES), np.tile(np.array([[2, 1, 3]]), (len(pool.queries), 1)))
    settings = Settings(steps=3, questions=2, negatives=2, warm_up=1, checkpoint_every=1)

    def trained(folder: Path, watch=None) -> dict[str, torch.Tensor]:
        model = GatedCrossEncoder(Encoder(tensors), torch.ones(len(tensors["embeddings.word_embeddings.weight"])))
        return torch.load(train(model, [source], settings, folder, watch=watch), weights_only=True)["model"]

    def stop(step: int) -> None:
        if step == 2:
            raise KeyboardInterrupt

    whole = trained(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "stopped", stop)
    stopped = trained(tmp_path / "stopped")
    for name, values in whole.items():
        torch.testing.assert_close(stopped[name], values, rtol=0, atol=1e-6, msg=name)
    assert not torch.equal(whole["layers.0.inner.weight"], tensors["encoder.layer.4.intermediate.dense.weight"])


def test_wrong_passages_come_from_the_list_by_cosine():
    mined = np.arange(COSINE_DEPTH + 30)
    for seed in range(20):
        drawn = draw_negatives(mined, 7, 1000, np.random.default_rng(seed))
        assert len(set(drawn)) == 7 and max(drawn) < COSINE_DEPTH
    few = np.full(COSINE_DEPTH + 30, -1)
    few[:2] = [4, 9]
    drawn = draw_negatives(few, 7, 1000, np.random.default_rng(0))
    assert len(set(drawn)) == 7 and {4, 9} <= set(drawn)


def test_only_the_layers_are_trained(tensors):
    model = GatedCrossEncoder(Encoder(tensors), torch.ones(len(tensors["embeddings.word_embeddings.weight"])))
    trained = {id(parameter) for parameter in hold_all_but_the_layers(model)}
    assert trained == {id(parameter) for parameter in model.layers.parameters()}
    assert trained == {id(parameter) for parameter in model.parameters() if parameter.requires_grad}


def test_blending_at_the_ends_is_one_of_the_two_orders():
    cosine, scores = np.array([[0.1, 0.9, 0.5]]), np.array([[7.0, 1.0, 3.0]])
    np.testing.assert_array_equal(np.argsort(blended(cosine, scores, 1.0)), np.argsort(cosine))
    np.testing.assert_array_equal(np.argsort(blended(cosine, scores, 0.0)), np.argsort(scores))
    assert np.isfinite(blended(np.ones((1, 3)), scores, 0.5)).all()


def test_embedding_goes_on_with_the_parts_that_are_there(tmp_path):
    asked = []

    def embed_part(texts: list[str]) -> np.ndarray:
        asked.append(texts)
        return np.array([[len(text)] for text in texts], dtype=np.float32)

    texts = ["a", "bb", "ccc"]
    assert not embed_in_parts(texts, embed_part, tmp_path, seconds=-1, size=2)
    assert embed_in_parts(texts[:2], embed_part, tmp_path, size=2)
    (tmp_path / "vectors.npy").unlink()
    assert embed_in_parts(texts, embed_part, tmp_path, size=2)
    np.testing.assert_array_equal(np.load(tmp_path / "vectors.npy"), [[1], [2], [3]])
    assert asked == [["a", "bb"], ["ccc"]]


def test_states_in_parts_are_those_of_all_texts_at_once(tensors, tmp_path):
    asked = []

    def compute(texts: list[str]) -> TextStates:
        asked.append(len(texts))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return states_of(tensors, texts)

    with pytest.raises(KeyboardInterrupt):
        states_in_parts(compute, PASSAGES, tmp_path / "passages", size=3)
    states_in_parts(compute, PASSAGES, tmp_path / "passages", size=3)
    assert asked == [3, 1, 1]
    whole, parts = states_of(tensors, PASSAGES), TextStates.load(tmp_path / "passages")
    np.testing.assert_array_equal(whole.ids, parts.ids)
    np.testing.assert_array_equal(whole.start, parts.start)
    np.testing.assert_allclose(whole.states.astype(np.float32), parts.states.astype(np.float32), atol=2e-2)
    np.testing.assert_allclose(whole.embeddings, parts.embeddings, atol=1e-5)


def test_the_chosen_weight_is_the_largest_beside_the_best():
    mean = np.full(len(WEIGHTS), 0.5)
    mean[3], mean[4], mean[5], mean[6], mean[9] = 0.6, 0.597, 0.596, 0.59, 0.599
    assert chosen_weight(mean) == WEIGHTS[5]
    assert chosen_weight(np.linspace(0, 1, len(WEIGHTS))) == 1.0


def test_onnx_runtime_never_loads_with_its_usage_events(tmp_path):
    folder = Path(__file__).resolve().parent
    for script in folder.glob("*.py"):
        lines = script.read_text(encoding="utf-8").splitlines()
        for at, line in enumerate(lines):
            if line == "import onnxruntime":
                assert lines[at - 1].startswith("import telemetry_off"), script.name
    without = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    subprocess.run([sys.executable, "-B", "-c", "import evaluate"], cwd=folder, check=True, env={**without, "HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []
