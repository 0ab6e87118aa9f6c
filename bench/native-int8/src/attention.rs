//! Attention of one sequence: logits, softmax and the mix of values for a few queries at a time, while they are in the cache.

use crate::functions::{exp, store_as_bytes};
use std::arch::x86_64::*;

const LANES: usize = 16;
/// Queries of one step.
const ROWS: usize = 4;
/// Registers of keys of one step: 4 x 6 sums.
const GROUPS: usize = 6;

/// Memory that is used again for each head.
#[derive(Default)]
pub struct Scratch {
    /// Keys of one head, transposed: `[size][tokens, padded]`.
    keys: Vec<f32>,
    /// Logits, then weights: `[ROWS][tokens, padded]`.
    weights: Vec<f32>,
}

/// Where keys, values and queries lie: floats, a row for each token.
pub struct Parts<'a> {
    pub keys: &'a [f32],
    pub values: &'a [f32],
    pub key_stride: usize,
    pub tokens: usize,
    pub queries: &'a [f32],
    pub query_stride: usize,
    pub asked: usize,
}

/// Writes the mixed values of `parts.asked` queries as bytes, `heads * SIZE` for each.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub fn attend<const SIZE: usize>(parts: &Parts, heads: usize, scale: f32, output: &mut [u8], scratch: &mut Scratch) {
    let Parts {
        tokens,
        asked,
        key_stride,
        query_stride,
        ..
    } = *parts;
    let padded = tokens.next_multiple_of(LANES);
    assert!(SIZE % LANES == 0 && output.len() >= asked * heads * SIZE);
    assert!(parts.keys.len() >= (tokens - 1) * key_stride + heads * SIZE);
    assert!(parts.values.len() >= (tokens - 1) * key_stride + heads * SIZE);
    assert!(parts.queries.len() >= (asked - 1) * query_stride + heads * SIZE);
    scratch.keys.resize(SIZE * padded, 0.0);
    scratch.weights.resize(ROWS * padded, 0.0);
    let inverse_scale = _mm512_set1_ps(1.0 / scale);
    let inverse_root = _mm512_set1_ps(1.0 / (SIZE as f32).sqrt());
    for head in 0..heads {
        let at = head * SIZE;
        transpose::<SIZE>(&parts.keys[at..], key_stride, tokens, &mut scratch.keys, padded);
        for first in (0..asked).step_by(ROWS) {
            // The last step repeats a query where fewer than four are left; its result is written once more, and is the same.
            let rows: [usize; ROWS] = std::array::from_fn(|row| (first + row).min(asked - 1));
            // SAFETY: the lengths are checked above, and rows are below `asked`.
            unsafe {
                let queries = rows.map(|row| parts.queries.as_ptr().add(row * query_stride + at));
                for group in (0..padded / LANES).step_by(GROUPS) {
                    let keys = scratch.keys.as_ptr().add(group * LANES);
                    let out = scratch.weights.as_mut_ptr().add(group * LANES);
                    match padded / LANES - group {
                        1 => logits::<SIZE, 1>(queries, keys, out, padded, inverse_root),
                        2 => logits::<SIZE, 2>(queries, keys, out, padded, inverse_root),
                        3 => logits::<SIZE, 3>(queries, keys, out, padded, inverse_root),
                        4 => logits::<SIZE, 4>(queries, keys, out, padded, inverse_root),
                        5 => logits::<SIZE, 5>(queries, keys, out, padded, inverse_root),
                        _ => logits::<SIZE, GROUPS>(queries, keys, out, padded, inverse_root),
                    }
                }
                let inverse_sums: [__m512; ROWS] =
                    std::array::from_fn(|row| softmax(&mut scratch.weights[row * padded..(row + 1) * padded], tokens));
                let mut sums = [[_mm512_setzero_ps(); 4]; ROWS];
                let values = parts.values.as_ptr().add(at);
                for token in 0..tokens {
                    for lane in 0..SIZE / LANES {
                        let value = _mm512_loadu_ps(values.add(token * key_stride + lane * LANES));
                        for row in 0..ROWS {
                            let weight = _mm512_set1_ps(*scratch.weights.as_ptr().add(row * padded + token));
                            sums[row][lane] = _mm512_fmadd_ps(weight, value, sums[row][lane]);
                        }
                    }
                }
                for row in 0..ROWS {
                    for lane in 0..SIZE / LANES {
                        let place = output.as_mut_ptr().add(rows[row] * heads * SIZE + at + lane * LANES);
                        store_as_bytes(place, _mm512_mul_ps(sums[row][lane], inverse_sums[row]), inverse_scale);
                    }
                }
            }
        }
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn logits<const SIZE: usize, const G: usize>(
    queries: [*const f32; ROWS],
    keys: *const f32,
    output: *mut f32,
    padded: usize,
    inverse_root: __m512,
) {
    unsafe {
        let mut sums = [[_mm512_setzero_ps(); G]; ROWS];
        for place in 0..SIZE {
            let columns: [__m512; G] = std::array::from_fn(|group| _mm512_loadu_ps(keys.add(place * padded + group * LANES)));
            for row in 0..ROWS {
                let query = _mm512_set1_ps(*queries[row].add(place));
                for group in 0..G {
                    sums[row][group] = _mm512_fmadd_ps(query, columns[group], sums[row][group]);
                }
            }
        }
        for row in 0..ROWS {
            for group in 0..G {
                _mm512_storeu_ps(
                    output.add(row * padded + group * LANES),
                    _mm512_mul_ps(sums[row][group], inverse_root),
                );
            }
        }
    }
}

/// Turns logits into weights that are not yet divided by their sum, zero behind `tokens`; returns one divided by the sum.
#[target_feature(enable = "avx512f")]
#[inline]
fn softmax(weights: &mut [f32], tokens: usize) -> __m512 {
    weights[tokens..].fill(f32::NEG_INFINITY);
    // SAFETY: the length is a multiple of sixteen.
    unsafe {
        let mut highest = _mm512_set1_ps(f32::NEG_INFINITY);
        for at in (0..weights.len()).step_by(LANES) {
            highest = _mm512_max_ps(highest, _mm512_loadu_ps(weights.as_ptr().add(at)));
        }
        let highest = _mm512_set1_ps(_mm512_reduce_max_ps(highest));
        let mut sum = _mm512_setzero_ps();
        for at in (0..weights.len()).step_by(LANES) {
            let place = weights.as_mut_ptr().add(at);
            // What is hidden becomes e to the power of -87, which is nothing beside the highest.
            let value = exp(_mm512_sub_ps(_mm512_loadu_ps(place), highest));
            _mm512_storeu_ps(place, value);
            sum = _mm512_add_ps(sum, value);
        }
        _mm512_set1_ps(1.0 / _mm512_reduce_add_ps(sum))
    }
}

/// `[tokens][SIZE]` to `[SIZE][padded]`, in blocks of 16 x 16; what lies behind `tokens` is zero.
#[target_feature(enable = "avx512f")]
#[inline]
fn transpose<const SIZE: usize>(from: &[f32], stride: usize, tokens: usize, to: &mut [f32], padded: usize) {
    for token in (0..padded).step_by(LANES) {
        for place in (0..SIZE).step_by(LANES) {
            // SAFETY: rows behind `tokens` are not read, and the target has `SIZE * padded` floats.
            unsafe {
                let rows: [__m512; LANES] = std::array::from_fn(|row| {
                    if token + row < tokens {
                        _mm512_loadu_ps(from.as_ptr().add((token + row) * stride + place))
                    } else {
                        _mm512_setzero_ps()
                    }
                });
                for (row, columns) in transposed(rows).into_iter().enumerate() {
                    _mm512_storeu_ps(to.as_mut_ptr().add((place + row) * padded + token), columns);
                }
            }
        }
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn transposed(rows: [__m512; LANES]) -> [__m512; LANES] {
    let mut pairs = rows;
    for at in (0..LANES).step_by(2) {
        pairs[at] = _mm512_unpacklo_ps(rows[at], rows[at + 1]);
        pairs[at + 1] = _mm512_unpackhi_ps(rows[at], rows[at + 1]);
    }
    let double = |a: __m512, b: __m512| (_mm512_castps_pd(a), _mm512_castps_pd(b));
    let mut fours = pairs;
    for at in (0..LANES).step_by(4) {
        for half in 0..2 {
            let (a, b) = double(pairs[at + half], pairs[at + 2 + half]);
            fours[at + 2 * half] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
            fours[at + 2 * half + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
        }
    }
    // Now `fours[4 i + c]` holds column c + 4 k of rows 4 i to 4 i + 3 in its quarter k.
    let mut result = fours;
    for column in 0..4 {
        let [a, b, c, d] = [0, 4, 8, 12].map(|at| fours[at + column]);
        let (ab_low, ab_high) = (_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0xdd>(a, b));
        let (cd_low, cd_high) = (_mm512_shuffle_f32x4::<0x88>(c, d), _mm512_shuffle_f32x4::<0xdd>(c, d));
        result[column] = _mm512_shuffle_f32x4::<0x88>(ab_low, cd_low);
        result[column + 8] = _mm512_shuffle_f32x4::<0xdd>(ab_low, cd_low);
        result[column + 4] = _mm512_shuffle_f32x4::<0x88>(ab_high, cd_high);
        result[column + 12] = _mm512_shuffle_f32x4::<0xdd>(ab_high, cd_high);
    }
    result
}
