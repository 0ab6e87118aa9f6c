import type { FaultContext } from './fake-hub.ts';
import { type Fixture, tinyBert } from './hub-fixture.ts';

const graph = tinyBert['onnx/model.onnx']!;
const half = Math.floor(graph.length / 2);

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
  const halfThen = (end: 'destroy' | 'wait') => (context: FaultContext) => {
    context.response.writeHead(200, { 'content-length': graph.length });
    context.response.write(graph.subarray(0, half), () => end === 'destroy' && context.response.destroy());
  };
  return { onCdn, onHub, half, halfThen };
}
