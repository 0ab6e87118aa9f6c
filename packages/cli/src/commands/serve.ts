import { once } from 'node:events';
import type { CommandContext } from '../command-context.ts';
import { exitCode } from '../exit-code.ts';
import { present } from '../present.ts';
import { ownVersion } from '../read-version.ts';
import { openServed } from '../serve/open-served.ts';
import { bundledServeConfig, readServeConfig } from '../serve/serve-config.ts';

export interface ServeFlags {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
}

/** `secondpass serve`: serves models and pipelines over HTTP until it is interrupted. */
export async function serve(flags: ServeFlags, context: CommandContext): Promise<void> {
  const { terminal, signal, folder } = context;
  const config =
    flags.config === undefined ? bundledServeConfig(folder) : await readServeConfig(flags.config, context);
  const { rerankServer } = await import('@secondpass/server');
  const { cpuQuota } = await import('@secondpass/runtime-onnx');
  const { rerankers, embedders, pipelines, close } = await openServed(config, context);
  try {
    const server = await rerankServer({
      rerankers,
      embedders,
      pipelines,
      keys: config.keys.map(({ name, sha256, tenant }) => ({ name, sha256, ...present({ tenant }) })),
      limits: present(config.limits),
      cores: config.cores ?? Math.max(1, Math.floor(cpuQuota())),
      version: ownVersion(),
      log: { level: config.logLevel },
    });
    const address = await server.listen({ host: flags.host ?? config.host, port: flags.port ?? config.port });
    terminal.say(`Serving at ${address}; ${address}/openapi.json lists the routes.`);
    if (!signal.aborted) await once(signal, 'abort');
    await server.drain(present(config.drain));
    // A requested orderly stop is not a failure.
    process.exitCode = exitCode.done;
  } finally {
    await close();
  }
}
