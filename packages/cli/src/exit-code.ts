/** The exit codes; 130 and 143 are the shell's convention for SIGINT and SIGTERM. */
export const exitCode = { done: 0, failed: 1, misused: 2, interrupted: 130, terminated: 143 } as const;
