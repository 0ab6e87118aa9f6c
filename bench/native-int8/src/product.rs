//! Products of unsigned 8-bit rows by signed 8-bit weights, by VNNI (`vpdpbusd`), with what follows applied to the sums in registers.

use std::arch::x86_64::*;

/// Columns of one packed tile: four registers of sixteen sums.
pub const TILE: usize = 64;
/// Rows of one step: six rows by four registers are 24 sums, which leaves registers for four weights and one input.
pub const ROWS: usize = 6;
/// Added to every input, so that it is unsigned.
pub const ZERO_POINT: i32 = 128;

/// Weights `[inputs, outputs]` of a linear layer, in tiles of 64 columns: `[outputs / 64][inputs / 4][64][4]`.
pub struct Weights {
    pub inputs: usize,
    pub outputs: usize,
    packed: Vec<i8>,
    /// What one integer of a sum is worth, for each output, without the input's scale.
    scales: Vec<f32>,
    biases: Vec<f32>,
    /// Sum of each column times the zero point.
    corrections: Vec<f32>,
}

impl Weights {
    pub fn new(inputs: usize, outputs: usize, value: impl Fn(usize, usize) -> i8, scale: f32, bias: impl Fn(usize) -> f32) -> Self {
        assert!(inputs % 4 == 0 && outputs % TILE == 0);
        let mut packed = vec![0i8; inputs * outputs];
        let mut corrections = vec![0f32; outputs];
        for output in 0..outputs {
            let mut sum = 0i32;
            for input in 0..inputs {
                let weight = value(input, output);
                let (tile, column) = (output / TILE, output % TILE);
                packed[tile * inputs * TILE + (input / 4) * TILE * 4 + column * 4 + input % 4] = weight;
                sum += i32::from(weight);
            }
            corrections[output] = (sum * ZERO_POINT) as f32;
        }
        Self {
            inputs,
            outputs,
            packed,
            scales: vec![scale; outputs],
            biases: (0..outputs).map(bias).collect(),
            corrections,
        }
    }

    pub fn at(&self, input: usize, output: usize) -> f32 {
        let (tile, column) = (output / TILE, output % TILE);
        let weight = self.packed[tile * self.inputs * TILE + (input / 4) * TILE * 4 + column * 4 + input % 4];
        f32::from(weight) * self.scales[output]
    }

    pub fn bias(&self, output: usize) -> f32 {
        self.biases[output]
    }
}

/// What is done with a product before it is stored.
#[derive(Clone, Copy, PartialEq)]
pub enum After {
    Nothing,
    Gelu,
    /// Adds the values that are in the output already.
    AddToOutput,
}

/// Scales of the inputs: one for all rows, or one for each.
#[derive(Clone, Copy)]
pub enum InputScale<'a> {
    Fixed(f32),
    PerRow(&'a [f32]),
}

impl InputScale<'_> {
    #[inline(always)]
    fn of(&self, row: usize) -> f32 {
        match self {
            InputScale::Fixed(scale) => *scale,
            InputScale::PerRow(scales) => scales[row],
        }
    }
}

/// `output[row, first..last] = after(inputs[row] · weights + bias)`, for the tiles of columns `tiles`, `stride` floats apart.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub fn multiply(
    inputs: &[u8],
    rows: usize,
    scale: InputScale,
    weights: &Weights,
    tiles: std::ops::Range<usize>,
    output: &mut [f32],
    stride: usize,
    after: After,
) {
    let width = weights.inputs;
    assert!(inputs.len() >= rows * width && output.len() >= (rows - 1) * stride + tiles.len() * TILE);
    for (place, tile) in tiles.enumerate() {
        let mut row = 0;
        while row < rows {
            let input = &inputs[row * width..];
            let out = &mut output[row * stride + place * TILE..];
            // A match outside of the loops, so that each form is compiled with its number of rows as a constant.
            match rows - row {
                1 => step::<1>(input, row, scale, weights, tile, out, stride, after),
                2 => step::<2>(input, row, scale, weights, tile, out, stride, after),
                3 => step::<3>(input, row, scale, weights, tile, out, stride, after),
                4 => step::<4>(input, row, scale, weights, tile, out, stride, after),
                5 => step::<5>(input, row, scale, weights, tile, out, stride, after),
                _ => step::<ROWS>(input, row, scale, weights, tile, out, stride, after),
            }
            row += ROWS;
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
#[inline]
fn step<const R: usize>(
    inputs: &[u8],
    first_row: usize,
    scale: InputScale,
    weights: &Weights,
    tile: usize,
    output: &mut [f32],
    stride: usize,
    after: After,
) {
    let width = weights.inputs;
    let steps = width / 4;
    // SAFETY: `multiply` checked that R rows of inputs and of outputs are there; a tile has `width * TILE` weights.
    unsafe {
        let mut sums = [[_mm512_setzero_si512(); 4]; R];
        let from = inputs.as_ptr();
        let mut weight = weights.packed.as_ptr().add(tile * width * TILE);
        for k in 0..steps {
            let columns: [__m512i; 4] = std::array::from_fn(|c| _mm512_loadu_si512(weight.add(c * 64).cast()));
            for r in 0..R {
                let input = _mm512_set1_epi32(from.add(r * width + k * 4).cast::<i32>().read_unaligned());
                for c in 0..4 {
                    sums[r][c] = _mm512_dpbusd_epi32(sums[r][c], input, columns[c]);
                }
            }
            weight = weight.add(TILE * 4);
        }
        let at = tile * TILE;
        for c in 0..4 {
            let column_scale = _mm512_loadu_ps(weights.scales.as_ptr().add(at + c * 16));
            let bias = _mm512_loadu_ps(weights.biases.as_ptr().add(at + c * 16));
            let correction = _mm512_loadu_ps(weights.corrections.as_ptr().add(at + c * 16));
            for r in 0..R {
                let factor = _mm512_mul_ps(column_scale, _mm512_set1_ps(scale.of(first_row + r)));
                let sum = _mm512_sub_ps(_mm512_cvtepi32_ps(sums[r][c]), correction);
                let mut value = _mm512_fmadd_ps(sum, factor, bias);
                let place = output.as_mut_ptr().add(r * stride + c * 16);
                match after {
                    After::Nothing => {}
                    After::Gelu => value = super::functions::gelu(value),
                    After::AddToOutput => value = _mm512_add_ps(value, _mm512_loadu_ps(place)),
                }
                _mm512_storeu_ps(place, value);
            }
        }
    }
}
