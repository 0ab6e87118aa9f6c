import type { SourceSettings } from '../../adapters/adapter.ts';
import type { Answers } from '../answers.ts';
import type { FoundPlace } from '../found-place.ts';
import type { Session } from '../session.ts';

/** The values of `--database`. */
export const databaseNames = ['pgvector', 'elastic', 'qdrant', 'embedded'] as const;

/** A kind of database that `init` can inspect. */
export interface InitDatabase {
  readonly name: (typeof databaseNames)[number];
  readonly title: string;
  /** `source.adapter` of the configuration. */
  readonly adapter: 'pgvector' | 'elastic' | 'qdrant';
  /** The noun for what holds passages; also the flag, and the key of the configuration. */
  readonly place: 'table' | 'index' | 'collection';
  /** Asks for the connection; returns the settings as written to the file. */
  connect(answers: Answers, session: Session): Promise<SourceSettings>;
  /** Finds the places with vectors. The variables in the settings are already replaced. */
  look(settings: SourceSettings, signal: AbortSignal): Promise<readonly FoundPlace[]>;
}
