import { describe, test } from '@jest/globals';

/** An engine that is not on this machine, and why. */
export interface NotRun {
  readonly notRun: string;
}

/**
 * Registers tests that need an engine. Where it is not there they count as skipped and one line says why; they fail
 * when the engine is named in `REQUIRE_ENGINES` (`pgvector,elastic`). Absence is never green without being said.
 */
export function describeEngine<Engine extends object>(
  name: string,
  engine: Engine | NotRun,
  body: (engine: Engine) => void,
): void {
  if (!('notRun' in engine)) {
    describe(name, () => body(engine));
    return;
  }
  const reason = `${name} was not run: ${engine.notRun}`;
  process.stderr.write(`${reason}\n`);
  if (requiredEngines().includes(name)) {
    test(name, () => {
      throw new Error(`${reason} REQUIRE_ENGINES names it.`);
    });
  } else {
    describe.skip(name, () => test(reason, () => {}));
  }
}

function requiredEngines(): readonly string[] {
  return (process.env['REQUIRE_ENGINES'] ?? '').split(',').map((name) => name.trim());
}
