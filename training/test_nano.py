"""Fast checks of nano, its teacher and its graph."""
import random

import numpy as np
import pytest
import torch

from distillation_texts import made_queries, sentences_of, words_of
from gated_cross_encoder import CLOSED_LAYERS, Encoder, GatedCrossEncoder
from lower_states import compute_states
from model_directory import pair_template
from nano import MATCH_PRIORITY, SELECTED, Nano, StartingTable, meet_states, selected_tokens, starting_table
from nano_graph import nano_graph
from nano_pipeline import fold
from quantize_weights import quantize_rows
from starting_weights import load_starting_weights, load_tokenizer
from test_training import PASSAGES, QUERY, feed, session_of
from token_states import compute_token_states
from train_nano import (
    DistillationData,
    NanoSettings,
    draw_group,
    fit_to_small,
    matched_tokens,
    nearest,
    teacher_scores,
    train_nano,
)

PAIR_TOKENIZER = pair_template(load_tokenizer())
LONG = "Steam drives the wheels of many engines, and none of them was ever built by a single person alone. " * 8
TEXTS = [*PASSAGES, LONG, "An engine is built from iron.", "Coal heats the water until it boils.",
         "Wales has many hills."]
QUERIES = [QUERY, "iron engines", "what heats water", "hills in wales"]


@pytest.fixture(scope="module")
def tensors() -> dict[str, torch.Tensor]:
    return load_starting_weights()


@pytest.fixture(scope="module")
def model(tensors) -> Nano:
    """Every learned part moved off its starting value, and the table as the int8 file holds it."""
    torch.manual_seed(0)
    size = len(tensors["embeddings.word_embeddings.weight"])
    start = StartingTable(torch.randn(size, 256) * 0.3, torch.randn(384, 256) * 0.1, torch.randn(384) * 0.1)
    model = Nano(tensors, start, torch.rand(size)).eval()
    with torch.no_grad():
        for module in (model.pooled_output, model.state_inner, model.state_straight):
            module.weight.normal_(0, 0.05)
        for vector in (model.positions, model.length_slopes, model.pool_logits):
            vector.normal_(0, 0.1)
        model.offset.fill_(-2.0)
        integers, scales = quantize_rows(model.table.numpy())
        model.table.copy_(torch.from_numpy(integers * scales))
    return model


@pytest.fixture(scope="module")
def data(tensors) -> DistillationData:
    queries, passages = (compute_token_states(Encoder(tensors).eval(), load_tokenizer(), texts, 144)
                         for texts in (QUERIES, TEXTS))
    words = torch.nn.functional.normalize(tensors["embeddings.word_embeddings.weight"], dim=1)
    return DistillationData(queries, passages, nearest(queries.embeddings, passages.embeddings, 4),
                            nearest(queries.embeddings, queries.embeddings, 4)[:, 1:], torch.rand(len(words)), words)


def encoded(texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    rows = [load_tokenizer().encode(text).ids for text in texts]
    width = max(len(row) for row in rows)
    return (torch.tensor([row + [0] * (width - len(row)) for row in rows]),
            torch.tensor([[1.0] * len(row) + [0.0] * (width - len(row)) for row in rows]))


def logits_of(model: Nano, query: str, passages: list[str]) -> np.ndarray:
    with torch.no_grad():
        query_ids, query_mask = encoded([query])
        selected = selected_tokens(query_ids.shape[1])
        queries = model.encode(query_ids, query_mask, None, selected)
        ids, mask = encoded(passages)
        return model(queries, model.encode(ids, mask, matched_tokens(ids, [query_ids]), selected))[0].numpy()


@pytest.fixture(scope="module")
def session(model):
    return session_of(nano_graph(model, "fp32"))


@pytest.mark.parametrize("query", [QUERY, " ".join([QUERY] * 4), LONG])
def test_onnx_is_the_torch_model(model, session, query):
    logits = session.run(None, feed([PAIR_TOKENIZER.encode(query, passage) for passage in TEXTS]))[0][:, 0]
    assert np.abs(logits - logits_of(model, query, TEXTS)).max() < 1e-4


def test_int8_weights_change_little(model, session):
    inputs = feed([PAIR_TOKENIZER.encode(QUERY, passage) for passage in TEXTS])
    difference = session_of(nano_graph(model)).run(None, inputs)[0] - session.run(None, inputs)[0]
    assert np.abs(difference).max() < 0.2


def test_logits_do_not_depend_on_the_batch_the_padding_or_its_types(session):
    pairs = [(QUERY, passage) for passage in TEXTS] + [(LONG, LONG), ("tea", "tea"), ("", ""), ("", "text"), ("text", "")]
    rows = [PAIR_TOKENIZER.encode(*pair) for pair in pairs] + [load_tokenizer().encode("a")]
    inputs = feed(rows, padding=37)
    inputs["token_type_ids"][inputs["attention_mask"] == 0] = 1
    together = session.run(None, inputs)[0][:, 0]
    assert np.isfinite(together).all()
    for index, row in enumerate(rows):
        assert abs(session.run(None, feed([row]))[0][0, 0] - together[index]) < 1e-4


def test_tokens_of_the_query_are_chosen_before_rarer_ones(model):
    ids, mask = encoded(["tea " + LONG + "tea"])
    assert ids.shape[1] > SELECTED
    tea = (ids == load_tokenizer().encode("tea").ids[1]).float()
    assert MATCH_PRIORITY > float(model.rarity.max())
    with torch.no_grad():
        without, chosen = model.encode(ids, mask), model.encode(ids, mask, tea)
    weight = float(model.rarity[int(ids[0, 1])])
    assert chosen.chosen_text.shape == (1, SELECTED)
    count = [int((torch.isclose(texts.chosen_weights, torch.tensor(weight))).sum()) for texts in (without, chosen)]
    assert count[1] == 2 and count[1] >= count[0]


def test_the_teacher_is_small(data, tensors):
    """Up to the bfloat16 states and their int8 directions."""
    small = GatedCrossEncoder(Encoder(tensors), data.rarity).eval()
    query, passages = (compute_states(Encoder(tensors).eval(), load_tokenizer(), texts, 144, CLOSED_LAYERS)
                       for texts in ([QUERY], TEXTS))
    with torch.no_grad():
        wanted = small(tuple(part.expand(len(TEXTS), *part.shape[1:]) for part in query.batch([0])),
                       passages.batch(range(len(TEXTS)))).numpy()
    size = len(tensors["embeddings.word_embeddings.weight"])
    copy = Nano(tensors, StartingTable(torch.randn(size, 256), torch.randn(384, 256), torch.zeros(384)), data.rarity)
    with torch.no_grad():
        queries, found = (copy.encode(*states.batch(np.arange(len(states)))) for states in (data.queries, data.passages))
        scores = teacher_scores(data, np.arange(len(QUERIES)), np.arange(len(TEXTS)), queries, found)[0].numpy()
    assert np.abs(scores - wanted).max() < 0.4 and np.corrcoef(scores, wanted)[0, 1] > 0.999


def test_the_starting_table_gives_states_back_and_survives_the_first_phase(tensors):
    torch.manual_seed(1)
    size = len(tensors["embeddings.word_embeddings.weight"])
    low_rank = torch.randn(size, 20) @ torch.randn(20, 384)
    counts = torch.randint(30, 90, (size,)).float()
    start = starting_table(low_rank * counts[:, None], counts, low_rank, low_rank @ torch.randn(384, 384) * 0.01)
    assert ((start.rows @ start.up.T + start.centre) - low_rank).abs().max() < 0.2
    model = Nano(tensors, start, torch.rand(size))
    with torch.no_grad():
        model.table.mul_(2.0)
    meet_states(model, start, counts)
    with torch.no_grad():
        assert (model.up(model.table) - (start.rows @ start.up.T + start.centre)).abs().max() < 0.2


def test_training_lowers_the_loss_and_goes_on_where_it_stopped(data, tensors, tmp_path):
    passages = data.passages
    start = starting_table(torch.from_numpy(passages.sums), torch.from_numpy(passages.counts),
                           tensors["embeddings.word_embeddings.weight"], tensors["embeddings.word_embeddings.weight"])

    def settings(steps: int) -> NanoSettings:
        return NanoSettings(steps=steps, decay_steps=100, groups=1, queries=3, passages=2, near_passages=2, warm_up=1,
                            checkpoint_every=2)

    def trained(steps: int, folder) -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        model = Nano(tensors, start, data.rarity)
        train_nano(model, data, settings(steps), folder)
        return model.state_dict()

    whole = trained(4, tmp_path / "whole")
    (tmp_path / "whole" / "step-000004.pt").unlink()
    again = trained(4, tmp_path / "whole")
    assert all(torch.equal(whole[name], again[name]) for name in whole)
    assert not torch.equal(whole["table"], start.rows)


def test_groups_have_the_size_asked_for(data):
    settings = NanoSettings(queries=3, passages=2, near_passages=2)
    for seed in range(20):
        queries, passages = draw_group(data, settings, np.random.default_rng(seed))
        assert len(set(queries)) == 3 and len(set(passages)) == 2


def test_fitting_to_small_takes_out_a_stretch(data, tensors):
    torch.manual_seed(0)
    size = len(tensors["embeddings.word_embeddings.weight"])
    model = Nano(tensors, StartingTable(torch.randn(size, 256), torch.randn(384, 256) * 0.1, torch.zeros(384)), data.rarity)
    settings = NanoSettings(queries=3, passages=2, near_passages=2)
    slope, offset = fit_to_small(model, data, settings, 0.5, -3.0, steps=4)
    fold(model, slope, offset)
    again = fit_to_small(model, data, settings, 0.5, -3.0, steps=4)
    assert again[0] == pytest.approx(1, abs=1e-3) and again[1] == pytest.approx(0, abs=1e-2)


def test_made_queries_come_from_their_passages():
    generator = random.Random(1)
    assert sentences_of("One two three four. Five. Six seven eight nine!") == [
        "One two three four.", "Six seven eight nine!"]
    words = words_of(LONG, generator).split()
    assert 2 <= len(words) <= 6 and all(word in LONG for word in words)
    made = made_queries([LONG, LONG + "More of it follows here."], generator)
    assert {kind for kind, _ in made} == {"sentence", "words", "long"}
