import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { FaultContext } from './fake-hub.ts';
import { type Fixture, tinyBert } from './hub-fixture.ts';
import { sha256 } from './model-files.ts';

const graph = tinyBert['onnx/model.onnx']!;
const half = Math.floor(graph.length / 2);

/** Where a fixture keeps the part of the graph that has come. */
export function partOf({ settings }: Fixture): string {
  return join(
    settings.cacheDirectory,
    'models--someone--tiny-bert',
    'blobs',
    `${sha256(graph)}.secondpass.incomplete`,
  );
}

/** Ways to have the hub of a fixture answer wrongly. */
export function useFaults(fixture: Fixture) {
  /** The first `times` requests to the CDN meet a fault. */
  const onCdn = (times: number, fault: (context: FaultContext) => void): void => {
    let left = times;
    fixture.hub.faults.push((context) => {
      if (context.where !== 'cdn' || left === 0) return false;
      left -= 1;
      fault(context);
      return true;
    });
  };
  const onHub = (pattern: RegExp, fault: (context: FaultContext) => void): void => {
    fixture.hub.faults.push((context) => {
      if (context.where !== 'hub' || !pattern.test(context.url)) return false;
      fault(context);
      return true;
    });
  };
  /** Cutting a connection loses what the other side has not read, so that waits until half of the file is stored. */
  const halfThen = (end: 'destroy' | 'wait') => async (context: FaultContext) => {
    context.response.writeHead(200, { 'content-length': graph.length });
    context.response.write(graph.subarray(0, half));
    if (end === 'wait') return;
    for (let tries = 0; storedBytes() < half && tries < 1000; tries += 1) await setTimeout(5);
    context.response.destroy();
  };
  const storedBytes = () => statSync(partOf(fixture), { throwIfNoEntry: false })?.size ?? 0;
  return { onCdn, onHub, half, halfThen };
}
