//! The same encoder in plain loops, with the same rounding of inputs, to check the fast one.

use crate::encoder::{Encoder, SCALE};
use crate::product::Weights;

pub fn first_states(encoder: &Encoder, ids: &[u32]) -> Vec<f32> {
    let width = encoder.width;
    let mut states: Vec<Vec<f32>> = ids
        .iter()
        .enumerate()
        .map(|(position, &id)| {
            let sums = (0..width).map(|at| encoder.words[id as usize * width + at] + encoder.positions[position * width + at]);
            normalized(&sums.collect::<Vec<_>>())
        })
        .collect();
    for layer in &encoder.layers {
        let inputs: Vec<Vec<f32>> = states.iter().map(|row| rounded(row, SCALE)).collect();
        let parts: Vec<Vec<f32>> = inputs.iter().map(|row| linear(row, &layer.attention)).collect();
        let size = width / encoder.heads;
        let mixed = (0..ids.len()).map(|asked| {
            let mut row = vec![0f32; width];
            for head in 0..encoder.heads {
                let at = head * size;
                let logits: Vec<f32> = parts
                    .iter()
                    .map(|key| (0..size).map(|i| parts[asked][2 * width + at + i] * key[at + i]).sum::<f32>() / (size as f32).sqrt())
                    .collect();
                let highest = logits.iter().cloned().fold(f32::NEG_INFINITY, f32::max);
                let weights: Vec<f32> = logits.iter().map(|logit| (logit - highest).exp()).collect();
                let sum: f32 = weights.iter().sum();
                for i in 0..size {
                    row[at + i] = (0..ids.len())
                        .map(|token| weights[token] * parts[token][width + at + i])
                        .sum::<f32>()
                        / sum;
                }
            }
            row
        });
        states = mixed
            .zip(&states)
            .map(|(row, state)| {
                let output = linear(&rounded(&row, SCALE), &layer.attention_output);
                let state = normalized(&added(&output, state));
                let inner: Vec<f32> = linear(&rounded(&state, SCALE), &layer.up).iter().map(|&x| gelu(x)).collect();
                let largest = inner.iter().fold(1e-9f32, |most, x| most.max(x.abs()));
                normalized(&added(&linear(&rounded(&inner, largest / 127.0), &layer.down), &state))
            })
            .collect();
    }
    states.swap_remove(0)
}

fn linear(inputs: &[f32], weights: &Weights) -> Vec<f32> {
    (0..weights.outputs)
        .map(|output| {
            weights.bias(output)
                + inputs
                    .iter()
                    .enumerate()
                    .map(|(input, value)| value * weights.at(input, output))
                    .sum::<f32>()
        })
        .collect()
}

fn added(left: &[f32], right: &[f32]) -> Vec<f32> {
    left.iter().zip(right).map(|(a, b)| a + b).collect()
}

fn rounded(values: &[f32], scale: f32) -> Vec<f32> {
    values
        .iter()
        .map(|value| (value / scale).round_ties_even().clamp(-128.0, 127.0) * scale)
        .collect()
}

fn normalized(values: &[f32]) -> Vec<f32> {
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / values.len() as f32;
    values.iter().map(|value| (value - mean) / (variance + 1e-12).sqrt()).collect()
}

fn gelu(x: f32) -> f32 {
    // Φ by its integral, in steps that are fine enough for five digits.
    let steps = 2000;
    let width = f64::from(x.abs()) / f64::from(steps);
    let sum: f64 = (0..steps)
        .map(|step| (-((f64::from(step) + 0.5) * width).powi(2) / 2.0).exp())
        .sum();
    let half = sum * width / (2.0 * std::f64::consts::PI).sqrt();
    (f64::from(x) * (0.5 + half.copysign(f64::from(x)))) as f32
}
