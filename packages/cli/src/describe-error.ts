import { getSystemErrorMessage } from 'node:util';
import { RetrievalError } from '@secondpass/core';

/** An error as the command line prints it; `code` is for programs. */
export interface ErrorInWords {
  readonly code: string;
  readonly origin: string;
  readonly problem: string;
  readonly nextStep: string;
}

/** Describes any error in words. It never throws, whatever was thrown. */
export function describeError(error: unknown): ErrorInWords {
  try {
    if (RetrievalError.is(error)) {
      const { code, origin, problem, nextStep } = error;
      return { code, origin, problem, nextStep };
    }
    return describeSystemError(error) ?? describeUnexpected(error);
  } catch {
    return unexpected('A value was thrown that cannot be described');
  }
}

const nextSteps: Record<string, string> = {
  ENOSPC: 'Free some space on that disk, or write to another one.',
  EDQUOT: 'Free some space on that disk, or write to another one.',
  EFBIG: 'Write to a disk that takes larger files.',
  EROFS: 'Write to a folder that is not read-only.',
  EACCES: 'Change the permissions, or use another folder.',
  EPERM: 'Change the permissions, or use another folder.',
  ENOENT: 'Check the path.',
  ENOTDIR: 'Check the path.',
  EISDIR: 'Name a file.',
  EMFILE: 'Raise the limit of open files with `ulimit -n`.',
  ENFILE: 'Close other programs: the machine has too many files open.',
  ENOMEM: 'Give the process more memory.',
};

/** Errors of the operating system (a full disk, a read-only folder) are not mistakes of the program. */
function describeSystemError(error: unknown): ErrorInWords | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno, syscall, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  if (typeof code !== 'string' || typeof errno !== 'number' || typeof syscall !== 'string') return undefined;
  return {
    code: 'system-failed',
    origin: dest ?? path ?? 'secondpass',
    problem: `The operating system refused "${syscall}": ${getSystemErrorMessage(errno)} (${code}).`,
    nextStep: nextSteps[code] ?? 'Check the machine: its disks, its network, its limits.',
  };
}

function describeUnexpected(error: unknown): ErrorInWords {
  return unexpected(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

function unexpected(problem: string): ErrorInWords {
  return {
    code: 'unexpected',
    origin: 'secondpass',
    problem,
    nextStep: 'This is a bug in secondpass; please report it with the command that you ran.',
  };
}
