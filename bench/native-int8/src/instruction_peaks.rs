//! What the processor's own instructions give in a loop that does nothing else: sums in registers, inputs and weights in the
//! first-level cache. Operations (a multiplication and its addition are two) per nanosecond of processor time, on one thread.

use crate::processor_nanoseconds;
use std::arch::x86_64::*;
use std::hint::black_box;

const ROWS: usize = 6;
const COLUMNS: usize = 4;
const STEPS: usize = 96;
const REPEATS: usize = 100_000;

macro_rules! peak {
    ($name:ident, $features:literal, $operations:literal, $sum:ty, $zero:expr, $load:expr, $set:expr, $multiply:expr) => {
        #[target_feature(enable = $features)]
        fn $name() -> f64 {
            let weights = black_box([1u32; STEPS * COLUMNS * 16]);
            let inputs = black_box([1u32; STEPS * ROWS]);
            let mut sums: [[$sum; COLUMNS]; ROWS] = [[$zero; COLUMNS]; ROWS];
            let before = processor_nanoseconds();
            for _ in 0..REPEATS {
                for step in 0..STEPS {
                    // SAFETY: both arrays are as long as the loops read.
                    let columns: [_; COLUMNS] = std::array::from_fn(|c| unsafe { $load(weights.as_ptr().add((step * COLUMNS + c) * 16)) });
                    for r in 0..ROWS {
                        let input = $set(inputs[step * ROWS + r]);
                        for c in 0..COLUMNS {
                            sums[r][c] = $multiply(sums[r][c], input, columns[c]);
                        }
                    }
                }
            }
            black_box(&sums);
            let nanoseconds = processor_nanoseconds() - before;
            (REPEATS * STEPS * ROWS * COLUMNS * $operations) as f64 / nanoseconds as f64
        }
    };
}

peak!(
    fp32,
    "avx512f",
    32,
    __m512,
    _mm512_setzero_ps(),
    |at: *const u32| _mm512_loadu_ps(at.cast()),
    |bits| _mm512_castsi512_ps(_mm512_set1_epi32(bits as i32)),
    |sum, a, b| _mm512_fmadd_ps(a, b, sum)
);
peak!(
    int8,
    "avx512f,avx512vnni",
    128,
    __m512i,
    _mm512_setzero_si512(),
    |at: *const u32| _mm512_loadu_si512(at.cast()),
    |bits| _mm512_set1_epi32(bits as i32),
    |sum, a, b| _mm512_dpbusd_epi32(sum, a, b)
);
peak!(
    bfloat16,
    "avx512f,avx512bf16",
    64,
    __m512,
    _mm512_setzero_ps(),
    |at: *const u32| _mm512_loadu_si512(at.cast()),
    |bits| _mm512_set1_epi32(bits as i32),
    |sum, a, b| _mm512_dpbf16_ps(sum, pairs(a), pairs(b))
);

#[target_feature(enable = "avx512f,avx512bf16")]
#[inline]
fn pairs(bits: __m512i) -> __m512bh {
    // SAFETY: both are 64 bytes in which each pattern is a value.
    unsafe { std::mem::transmute::<__m512i, __m512bh>(bits) }
}

/// As JSON; 0 for what the processor does not have.
pub fn all() -> String {
    // SAFETY: the instructions are there: `main` and the line itself ask.
    let (fp32, int8) = unsafe { (fp32(), int8()) };
    let bfloat16 = if is_x86_feature_detected!("avx512bf16") {
        unsafe { bfloat16() }
    } else {
        0.0
    };
    format!("{{\"fp32\":{fp32:.0},\"bfloat16\":{bfloat16:.0},\"int8\":{int8:.0}}}")
}
