/** Shorter values are not hidden: replacing every "a" would garble the message and protect nothing. */
const shortest = 3;

/**
 * Values that must not be printed: those of environment variables, and passwords. Each is replaced by the variable's
 * name, or by asterisks.
 */
export class Secrets {
  readonly #stand = new Map<string, string>();

  /** Hides a value; `shown` replaces it, such as `${DATABASE_URL}`. */
  hide(value: string, shown: string): void {
    const forms = [value, encodeURIComponent(value.toWellFormed()), JSON.stringify(value).slice(1, -1)];
    for (const form of forms) this.#add(form, shown);
    this.hidePassword(value);
  }

  /** Hides the password in a URL, encoded and decoded; the rest of the URL may be shown. */
  hidePassword(value: string): void {
    for (const password of passwordsIn(value)) this.#add(password, '***');
  }

  #add(form: string, shown: string): void {
    if (form.length >= shortest && !this.#stand.has(form)) this.#stand.set(form, shown);
  }

  redact(text: string): string {
    // Longest first, so that a whole URL is replaced before the password inside it.
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

/** Settings whose values are always secret, even if written directly. */
export function isSecretKey(key: string): boolean {
  // This key holds the name of a variable, and a name is not secret.
  if (key === 'apiKeyVariable') return false;
  return /password|passwd|secret|token$|api_?key|credential|^headers$/i.test(key);
}
