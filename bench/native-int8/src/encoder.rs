//! BERT's encoder for some sequences that lie one behind the other without padding. The last layer is computed for their first tokens.

use crate::attention::{Parts, Scratch, attend};
use crate::norm::{normalize, quantize_rows};
use crate::product::{After, InputScale, TILE, Weights, multiply};

/// The fixed scale of what is quantized with one scale for all: 4 becomes 127.
pub const SCALE: f32 = 4.0 / 127.0;

pub struct Layer {
    /// Keys, values, queries: `[width, 3 * width]`.
    pub attention: Weights,
    pub attention_output: Weights,
    pub up: Weights,
    pub down: Weights,
}

pub struct Encoder {
    pub width: usize,
    pub heads: usize,
    /// `[vocabulary][width]`, and positions `[512][width]`.
    pub words: Vec<f32>,
    pub positions: Vec<f32>,
    pub layers: Vec<Layer>,
    pub gain: Vec<f32>,
    pub offset: Vec<f32>,
}

/// Memory of one thread.
#[derive(Default)]
pub struct Memory {
    states: Vec<f32>,
    bytes: Vec<u8>,
    attention: Vec<f32>,
    queries: Vec<f32>,
    mixed: Vec<u8>,
    inner: Vec<f32>,
    inner_bytes: Vec<u8>,
    scales: Vec<f32>,
    scratch: Scratch,
}

impl Encoder {
    /// States of the first token of each sequence, `width` floats each.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    pub fn run(&self, sequences: &[&[u32]], memory: &mut Memory) -> Vec<f32> {
        let width = self.width;
        let tokens = sequences.iter().map(|ids| ids.len()).sum::<usize>();
        let inner = self.layers[0].up.outputs;
        memory.states.resize(tokens * width, 0.0);
        memory.bytes.resize(tokens * width, 0);
        memory.attention.resize(tokens * 3 * width, 0.0);
        memory.queries.resize(sequences.len() * width, 0.0);
        memory.mixed.resize(tokens * width, 0);
        memory.inner.resize(tokens * inner, 0.0);
        memory.inner_bytes.resize(tokens * inner, 0);
        memory.scales.resize(tokens, 0.0);

        let mut row = 0;
        for ids in sequences {
            for (position, &id) in ids.iter().enumerate() {
                let state = &mut memory.states[row * width..][..width];
                let (word, place) = (&self.words[id as usize * width..], &self.positions[position * width..]);
                for (at, value) in state.iter_mut().enumerate() {
                    *value = word[at] + place[at];
                }
                row += 1;
            }
        }
        normalize(
            &mut memory.states,
            &mut memory.bytes,
            tokens,
            width,
            &self.gain,
            &self.offset,
            SCALE,
        );
        let (last, lower) = self.layers.split_last().unwrap();
        for layer in lower {
            let tiles = 3 * width / TILE;
            multiply(
                &memory.bytes,
                tokens,
                InputScale::Fixed(SCALE),
                &layer.attention,
                0..tiles,
                &mut memory.attention,
                3 * width,
                After::Nothing,
            );
            self.mix(sequences, memory, 3 * width, false);
            self.feed_forward(layer, tokens, memory);
        }
        let tiles = width / TILE;
        multiply(
            &memory.bytes,
            tokens,
            InputScale::Fixed(SCALE),
            &last.attention,
            0..2 * tiles,
            &mut memory.attention,
            2 * width,
            After::Nothing,
        );
        let mut from = 0;
        for (row, ids) in sequences.iter().enumerate() {
            memory.states.copy_within(from * width..(from + 1) * width, row * width);
            memory.bytes.copy_within(from * width..(from + 1) * width, row * width);
            from += ids.len();
        }
        multiply(
            &memory.bytes,
            sequences.len(),
            InputScale::Fixed(SCALE),
            &last.attention,
            2 * tiles..3 * tiles,
            &mut memory.queries,
            width,
            After::Nothing,
        );
        self.mix(sequences, memory, 2 * width, true);
        self.feed_forward(last, sequences.len(), memory);
        memory.states[..sequences.len() * width].to_vec()
    }

    /// Attention of each sequence, by all of its tokens or by the first one.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    fn mix(&self, sequences: &[&[u32]], memory: &mut Memory, stride: usize, is_first_only: bool) {
        let width = self.width;
        let (mut from, mut to) = (0, 0);
        for (row, ids) in sequences.iter().enumerate() {
            let rows = &memory.attention[from * stride..];
            let asked = if is_first_only { 1 } else { ids.len() };
            let parts = Parts {
                keys: rows,
                values: &rows[width..],
                key_stride: stride,
                tokens: ids.len(),
                queries: if is_first_only {
                    &memory.queries[row * width..]
                } else {
                    &rows[2 * width..]
                },
                query_stride: stride,
                asked,
            };
            let output = &mut memory.mixed[to * width..];
            match width / self.heads {
                32 => attend::<32>(&parts, self.heads, SCALE, output, &mut memory.scratch),
                64 => attend::<64>(&parts, self.heads, SCALE, output, &mut memory.scratch),
                size => panic!("Heads of {size} numbers are not prepared."),
            }
            from += ids.len();
            to += asked;
        }
    }

    /// From the mixed values to the layer's output, for the first `rows` rows.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    fn feed_forward(&self, layer: &Layer, rows: usize, memory: &mut Memory) {
        let width = self.width;
        let inner = layer.up.outputs;
        multiply(
            &memory.mixed,
            rows,
            InputScale::Fixed(SCALE),
            &layer.attention_output,
            0..width / TILE,
            &mut memory.states,
            width,
            After::AddToOutput,
        );
        normalize(&mut memory.states, &mut memory.bytes, rows, width, &self.gain, &self.offset, SCALE);
        multiply(
            &memory.bytes,
            rows,
            InputScale::Fixed(SCALE),
            &layer.up,
            0..inner / TILE,
            &mut memory.inner,
            inner,
            After::Gelu,
        );
        quantize_rows(&memory.inner, &mut memory.inner_bytes, rows, inner, &mut memory.scales);
        multiply(
            &memory.inner_bytes,
            rows,
            InputScale::PerRow(&memory.scales),
            &layer.down,
            0..width / TILE,
            &mut memory.states,
            width,
            After::AddToOutput,
        );
        normalize(&mut memory.states, &mut memory.bytes, rows, width, &self.gain, &self.offset, SCALE);
    }
}
