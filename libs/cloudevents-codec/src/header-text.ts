import { isUtf8 } from 'node:buffer';

const needsEscape = /[^\x21\x23\x24\x26-\x7e]+/g;
const escapeRun = /(?:%[0-9A-Fa-f]{2})+/g;
const strayPercent = /%(?![0-9A-Fa-f]{2})/;
const beyondLatin1 = /[^\x00-\xff]/;
const beyondAscii = /[^\x00-\x7f]/;
/** Escapes of what the HTTP binding wants escaped: space, quote, percent, control characters, everything beyond ASCII. */
const necessaryEscapeRun = /(?:%(?:2[025]|7f|[0189a-f][0-9a-f]))+/gi;

/**
 * An attribute value as an HTTP header carries it: space, `"`, `%` and everything outside U+0021–U+007E as upper-case UTF-8
 * `%XY` (CloudEvents HTTP binding 3.1.3.2). Never fails: a lone surrogate goes out as U+FFFD.
 */
export function encodeHeaderText(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || code === 0x22 || code === 0x25) {
      return text.toWellFormed().replace(needsEscape, (run) => encodeURIComponent(run));
    }
  }
  return text;
}

/** Why a header value cannot be decoded. */
export class HeaderTextProblem {
  readonly expected: string;

  constructor(expected: string) {
    this.expected = expected;
  }
}

/** How much of a header value is taken on trust. */
export interface HeaderTextRules {
  /** Keep a `%` that begins no escape, where otherwise the value is refused. */
  readonly strayPercent: boolean;
  /**
   * The value is a URI. Escapes that no sender had to write for HTTP's sake (`%2F`, `%7e`) belong to the URI and stay, so that
   * the URIs of the many senders that do not know HTTP binding 3.1.3.2 keep their meaning.
   */
  readonly uri: boolean;
}

/**
 * The attribute value that a header carries: a quoted string is unquoted, then escapes are decoded once and must be UTF-8
 * (HTTP binding 3.1.3.2). `raw` holds one character a byte, as `node:http` hands it over. Bytes beyond ASCII, which a sender
 * should have escaped, are read as UTF-8 if they are UTF-8, else as ISO-8859-1.
 */
export function decodeHeaderText(raw: string, rules: HeaderTextRules): string | HeaderTextProblem {
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at);
    if (code < 0x20 || code >= 0x7f || code === 0x22 || code === 0x25) return decodeUnusualText(raw, rules);
  }
  return raw;
}

/** A header value that is not encoded, as that of `Content-Type`: only its bytes are made text, as above. */
export function verbatimHeaderText(raw: string): string {
  return beyondAscii.test(raw) ? fromBytes(raw).toWellFormed() : raw;
}

function decodeUnusualText(raw: string, rules: HeaderTextRules): string | HeaderTextProblem {
  let text = unquoted(fromBytes(raw));
  if (text.includes('%')) {
    if (!rules.strayPercent && strayPercent.test(text)) {
      return new HeaderTextProblem('every "%" to begin an escape such as %25');
    }
    try {
      text = text.replace(rules.uri ? necessaryEscapeRun : escapeRun, (run) => decodeURIComponent(run));
    } catch {
      return new HeaderTextProblem('percent-encoded UTF-8');
    }
  }
  if (text.includes('\0')) return new HeaderTextProblem('text without NUL');
  return text.isWellFormed() ? text : new HeaderTextProblem('text without lone surrogates');
}

function fromBytes(raw: string): string {
  if (!beyondAscii.test(raw) || beyondLatin1.test(raw)) return raw;
  const bytes = Buffer.from(raw, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : raw;
}

/** Only a value that is one quoted string as a whole is unquoted: a stray quote is part of a value of a careless sender. */
function unquoted(text: string): string {
  if (text.length < 2 || !text.startsWith('"')) return text;
  let content = '';
  for (let at = 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return at === text.length - 1 ? content : text;
    if (character === '\\' && at + 1 < text.length) at++;
    content += text.charAt(at);
  }
  return text;
}
