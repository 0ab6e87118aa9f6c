//! Layer norm, and the bytes that the next product reads, in one pass over a row.

use crate::functions::store_as_bytes;
use std::arch::x86_64::*;

const EPSILON: f32 = 1e-12;

/// Normalizes rows of `width` floats in place, and writes them as bytes.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub fn normalize(values: &mut [f32], bytes: &mut [u8], rows: usize, width: usize, gain: &[f32], offset: &[f32], scale: f32) {
    assert!(values.len() >= rows * width && bytes.len() >= rows * width && width % 16 == 0);
    assert!(gain.len() == width && offset.len() == width);
    let inverse_scale = _mm512_set1_ps(1.0 / scale);
    for row in 0..rows {
        // SAFETY: the row lies within both slices.
        unsafe {
            let from = values.as_mut_ptr().add(row * width);
            let to = bytes.as_mut_ptr().add(row * width);
            let (mut sum, mut squares) = (_mm512_setzero_ps(), _mm512_setzero_ps());
            for at in (0..width).step_by(16) {
                let value = _mm512_loadu_ps(from.add(at));
                sum = _mm512_add_ps(sum, value);
                squares = _mm512_fmadd_ps(value, value, squares);
            }
            let mean = _mm512_reduce_add_ps(sum) / width as f32;
            let variance = (_mm512_reduce_add_ps(squares) / width as f32 - mean * mean).max(0.0);
            let inverse = _mm512_set1_ps(1.0 / (variance + EPSILON).sqrt());
            let mean = _mm512_set1_ps(mean);
            for at in (0..width).step_by(16) {
                let value = _mm512_mul_ps(_mm512_sub_ps(_mm512_loadu_ps(from.add(at)), mean), inverse);
                let value = _mm512_fmadd_ps(
                    value,
                    _mm512_loadu_ps(gain.as_ptr().add(at)),
                    _mm512_loadu_ps(offset.as_ptr().add(at)),
                );
                _mm512_storeu_ps(from.add(at), value);
                store_as_bytes(to.add(at), value, inverse_scale);
            }
        }
    }
}

/// Writes rows as bytes with a scale for each row, so that its largest number becomes 127.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub fn quantize_rows(values: &[f32], bytes: &mut [u8], rows: usize, width: usize, scales: &mut [f32]) {
    assert!(values.len() >= rows * width && bytes.len() >= rows * width && scales.len() >= rows && width % 16 == 0);
    for row in 0..rows {
        // SAFETY: the row lies within both slices.
        unsafe {
            let from = values.as_ptr().add(row * width);
            let to = bytes.as_mut_ptr().add(row * width);
            let mut largest = _mm512_set1_ps(1e-9);
            for at in (0..width).step_by(16) {
                largest = _mm512_max_ps(largest, _mm512_abs_ps(_mm512_loadu_ps(from.add(at))));
            }
            let scale = _mm512_reduce_max_ps(largest) / 127.0;
            scales[row] = scale;
            let inverse = _mm512_set1_ps(1.0 / scale);
            for at in (0..width).step_by(16) {
                store_as_bytes(to.add(at), _mm512_loadu_ps(from.add(at)), inverse);
            }
        }
    }
}
