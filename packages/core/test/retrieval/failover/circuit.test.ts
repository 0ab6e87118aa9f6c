import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CallOutcome, Circuit } from '../../../src/retrieval/failover/circuit.ts';

const options = { failures: 3, failureShare: 0.5, windowMs: 1000, probeAfterMs: 500 };

function opened(): Circuit {
  const circuit = new Circuit(options);
  for (let call = 0; call < 3; call += 1) circuit.enter(0)!.settle('failed', 0);
  return circuit;
}

describe('a circuit', () => {
  test('takes what is given as undefined for what is not given', () => {
    const circuit = new Circuit({ failures: undefined, failureShare: undefined } as object);
    circuit.enter(0)!.settle('answered', 0);
    circuit.enter(1)!.settle('failed', 1);
    expect(circuit.admits(2)).toBe(true);
  });

  test('opens after so many failures, and lets one probe through when the time is there', () => {
    const circuit = opened();
    expect(circuit.enter(499)).toBeUndefined();
    const probe = circuit.enter(500);
    expect(probe).toBeDefined();
    expect(circuit.enter(500)).toBeUndefined();
    probe!.settle('answered', 510);
    expect(circuit.admits(510)).toBe(true);
    circuit.enter(511)!.settle('failed', 512);
    expect(circuit.admits(512)).toBe(true);
  });

  test('stays open for the same time again after a failed probe', () => {
    const circuit = opened();
    circuit.enter(500)!.settle('failed', 600);
    expect(circuit.admits(1099)).toBe(false);
    expect(circuit.admits(1100)).toBe(true);
  });

  test('learns nothing from a probe that was aborted: the next call is a probe', () => {
    const circuit = opened();
    circuit.enter(500)!.settle('unknown', 510);
    const probe = circuit.enter(510);
    expect(probe).toBeDefined();
    expect(circuit.enter(510)).toBeUndefined();
    probe!.settle('failed', 520);
    expect(circuit.admits(1000)).toBe(false);
  });

  test('stays closed while most calls are answered, and forgets failures with the window', () => {
    const circuit = new Circuit(options);
    for (let call = 0; call < 40; call += 1) {
      circuit.enter(call)!.settle(call % 4 === 0 ? 'failed' : 'answered', call);
    }
    expect(circuit.admits(40)).toBe(true);
    const rare = new Circuit(options);
    for (let call = 0; call < 40; call += 1) rare.enter(call * 600)!.settle('failed', call * 600);
    expect(rare.admits(24_000)).toBe(true);
  });

  test('hears nothing from calls that began before it opened', () => {
    const circuit = new Circuit(options);
    const early = [1, 2, 3, 4].map(() => circuit.enter(0)!);
    for (const pass of early.slice(0, 3)) pass.settle('failed', 10);
    early[3]!.settle('answered', 20);
    expect(circuit.admits(20)).toBe(false);
    circuit.enter(510)!.settle('answered', 520);
    expect(circuit.admits(520)).toBe(true);
  });

  test('in any history: never more than one probe at a time, and open for no longer than probeAfterMs', () => {
    const steps = fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 400 }),
        outcome: fc.constantFrom<CallOutcome>('answered', 'failed', 'unknown'),
        settles: fc.boolean(),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (history) => {
        const circuit = new Circuit(options);
        let now = 0;
        const running: { settle(outcome: CallOutcome, now: number): void }[] = [];
        for (const { wait, outcome, settles } of history) {
          now += wait;
          const pass = circuit.enter(now);
          if (pass) running.push(pass);
          if (settles) for (const one of running.splice(0)) one.settle(outcome, now);
        }
        for (const one of running) one.settle('unknown', now);
        // Whatever happened, nobody is under way: a call gets through after the rest, and then only one until it ends.
        now += options.probeAfterMs;
        const first = circuit.enter(now);
        expect(first).toBeDefined();
        first!.settle('failed', now);
        if (circuit.admits(now)) return;
        expect(circuit.enter(now + options.probeAfterMs)).toBeDefined();
        expect(circuit.enter(now + options.probeAfterMs)).toBeUndefined();
      }),
    );
  });
});
