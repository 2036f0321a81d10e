/**
 * Bytes of padded base64 in the standard alphabet (RFC 4648, section 4), `undefined` for any other text. Node's decoder alone
 * would skip what it does not know and lose data silently.
 */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined;
}
