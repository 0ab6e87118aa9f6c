import { RetrievalError } from './retrieval-error.ts';

/** The oldest versions that the packages' `engines` allow. */
const oldest = [22, 18] as const;

/**
 * Imported first by every entry: an older Node.js would fail later, at the first call of something that it does not
 * have. Bun and Deno report the Node.js version that they emulate.
 *
 * @throws RetrievalError `missing-dependency`
 */
export function checkNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  throw new RetrievalError({
    code: 'missing-dependency',
    origin: 'secondpass',
    problem: `This is Node.js ${version}, and secondpass needs ${oldest.join('.')} or newer.`,
    nextStep: 'Install a newer Node.js.',
  });
}

checkNodeVersion(process.versions.node);
