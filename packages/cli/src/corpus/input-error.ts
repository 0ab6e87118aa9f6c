import { RetrievalError } from '@secondpass/core';

/** The place of a mistake in the input: `file:line`, or only the file. */
export function place(file: string, line?: number): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** The error for invalid input. `problem` and `nextStep` are one sentence each. */
export function inputError(
  origin: string,
  problem: string,
  nextStep: string,
  cause?: unknown,
): RetrievalError {
  return new RetrievalError({ code: 'invalid-document', origin, problem, nextStep, cause });
}

/** The error for a path that cannot be opened, in words instead of an errno. */
export function unreadable(path: string, error: unknown): RetrievalError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const reasons: Record<string, [problem: string, nextStep: string]> = {
    ENOENT: ['does not exist', 'Check the path; it is relative to the current directory.'],
    EACCES: ['may not be read by this user', 'Change its permissions, or run as a user who may read it.'],
    EPERM: ['may not be read by this user', 'Change its permissions, or run as a user who may read it.'],
    ELOOP: ['is a symbolic link that leads back to itself', 'Remove the link.'],
    EISDIR: ['is a folder, but a file is needed', 'Name a file.'],
    ENAMETOOLONG: ['has too long a name', 'Use a shorter path.'],
    EMFILE: ['cannot be opened: too many files are open', 'Raise the limit with `ulimit -n`.'],
  };
  const [problem, nextStep] = reasons[code] ?? [`cannot be read (${code})`, 'Check the path and the disk.'];
  return new RetrievalError({
    code: 'invalid-options',
    origin: path,
    problem: `This path ${problem}.`,
    nextStep,
    cause: error,
  });
}
