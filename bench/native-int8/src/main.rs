//! Times an int8 encoder whose layers are fused by hand. One line on standard input starts one run and gives one line: its milliseconds, and those of
//! the processor.
//!
//!     native-int8 --layers 6 --width 384 --heads 12 --threads 2 --lengths 80,31,… [--check]
//!     native-int8 --peaks    operations per nanosecond of the processor's instructions, on one thread

mod attention;
mod encoder;
mod functions;
mod instruction_peaks;
mod norm;
mod product;
mod reference;

use encoder::{Encoder, Layer, Memory};
use product::{TILE, Weights};
use std::io::BufRead;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// Tokens that one thread takes through all layers at once: their floats fit the second-level cache.
const BLOCK: usize = 128;
const VOCABULARY: usize = 30_522;

fn main() {
    let option = |name: &str| std::env::args().skip_while(|argument| argument != name).nth(1);
    let number = |name: &str| {
        option(name)
            .and_then(|text| text.parse::<usize>().ok())
            .unwrap_or_else(|| panic!("{name} needs a number."))
    };
    if !(is_x86_feature_detected!("avx512vnni") && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vl")) {
        panic!("This prototype needs AVX-512 VNNI.");
    }
    if std::env::args().any(|argument| argument == "--peaks") {
        println!("{}", instruction_peaks::all());
        return;
    }
    let mut random = Random(11);
    let encoder = made_up(number("--layers"), number("--width"), number("--heads"), &mut random);
    let lengths: Vec<usize> = option("--lengths")
        .expect("--lengths")
        .split(',')
        .map(|length| length.parse().unwrap())
        .collect();
    let texts: Vec<Vec<u32>> = lengths
        .iter()
        .map(|&length| (0..length).map(|_| random.below(VOCABULARY) as u32).collect())
        .collect();

    if std::env::args().any(|argument| argument == "--check") {
        check(&encoder, &texts);
        return;
    }
    let threads = number("--threads");
    let blocks = blocks_of(&texts);
    let mut memories: Vec<Memory> = (0..threads).map(|_| Memory::default()).collect();
    println!("{}", product_peak(threads));
    for _ in std::io::stdin().lock().lines() {
        let start = Instant::now();
        let next = AtomicUsize::new(0);
        let processor = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for memory in &mut memories {
                scope.spawn(|| {
                    let before = processor_nanoseconds();
                    while let Some(block) = blocks.get(next.fetch_add(1, Ordering::Relaxed)) {
                        // SAFETY: the instructions are there, see above.
                        std::hint::black_box(unsafe { encoder.run(block, memory) });
                    }
                    processor.fetch_add(processor_nanoseconds() - before, Ordering::Relaxed);
                });
            }
        });
        println!("{} {}", start.elapsed().as_secs_f64() * 1000.0, processor.into_inner() as f64 / 1e6);
    }
}

/// Sequences by falling length, as many as fit a block.
fn blocks_of(texts: &[Vec<u32>]) -> Vec<Vec<&[u32]>> {
    let mut sorted: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
    sorted.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let mut blocks: Vec<Vec<&[u32]>> = Vec::new();
    for text in sorted {
        match blocks.last_mut() {
            Some(block) if block.iter().map(|other| other.len()).sum::<usize>() + text.len() <= BLOCK => block.push(text),
            _ => blocks.push(vec![text]),
        }
    }
    blocks
}

fn made_up(layers: usize, width: usize, heads: usize, random: &mut Random) -> Encoder {
    let mut weights = |inputs: usize, outputs: usize| {
        let values: Vec<i8> = (0..inputs * outputs).map(|_| random.below(255) as i8).collect();
        let scale = 1.0 / (74.0 * (inputs as f32).sqrt());
        Weights::new(
            inputs,
            outputs,
            |input, output| values[input * outputs + output].max(-127),
            scale,
            |output| output as f32 % 7.0 * 0.01,
        )
    };
    let layers = (0..layers)
        .map(|_| Layer {
            attention: weights(width, 3 * width),
            attention_output: weights(width, width),
            up: weights(width, 4 * width),
            down: weights(4 * width, width),
        })
        .collect();
    let mut floats = |count: usize| (0..count).map(|_| random.below(2000) as f32 / 1000.0 - 1.0).collect::<Vec<_>>();
    Encoder {
        width,
        heads,
        words: floats(VOCABULARY * width),
        positions: floats(512 * width),
        layers,
        gain: vec![1.0; width],
        offset: vec![0.0; width],
    }
}

/// Compares the first texts with the plain loops.
fn check(encoder: &Encoder, texts: &[Vec<u32>]) {
    for block in blocks_of(&texts[..texts.len().min(6)]) {
        // SAFETY: the instructions are there, see `main`.
        let states = unsafe { encoder.run(&block, &mut Memory::default()) };
        for (text, state) in block.iter().zip(states.chunks(encoder.width)) {
            let expected = reference::first_states(encoder, text);
            let mean = state.iter().zip(&expected).map(|(a, b)| (a - b).abs()).sum::<f32>() / state.len() as f32;
            println!("{} tokens: mean difference {mean:.5}", text.len());
            assert!(mean < 0.05, "The states differ.");
        }
    }
}

/// Integer operations for a second of processor time by one large product on each thread, times the threads, in GOP/s.
fn product_peak(threads: usize) -> f64 {
    let (rows, width) = (126, 1024);
    let weights = Weights::new(width, width, |input, output| ((input * 31 + output * 17) % 255) as i8, 1.0, |_| 0.0);
    let repeats = 100;
    let processor = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let before = processor_nanoseconds();
                let inputs = vec![7u8; rows * width];
                let mut output = vec![0f32; rows * width];
                for _ in 0..repeats {
                    // SAFETY: the instructions are there, see `main`.
                    unsafe {
                        product::multiply(
                            &inputs,
                            rows,
                            product::InputScale::Fixed(1.0),
                            &weights,
                            0..width / TILE,
                            &mut output,
                            width,
                            product::After::Nothing,
                        )
                    };
                    std::hint::black_box(&output);
                }
                processor.fetch_add(processor_nanoseconds() - before, Ordering::Relaxed);
            });
        }
    });
    (2 * rows * width * width * repeats * threads * threads) as f64 / processor.into_inner() as f64
}

/// What the kernel has counted for this thread.
fn processor_nanoseconds() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells a thread's time");
    text.split(' ').next().unwrap().parse().unwrap()
}

/// A small generator (xorshift), so that runs are alike.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }
}
