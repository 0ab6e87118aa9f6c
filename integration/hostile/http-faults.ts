import type { RetrievalErrorCode } from '@secondpass/core';
import type { AnswerFault } from '../services/fault-proxy.ts';
import { rowText } from './faults.ts';

type HttpFault = readonly [name: string, code: RetrievalErrorCode, fault: AnswerFault];

const json = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };
const send =
  (status: number, body: string, headers: Record<string, string> = json): AnswerFault =>
  (response) =>
    void response.writeHead(status, headers).end(body);
const html = `<html><body>${rowText}</body></html>`;
const asHtml = { ...json, 'content-type': 'text/html' };

/**
 * What a proxy, a load balancer or a broken engine may answer over HTTP in place of an answer. `told` is the body with which
 * this engine tells an error.
 *
 * @param codes where an engine has its own words for a status
 */
export function httpFaults(
  told: (words: string, status: number) => string,
  codes: Readonly<Record<string, RetrievalErrorCode>> = {},
): readonly HttpFault[] {
  const statuses: readonly (readonly [number, RetrievalErrorCode])[] = [
    [401, 'source-unreachable'],
    [403, 'source-unreachable'],
    [404, 'source-not-found'],
    [408, 'deadline-exceeded'],
    [413, 'source-failed'],
    [429, 'overloaded'],
    [500, 'source-failed'],
    [502, 'source-unreachable'],
    [503, 'source-unreachable'],
    [504, 'source-unreachable'],
    [507, 'source-failed'],
  ];
  const whole: readonly HttpFault[] = [
    ...statuses.map(
      ([status, code]): HttpFault => [`status ${status}`, code, send(status, told('any words', status))],
    ),
    [
      'status 503 with Retry-After',
      'source-unreachable',
      send(503, told('busy', 503), { ...json, 'retry-after': '1' }),
    ],
    ['status 429 as an HTML page', 'overloaded', send(429, html, asHtml)],
    ['status 502 as an HTML page', 'source-unreachable', send(502, html, asHtml)],
    ['status 500 without a body', 'source-failed', send(500, '')],
    ['an HTML page with status 200', 'source-failed', send(200, html, asHtml)],
    [
      'plain text with status 200',
      'source-failed',
      send(200, rowText, { ...json, 'content-type': 'text/plain' }),
    ],
    ['an empty body', 'source-failed', send(200, '')],
    ['JSON that is none', 'source-failed', send(200, `{"hits": ${rowText}`)],
    ['JSON null', 'source-failed', send(200, 'null')],
    ['JSON of another kind', 'source-failed', send(200, '{"hello": "world"}')],
    ['a list in place of an object', 'source-failed', send(200, '[1, 2]')],
    ['a number in place of an object', 'source-failed', send(200, '7')],
    ['a redirect to itself', 'source-failed', send(302, '', { ...json, location: '/' })],
    [
      'a body that is cut in the middle',
      'source-unreachable',
      (response, answer) => {
        response.writeHead(200, { ...json, 'content-length': String(answer.length + 100) });
        response.write(answer.slice(0, answer.length / 2));
        setTimeout(() => response.socket?.destroy(), 20);
      },
    ],
    [
      'a connection reset before the answer',
      'source-unreachable',
      (response) => void response.socket?.resetAndDestroy(),
    ],
    [
      'a connection reset after the head',
      'source-unreachable',
      (response) => {
        response.writeHead(200, { ...json, 'content-length': '1000' });
        response.flushHeaders();
        setTimeout(() => response.socket?.resetAndDestroy(), 20);
      },
    ],
    ['no answer at all', 'deadline-exceeded', () => undefined],
    [
      'an answer that stops after its head',
      'deadline-exceeded',
      (response) => {
        response.writeHead(200, json);
        response.flushHeaders();
      },
    ],
    [
      'an answer that comes byte by byte',
      'deadline-exceeded',
      (response, answer) => {
        response.writeHead(200, json);
        let at = 0;
        const timer = setInterval(() => response.write(answer[at++ % answer.length]!), 30);
        response.once('close', () => clearInterval(timer));
      },
    ],
    [
      'a body that is said to be gzip and is not',
      'source-failed',
      send(200, rowText, { ...json, 'content-encoding': 'gzip' }),
    ],
    ['what is no HTTP', 'source-unreachable', (response) => void response.socket?.end(`${rowText}\r\n\r\n`)],
  ];
  return whole.map(([name, code, fault]) => [name, codes[name] ?? code, fault]);
}
