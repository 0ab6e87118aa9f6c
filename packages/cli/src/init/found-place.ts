import type { SourceSettings } from '../adapters/adapter.ts';
import type { Choice } from './answers.ts';
import type { AnswerFlag } from './init-flags.ts';

/** A table, collection or index that has vectors. */
export interface FoundPlace {
  readonly name: string;
  /** Other names for it, such as one with its schema. */
  readonly aliases?: readonly string[];
  /** Its size and its vectors. */
  readonly hint: string;
  /** Reads the details over a new connection. */
  details(signal: AbortSignal): Promise<PlaceDetails>;
}

export interface PlaceDetails extends SettingsPart {
  /** Asked in this order; each may depend on earlier answers. */
  readonly questions: readonly PlaceQuestion[];
}

/** Some keys of the `source` block, and what follows from them. */
export interface SettingsPart {
  readonly settings: SourceSettings;
  /** Length of the vectors, if known. */
  readonly dimensions?: number | undefined;
}

export interface PlaceQuestion {
  readonly flag: AnswerFlag;
  readonly message: string;
  readonly many: string;
  readonly choices: (soFar: SourceSettings) => readonly Choice<SettingsPart>[];
  readonly preset?: (soFar: SourceSettings) => string | undefined;
  readonly suggested?: string | undefined;
  readonly read?: (given: string) => SettingsPart | undefined;
}

/** Joins two parts; blocks inside the settings, such as `columns`, are joined too. */
export function joinSettings(one: SourceSettings, other: SourceSettings): SourceSettings {
  const inner = Object.entries(other).map(([key, value]) => {
    const before = one[key];
    return [key, isBlock(before) && isBlock(value) ? { ...before, ...value } : value] as const;
  });
  return { ...one, ...Object.fromEntries(inner) };
}

function isBlock(value: unknown): value is SourceSettings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
