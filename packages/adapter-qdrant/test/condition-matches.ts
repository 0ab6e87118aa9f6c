type Json = unknown;

/**
 * What Qdrant's conditions mean, after its source (lib/segment/src/payload_storage/condition_checker.rs and
 * json_path/mod.rs of 1.19), for the conditions that the adapter writes. It stands in for the engine in unit tests.
 */
export function conditionMatches(condition: Json, payload: Json): boolean {
  const { key, match, range, is_null, is_empty, nested, must, should, must_not } = condition as Record<
    string,
    Json
  >;
  if (nested) {
    const inner = nested as { key: string; filter: Json };
    return valuesAt(payload, `${inner.key}[]`).some(
      (value) => isRecord(value) && conditionMatches(inner.filter, value),
    );
  }
  if (key === undefined && is_empty) return valuesAt(payload, keyOf(is_empty)).every(isNothing);
  if (key === undefined && is_null) return valuesAt(payload, keyOf(is_null)).some((value) => value === null);
  if (key === undefined) {
    const all = (list: Json) => (list as Json[]).map((part) => conditionMatches(part, payload));
    return (
      (must === undefined || all(must).every(Boolean)) &&
      (should === undefined || all(should).some(Boolean)) &&
      (must_not === undefined || !all(must_not).some(Boolean))
    );
  }
  const values = valuesAt(payload, key as string);
  if (is_null !== undefined) {
    if (values.length === 0) return !is_null;
    return values.some((value) => (Array.isArray(value) ? value.includes(null) : value === null) === is_null);
  }
  // An array counts by its elements, one level deep.
  return values.flat().some((value) => (match ? matches(match, value) : inRange(range, value)));
}

function matches(match: Json, value: Json): boolean {
  const { value: wanted, any } = match as { value?: Json; any?: Json[] };
  if (typeof wanted === 'number')
    throw new TypeError('match takes integers only; the adapter never asks so.');
  // An i64 that is compared with what `as_i64` gives.
  if (typeof wanted === 'bigint' && BigInt.asIntN(64, wanted) !== wanted)
    throw new TypeError('Not an integer of 64 bits with a sign.');
  return any === undefined ? value === wanted : any.includes(value);
}

function inRange(range: Json, stored: Json): boolean {
  if (typeof stored !== 'number' && typeof stored !== 'bigint') return false;
  // A range is of float64.
  const value = Number(stored);
  const { gt, gte, lt, lte } = range as Record<string, number | undefined>;
  for (const bound of [gt, gte, lt, lte]) {
    if (bound !== undefined && typeof bound !== 'number')
      throw new TypeError('A range over dates is never asked.');
  }
  return (
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte)
  );
}

/** `"a"."b"[]`: quoted keys, and `[]` for every element. */
function valuesAt(payload: Json, path: string): readonly Json[] {
  const steps = path.match(/"[^"\\]*"|[\p{L}\p{N}_-]+|\[\]|\./gu) ?? [];
  if (steps.join('') !== path) throw new SyntaxError(`Not a path of Qdrant: ${path}`);
  let values: readonly Json[] = [payload];
  for (const step of steps) {
    if (step === '.') continue;
    if (step === '[]') values = values.flatMap((value) => (Array.isArray(value) ? value : []));
    else {
      const name = step.replaceAll('"', '');
      values = values.flatMap((value) =>
        isRecord(value) && Object.hasOwn(value, name) ? [value[name]] : [],
      );
    }
  }
  return values;
}

function keyOf(condition: Json): string {
  return (condition as { key: string }).key;
}

function isNothing(value: Json): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

function isRecord(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
