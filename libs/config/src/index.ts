/** The public names of `@eventing-kafka/config`, listed one by one. */
export { ConfigError, isConfigError, type ConfigProblem } from './config-error.ts';
export { helpText, settingsTable } from './documentation.ts';
export { readSettings, type SettingsInput } from './read-settings.ts';
export {
  combineSettings,
  defineSettings,
  type BooleanSetting,
  type BytesSetting,
  type ChoiceSetting,
  type CombinedSettings,
  type DurationSetting,
  type IntegerSetting,
  type ListSetting,
  type NumberSetting,
  type PortSetting,
  type SecretSetting,
  type Setting,
  type SettingsOf,
  type SettingsRule,
  type SettingsSchema,
  type TextSetting,
} from './schema.ts';
export { formatDurationMs, parseDurationMs } from './units.ts';
