import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail, json, sendFile } from './hub-answers.ts';
import { digestOf, gitSha1, isLarge, sha256 } from './model-files.ts';

export interface Served {
  readonly where: 'hub' | 'cdn';
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** What a fault is given; it answers itself and returns true, or lets the request pass. */
export interface FaultContext extends Served {
  readonly response: ServerResponse;
  /** The file that is asked for, where one is. */
  readonly path: string;
  readonly content: Buffer;
}
export type Fault = (context: FaultContext) => boolean;

export interface FakeModel {
  /** Branches and tags. */
  readonly refs: Record<string, string>;
  readonly commits: Record<string, ReadonlyMap<string, Buffer>>;
}

/** Speaks a hub's protocol on two ports of this machine: the hub, and a host for large files that it redirects to. */
export class FakeHub {
  readonly models: Record<string, FakeModel> = {};
  readonly served: Served[] = [];
  /** Asked in turn before a request is answered. */
  readonly faults: Fault[] = [];
  pageSize = 1000;
  endpoint = '';
  cdn = '';
  readonly #servers: Server[] = [];

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub();
    hub.cdn = await hub.#listen((request, response) => hub.#answerCdn(request, response));
    hub.endpoint = await hub.#listen((request, response) => hub.#answerHub(request, response));
    return hub;
  }

  /** Adds a commit and moves `main` to it; returns the commit. */
  publish(name: string, files: Readonly<Record<string, Buffer | string>>): string {
    const content = new Map(Object.entries(files).map(([path, one]) => [path, Buffer.from(one)]));
    const commit = createHash('sha1').update(name);
    for (const [path, one] of content) commit.update(path).update(one);
    const sha = commit.digest('hex');
    this.models[name] ??= { refs: {}, commits: {} };
    this.models[name].refs['main'] = sha;
    this.models[name].commits[sha] = content;
    return sha;
  }

  countServed(pattern: RegExp): number {
    return this.served.filter(({ where, url }) => pattern.test(`${where}${url}`)).length;
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
    await Promise.all(this.#servers.filter((one) => one.listening).map((one) => once(one, 'close')));
  }

  async #listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    this.#servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, this.endpoint);
    const [, name, kind, revision, path] =
      /^(?:\/api\/models)?\/([^/]+\/[^/]+)\/(revision|tree|resolve)\/([^/]+)(?:\/(.*))?$/.exec(
        url.pathname,
      ) ?? [];
    const model = this.models[name ?? ''];
    const written = decodeURIComponent(revision ?? '');
    const commit = model?.refs[written] ?? written;
    const files = model?.commits[commit];
    const decoded = decodeURIComponent(path ?? '');
    const content = files?.get(decoded) ?? Buffer.alloc(0);
    if (this.#log('hub', request, response, decoded, content)) return;
    if (!model) return fail(response, 404, 'RepoNotFound');
    if (!files) return fail(response, 404, 'RevisionNotFound');
    response.setHeader('x-repo-commit', commit);
    if (kind === 'revision')
      return json(response, { id: name, modelId: name, sha: commit, private: false, siblings: [] });
    if (kind === 'tree') return this.#listTree(url, response, [...files]);
    if (!files.has(decoded)) return fail(response, 404, 'EntryNotFound');
    const etag = `"${digestOf(decoded, content)}"`;
    if (!isLarge(decoded)) return sendFile(request, response, content, etag);
    const location = `${this.cdn}/${sha256(content)}?path=${encodeURIComponent(decoded)}&name=${name}&signature=signed-link`;
    response.writeHead(302, { location, 'x-linked-etag': etag, 'x-linked-size': content.length }).end();
  }

  #answerCdn(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, this.cdn);
    const path = url.searchParams.get('path') ?? '';
    const commits = Object.values(this.models[url.searchParams.get('name') ?? '']?.commits ?? {});
    const content = commits
      .map((files) => files.get(path))
      .find((one) => one && `/${sha256(one)}` === url.pathname);
    if (!content) return fail(response, 404, '');
    if (this.#log('cdn', request, response, path, content)) return;
    sendFile(request, response, content, '"an-etag-of-the-cdn"');
  }

  #listTree(url: URL, response: ServerResponse, files: readonly (readonly [string, Buffer])[]): void {
    const begin = Number(url.searchParams.get('cursor') ?? 0);
    const page = files.slice(begin, begin + this.pageSize);
    if (begin + this.pageSize < files.length) {
      url.searchParams.set('cursor', String(begin + this.pageSize));
      response.setHeader('link', `<${url.href}>; rel="next"`);
    }
    const folders = begin === 0 ? [{ type: 'directory', path: 'onnx', oid: '0'.repeat(40), size: 0 }] : [];
    const entries = page.map(([path, content]) => ({
      type: 'file',
      path,
      size: content.length,
      oid: gitSha1(content),
      ...(isLarge(path) && { lfs: { oid: sha256(content), size: content.length, pointerSize: 130 } }),
    }));
    json(response, [...folders, ...entries]);
  }

  #log(
    where: 'hub' | 'cdn',
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    content: Buffer,
  ) {
    const served = { where, method: request.method!, url: request.url!, headers: request.headers };
    this.served.push(served);
    return this.faults.some((fault) => fault({ ...served, response, path, content }));
  }
}
