/** A value or type that an entry of a package exports. */
export interface PublicName {
  /** The package's folder, such as `core`. */
  readonly folder: string;
  /** What a program imports it from, such as `@secondpass/core/answers`. */
  readonly entry: string;
  readonly name: string;
  readonly kind: 'function' | 'class' | 'value' | 'type';
  /** Whether its docstring says something besides its tags. */
  readonly isDescribed: boolean;
  /** The code of each `@example`. */
  readonly examples: readonly string[];
}
