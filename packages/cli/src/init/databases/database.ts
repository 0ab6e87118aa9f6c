import type { SourceSettings } from '../../adapters/adapter.ts';
import type { Answers } from '../answers.ts';
import type { FoundPlace } from '../found-place.ts';
import type { Session } from '../session.ts';

/** A database that `init` can look into. */
export interface InitDatabase {
  readonly name: string;
  readonly title: string;
  /** `source.adapter` of the configuration. */
  readonly adapter: 'pgvector' | 'elastic' | 'qdrant';
  /** What holds passages there: also the flag, and the key of the configuration. */
  readonly place: 'table' | 'index' | 'collection';
  /** Asks where it is; the settings as they are written. */
  connect(answers: Answers, session: Session): Promise<SourceSettings>;
  /** What has vectors there. The settings have their variables replaced. */
  look(settings: SourceSettings, signal: AbortSignal): Promise<readonly FoundPlace[]>;
}
