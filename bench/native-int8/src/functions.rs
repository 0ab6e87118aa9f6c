//! Functions of sixteen numbers at once.

use std::arch::x86_64::*;

/// e to the power of `x`, to 4e-5 of its value: a polynomial of degree 4 on half a power of two.
#[target_feature(enable = "avx512f")]
#[inline]
pub fn exp(x: __m512) -> __m512 {
    let x = _mm512_max_ps(x, _mm512_set1_ps(-87.0));
    let power = _mm512_roundscale_ps::<0x08>(_mm512_mul_ps(x, _mm512_set1_ps(std::f32::consts::LOG2_E)));
    let rest = _mm512_fnmadd_ps(power, _mm512_set1_ps(std::f32::consts::LN_2), x);
    let mut sum = _mm512_set1_ps(1.0 / 24.0);
    for factor in [1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(factor));
    }
    _mm512_scalef_ps(sum, power)
}

/// Coefficients of (Φ(x) - 0.5) / x by powers of x², fitted on |x| up to 3.9.
const NORMAL: [f32; 9] = [
    8.277_302e-11,
    -7.059_556e-9,
    2.706_03e-7,
    -6.239_099e-6,
    9.805_034e-5,
    -1.127_609_4e-3,
    9.854_06e-3,
    -6.637_084e-2,
    0.398_900_45,
];

/// x · Φ(x), to 4e-4: its result becomes one of 255 integers.
#[target_feature(enable = "avx512f")]
#[inline]
pub fn gelu(x: __m512) -> __m512 {
    let near = _mm512_max_ps(_mm512_min_ps(x, _mm512_set1_ps(3.9)), _mm512_set1_ps(-3.9));
    let square = _mm512_mul_ps(near, near);
    let mut sum = _mm512_set1_ps(NORMAL[0]);
    for factor in &NORMAL[1..] {
        sum = _mm512_fmadd_ps(sum, square, _mm512_set1_ps(*factor));
    }
    _mm512_mul_ps(x, _mm512_fmadd_ps(sum, near, _mm512_set1_ps(0.5)))
}

/// Writes sixteen numbers as unsigned bytes: rounded, moved by the zero point, cut off at the ends.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
#[inline]
pub unsafe fn store_as_bytes(place: *mut u8, value: __m512, inverse_scale: __m512) {
    let integers = _mm512_cvtps_epi32(_mm512_mul_ps(value, inverse_scale));
    let moved = _mm512_max_epi32(
        _mm512_add_epi32(integers, _mm512_set1_epi32(super::product::ZERO_POINT)),
        _mm512_setzero_si512(),
    );
    unsafe { _mm_storeu_si128(place.cast(), _mm512_cvtusepi32_epi8(moved)) }
}
