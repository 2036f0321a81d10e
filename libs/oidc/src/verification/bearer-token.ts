import type { TokenProblem } from './token-verdict.ts';

/**
 * The token of an `Authorization` header, or why there is none. The scheme is `Bearer` in any letter case and nothing else (F-11), with one
 * space behind it.
 */
export function bearerToken(
  header: string | undefined,
  maxTokenBytes: number,
): { readonly token: string } | { readonly problem: TokenProblem } {
  if (header === undefined || header === '') return { problem: 'missing' };
  if (!/^bearer /i.test(header)) return { problem: 'not-bearer' };
  const token = header.slice(7);
  if (token.length > maxTokenBytes) return { problem: 'too-long' };
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token) ? { token } : { problem: 'malformed' };
}
