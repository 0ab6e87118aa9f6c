const marker = Symbol.for('secondpass.RetrievalError');
/**
 * The only error class that secondpass throws. `message` reads `origin: problem nextStep`.
 * Aborting is not an error of ours: an aborted call rejects with its signal's own `reason`.
 */
export class RetrievalError extends Error {
    [marker] = true;
    name = 'RetrievalError';
    code;
    origin;
    problem;
    nextStep;
    constructor({ code, origin, problem, nextStep, cause }) {
        super(`${origin}: ${problem} ${nextStep}`, cause === undefined ? undefined : { cause });
        this.code = code;
        this.origin = origin;
        this.problem = problem;
        this.nextStep = nextStep;
    }
    /** Recognises the error even when two copies of this package are loaded. */
    static is(error) {
        return typeof error === 'object' && error !== null && marker in error;
    }
}
//# sourceMappingURL=retrieval-error.js.map