/** What every setting has. */
interface SettingBase {
  /** What it does, as a phrase without a full stop: for the help and the README's table. */
  readonly description: string;
  /** Environment variable. Unset and empty are the same. */
  readonly env: string;
  /** Name of the flag without its dashes; without one the setting has only its environment variable. */
  readonly flag?: string;
  /** True: may be missing, and then is `undefined`. A setting that is neither optional nor has a default is required. */
  readonly optional?: true;
}

/** Any text; white space around it is dropped. */
export interface TextSetting extends SettingBase {
  readonly kind: 'text';
  readonly default?: string;
  /** What a value must match as a whole. */
  readonly pattern?: RegExp;
  /** The pattern in words, for problems and tables: "host:port, separated by commas". */
  readonly allowed?: string;
}

/** A text never shown anywhere. It has no flag: other users of a machine can read the arguments of a process. */
export interface SecretSetting extends SettingBase {
  readonly kind: 'secret';
  readonly default?: string;
  readonly flag?: never;
}

/** A whole number. */
export interface IntegerSetting extends SettingBase {
  readonly kind: 'integer';
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}

/** A number with or without a fraction. */
export interface NumberSetting extends SettingBase {
  readonly kind: 'number';
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}

/** A TCP port; 0 lets the system choose one. */
export interface PortSetting extends SettingBase {
  readonly kind: 'port';
  readonly default?: number;
}

/** `true`, `yes`, `on`, `1` and their opposites in any letter case; the flag alone means true, `--no-<flag>` false. */
export interface BooleanSetting extends SettingBase {
  readonly kind: 'boolean';
  readonly default?: boolean;
}

/** A duration in milliseconds: `500ms`, `30s`, `2m`, `1h`, `1m30s`, or a plain number of milliseconds. */
export interface DurationSetting extends SettingBase {
  readonly kind: 'durationMs';
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}

/** A number of bytes: `1MiB`, `64KiB`, `10MB`, or a plain number. */
export interface BytesSetting extends SettingBase {
  readonly kind: 'bytes';
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}

/** One of some words, in any letter case. */
export interface ChoiceSetting extends SettingBase {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly default?: string;
}

/** Texts separated by commas; a flag given several times adds to the list. */
export interface ListSetting extends SettingBase {
  readonly kind: 'list';
  readonly default?: readonly string[];
  /** How few items are accepted; 0 when absent. */
  readonly minItems?: number;
}

/** One setting as data: the check, the type, the default and the documentation all come from it. */
export type Setting =
  | TextSetting
  | SecretSetting
  | IntegerSetting
  | NumberSetting
  | PortSetting
  | BooleanSetting
  | DurationSetting
  | BytesSetting
  | ChoiceSetting
  | ListSetting;

/** Settings by the name they have in the object that {@link readSettings} gives. */
export type SettingsSchema = Readonly<Record<string, Setting>>;

type ValueOf<S extends Setting> = S extends { kind: 'boolean' }
  ? boolean
  : S extends { kind: 'choice'; choices: readonly (infer Choice)[] }
    ? Choice
    : S extends { kind: 'list' }
      ? readonly string[]
      : S extends { kind: 'text' | 'secret' }
        ? string
        : number;

/** The typed object of a schema: `{ port: number; kafka: string | undefined; … }`. */
export type SettingsOf<S extends SettingsSchema> = {
  readonly [Name in keyof S & string]: S[Name] extends { optional: true }
    ? ValueOf<S[Name]> | undefined
    : ValueOf<S[Name]>;
};

/** A rule between settings: a sentence that says what is wrong and what would be right, or undefined when all is well. */
export type SettingsRule<S extends SettingsSchema> = (settings: SettingsOf<S>) => string | undefined;

/** Rules travel with the schema under this key, so that whoever reads settings cannot forget them. */
const rulesKey = Symbol.for('@eventing-kafka/config/rules');

type AnyRule = (settings: never) => string | undefined;

/**
 * A schema with the rules between its settings. Rules are asked only when every single setting is valid.
 *
 * @throws {TypeError} two settings share a flag or an environment variable, or a flag is written with dashes in front: mistakes of a program, found
 * when it starts.
 */
export function defineSettings<const S extends SettingsSchema>(schema: S, rules: readonly SettingsRule<S>[] = []): S {
  requireDistinctNames(schema);
  return Object.freeze({ ...schema, [rulesKey]: [...rulesOf(schema), ...rules] });
}

/** What several schemas hold together. */
export type CombinedSettings<S extends readonly SettingsSchema[]> = S extends readonly [
  infer First extends SettingsSchema,
  ...infer Rest extends readonly SettingsSchema[],
]
  ? First & CombinedSettings<Rest>
  : unknown;

/** Several schemas as one, in this order, with the rules of all. Throws as {@link defineSettings} does. */
export function combineSettings<const S extends readonly [SettingsSchema, ...SettingsSchema[]]>(
  ...schemas: S
): CombinedSettings<S> {
  const combined: Record<string, Setting> = {};
  for (const [name, setting] of schemas.flatMap((schema) => Object.entries(schema))) {
    if (Object.hasOwn(combined, name)) throw new TypeError(`Two schemas hold a setting named ${name}; rename one.`);
    combined[name] = setting;
  }
  requireDistinctNames(combined);
  // The type says what was put together above.
  return Object.freeze({ ...combined, [rulesKey]: schemas.flatMap(rulesOf) }) as CombinedSettings<S>;
}

/** The rules that {@link defineSettings} put beside a schema. */
export function rulesOf(schema: SettingsSchema): readonly AnyRule[] {
  return (Reflect.get(schema, rulesKey) as readonly AnyRule[] | undefined) ?? [];
}

function requireDistinctNames(schema: SettingsSchema): void {
  const owners = new Map<string, string>();
  for (const [name, setting] of Object.entries(schema)) {
    if (setting.flag !== undefined && !/^[a-z][a-z0-9-]*$/.test(setting.flag)) {
      throw new TypeError(
        `The flag of ${name} must be lower-case words joined by dashes, without leading dashes: ${setting.flag}`,
      );
    }
    for (const key of [setting.env, setting.flag === undefined ? undefined : `--${setting.flag}`]) {
      if (key === undefined) continue;
      const owner = owners.get(key);
      if (owner !== undefined) throw new TypeError(`${owner} and ${name} both use ${key}; rename one.`);
      owners.set(key, name);
    }
  }
}
