import { connect, createServer, type Server, type Socket } from 'node:net';

/** What happens on the way to a server. */
export type Fault =
  /** Everything passes. */
  | { readonly kind: 'none' }
  /** Answers come so much later. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Connections are refused, and those there are cut. */
  | { readonly kind: 'stopped' }
  /** Connections stay open and nothing comes back. */
  | { readonly kind: 'silent' }
  /** A connection is cut after so many bytes of answer. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

/** A TCP proxy that can be told to misbehave, so that no process has to be killed to see what happens then. */
export class FaultProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #fault: Fault = { kind: 'none' };
  port = 0;

  private constructor(host: string, port: number) {
    this.#server = createServer((client) => this.#join(client, host, port));
  }

  static async open(host: string, port: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(host, port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.port = (proxy.#server.address() as { port: number }).port;
    return proxy;
  }

  set(fault: Fault): void {
    this.#fault = fault;
    if (fault.kind === 'stopped') this.#cutAll();
  }

  async close(): Promise<void> {
    this.#cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, host: string, port: number): void {
    if (this.#fault.kind === 'stopped') return void client.destroy();
    const server = connect(port, host);
    let answered = 0;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      const other = socket === client ? server : client;
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => {
      const fault = this.#fault;
      if (fault.kind === 'silent') return;
      if (fault.kind === 'slow') {
        return void setTimeout(() => client.writable && client.write(bytes), fault.delayMs);
      }
      if (fault.kind === 'cut') {
        answered += bytes.length;
        if (answered > fault.afterBytes) {
          client.write(bytes.subarray(0, bytes.length >> 1));
          return void client.resetAndDestroy();
        }
      }
      client.write(bytes);
    });
  }
}
