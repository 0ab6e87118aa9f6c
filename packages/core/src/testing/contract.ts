import assert from 'node:assert/strict';

/** `test` of jest, vitest or node:test: registers one named case. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;

/** One obligation of a contract. */
export interface Rule<Subject> {
  readonly name: string;
  check(subject: Subject): Promise<void>;
}

/** A rule that an implementation cannot keep, and why. Its README lists the same. */
export interface Exemption {
  readonly rule: string;
  readonly reason: string;
}

/**
 * Registers each rule as a test. An exempt rule must still fail, so that an exemption is removed once its reason is
 * gone.
 *
 * @throws AssertionError when an exemption names no rule or gives no reason
 */
export function registerRules<Subject>(
  test: TestFunction,
  rules: readonly Rule<Subject>[],
  subject: Subject,
  exempt: readonly Exemption[] = [],
): void {
  const names = new Set(rules.map(({ name }) => name));
  const reasons = new Map(exempt.map(({ rule, reason }) => [rule, reason]));
  assert.equal(names.size, rules.length, 'Two rules of a contract share a name.');
  for (const [rule, reason] of reasons) {
    assert.ok(names.has(rule), `The exemption "${rule}" names no rule.`);
    assert.ok(reason.trim() !== '', `The exemption "${rule}" gives no reason.`);
  }
  for (const { name, check } of rules) {
    const reason = reasons.get(name);
    if (reason === undefined) test(name, () => check(subject));
    else {
      test(`${name} (exempt: ${reason})`, () =>
        assert.rejects(check(subject), () => true, `The rule "${name}" is kept now; delete its exemption.`));
    }
  }
}
