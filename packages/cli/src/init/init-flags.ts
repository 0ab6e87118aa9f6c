/** The flags that answer questions in advance. */
export interface AnswerFlags {
  readonly database?: string;
  readonly url?: string;
  readonly urlVariable?: string;
  readonly apiKeyVariable?: string;
  readonly username?: string;
  readonly passwordVariable?: string;
  readonly caFile?: string;
  readonly directory?: string;
  readonly table?: string;
  readonly index?: string;
  readonly collection?: string;
  readonly vector?: string;
  readonly metric?: string;
  readonly id?: string;
  readonly text?: string;
  readonly tenantField?: string;
  readonly payload?: string;
  readonly embedder?: string;
  readonly embedderUrl?: string;
  readonly embedderModel?: string;
  readonly embedderKeyVariable?: string;
  readonly reranker?: string;
  readonly rerankerUrl?: string;
  readonly rerankerModel?: string;
  readonly rerankerKeyVariable?: string;
}

export type AnswerFlag = keyof AnswerFlags;

export interface InitFlags extends AnswerFlags {
  readonly out: string;
  readonly force?: true;
  readonly yes?: true;
  readonly new?: true;
}

/** The flag as typed: `urlVariable` → `--url-variable`. */
export function typed(flag: AnswerFlag): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
