import type { IncomingMessage, ServerResponse } from 'node:http';

export function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export function fail(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
) {
  response
    .writeHead(status, { ...(code && { 'x-error-code': code }), ...headers })
    .end('a body that says little');
}

/** The file, or the part of it that `Range` asks for. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  etag: string,
): void {
  response.setHeader('etag', etag);
  response.setHeader('accept-ranges', 'bytes');
  const wanted = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const begin = Number(wanted?.[1] ?? 0);
  const applies = wanted && (!request.headers['if-range'] || request.headers['if-range'] === etag);
  if (applies && begin >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const body = applies ? content.subarray(begin) : content;
  if (applies) response.setHeader('content-range', `bytes ${begin}-${content.length - 1}/${content.length}`);
  response.writeHead(applies ? 206 : 200, { 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}
