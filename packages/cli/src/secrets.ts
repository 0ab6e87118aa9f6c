/** Shorter values are left alone: replacing every "a" would spoil the message and hide nothing. */
const shortest = 3;

/**
 * What must not be printed: values that came from environment variables, and passwords. Each is replaced by what stands for
 * it: the variable's name, or asterisks.
 */
export class Secrets {
  readonly #stand = new Map<string, string>();

  /** A value and what is shown in its place, such as `${DATABASE_URL}`. */
  hide(value: string, shown: string): void {
    const forms = [value, encodeURIComponent(value.toWellFormed()), JSON.stringify(value).slice(1, -1)];
    for (const form of forms) this.#add(form, shown);
    this.hidePassword(value);
  }

  /** The password in a URL, as written and as meant; the rest of the URL may be shown. */
  hidePassword(value: string): void {
    for (const password of passwordsIn(value)) this.#add(password, '***');
  }

  #add(form: string, shown: string): void {
    if (form.length >= shortest && !this.#stand.has(form)) this.#stand.set(form, shown);
  }

  redact(text: string): string {
    // The longest first, so that a URL goes as a whole before the password inside it does.
    const known = [...this.#stand].sort(([a], [b]) => b.length - a.length);
    const hidden = known.reduce((current, [value, shown]) => current.replaceAll(value, shown), text);
    return hidden
      .replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s/:@'"]*):[^\s/'"]*@/gi, '$1:***@')
      .replace(/([?&](?:password|passwd|pwd|token|secret|api_?key)=)[^\s&'"]*/gi, '$1***');
  }
}

function passwordsIn(value: string): readonly string[] {
  const written = /^[a-z][a-z0-9+.-]*:\/\/[^/\s]*?:([^/\s]*)@/i.exec(value)?.[1];
  if (written === undefined) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}

/** Settings whose values are secret however they were written. */
export function isSecretKey(key: string): boolean {
  // It names a variable, and the name is no secret.
  if (key === 'apiKeyVariable') return false;
  return /password|passwd|secret|token$|api_?key|credential|^headers$/i.test(key);
}
