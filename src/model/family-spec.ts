/** What a family of models declares of itself, as data. */

/** What an author may expect of a safety property. */
export type ExpectedVerdict = "holds" | "violated";

/** The same on all architectures, or one for each by name. */
export type PerArch<Value extends string> = Value | Readonly<Record<string, Value>>;

export interface Variant {
  /** A short identifier besides the name, such as `000-A3`. */
  readonly id?: PerArch<string>;
  /** What this variant is, in one line. */
  readonly about: string;
  /** The verdict expected of each property, by its name; a property that is not named is expected to hold. */
  readonly expect: Readonly<Record<string, PerArch<ExpectedVerdict>>>;
  /**
   * Why the first property that `expect` names as violated is violated; where it names none, why all of them hold.
   * Properties that a parameter adds do not count.
   */
  readonly reason?: PerArch<string>;
  /** Why the verdict of a property is expected, by its name; `reason` is then not about that property. */
  readonly reasons?: Readonly<Record<string, PerArch<string>>>;
  /** Where that is known from: a commit, a mail, a manual. */
  readonly source?: string;
  /** The architectures that have this variant; all of the family's unless given. */
  readonly arch?: readonly string[];
}

export type ParameterValue = number | boolean | string;

/** A number between bounds, a switch, or one of several words, by the type of the default. */
export type ParameterSpec =
  | { readonly about: string; readonly default: number; readonly min: number; readonly max: number }
  | { readonly about: string; readonly default: boolean }
  | { readonly about: string; readonly default: string; readonly oneOf: readonly string[] };

/** A property that a parameter adds to every variant. */
export interface OptionalProperty {
  readonly name: string;
  readonly aliases: readonly string[];
  /** The option of the command line that adds it. */
  readonly option: string;
}

export interface FamilySpec {
  readonly about: string;
  /** The architectures; none for a model of something else than hardware. */
  readonly arch?: readonly string[];
  readonly variants?: Readonly<Record<string, Variant>>;
  readonly parameters?: Readonly<Record<string, ParameterSpec>>;
  /** Properties that a configuration has only if a parameter says so; variants may expect verdicts of them. */
  readonly optional?: readonly OptionalProperty[];
  /** The configuration whose trace is shown after the table. */
  readonly headline?: { readonly variant: string; readonly arch?: string; readonly property?: string };
}
