import { allowedValues, shownDefault } from './parse-value.ts';
import type { Setting, SettingsSchema } from './schema.ts';

/** The settings as a Markdown table for a README: variable, flag, what is allowed, default, meaning. */
export function settingsTable(schema: SettingsSchema): string {
  const rows = Object.values(schema).map((setting) => [
    code(setting.env),
    setting.flag === undefined ? '' : code(`--${setting.flag}`),
    allowedValues(setting),
    defaultCell(setting),
    setting.description,
  ]);
  const lines = [['Variable', 'Flag', 'Allowed', 'Default', 'Meaning'], ['---', '---', '---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

/** The text that `--help` prints: what the program is, how it is called, every setting with its flag, variable and default. */
export function helpText(
  schema: SettingsSchema,
  { usage, summary }: { readonly usage: string; readonly summary: string },
): string {
  const settings = Object.values(schema);
  const options = settings
    .filter((setting) => setting.flag !== undefined)
    .map((setting): Row => [flagForm(setting), meaning(setting, [`or ${setting.env}`])]);
  options.push(['--help', 'print this and exit'], ['--version', 'print the version and exit']);
  const variables = settings
    .filter((setting) => setting.flag === undefined)
    .map((setting): Row => [setting.env, meaning(setting, [])]);
  const sections = [summary, `Usage: ${usage}`, `Options:\n${columns(options)}`];
  if (variables.length > 0) sections.push(`Set by environment variable alone:\n${columns(variables)}`);
  return `${sections.join('\n\n')}\n`;
}

type Row = readonly [name: string, meaning: string];

function flagForm(setting: Setting): string {
  const flag = `--${setting.flag ?? ''}`;
  switch (setting.kind) {
    case 'boolean':
      return setting.default === true ? `--no-${setting.flag ?? ''}` : flag;
    case 'choice':
      return `${flag} <${setting.choices.join('|')}>`;
    case 'durationMs':
      return `${flag} <duration>`;
    case 'integer':
    case 'number':
      return `${flag} <number>`;
    default:
      return `${flag} <${setting.kind}>`;
  }
}

/** `where it listens (default 8080; or PORT)`. */
function meaning(setting: Setting, more: readonly string[]): string {
  const details = [...defaultWords(setting), ...more];
  return details.length === 0 ? setting.description : `${setting.description} (${details.join('; ')})`;
}

function defaultWords(setting: Setting): readonly string[] {
  if (setting.default === undefined) return [setting.optional === true ? 'optional' : 'required'];
  const shown = shownDefault(setting) ?? '';
  return shown === '' ? [] : [`default ${shown}`];
}

function defaultCell(setting: Setting): string {
  const shown = shownDefault(setting);
  if (shown !== undefined) return shown === '' ? '(empty)' : code(shown);
  if (setting.default !== undefined) return '(not shown)';
  return setting.optional === true ? '' : '**required**';
}

function columns(rows: readonly Row[]): string {
  const width = Math.min(34, Math.max(...rows.map(([name]) => name.length)));
  const indent = ' '.repeat(width + 4);
  return rows
    .map(([name, meaning]) => {
      const [first = '', ...rest] = wrapped(meaning, 100 - width);
      const head = name.length > width ? `  ${name}\n${indent}${first}` : `  ${name.padEnd(width)}  ${first}`;
      return [head, ...rest.map((line) => `${indent}${line}`)].join('\n');
    })
    .join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function code(text: string): string {
  return `\`${text}\``;
}
