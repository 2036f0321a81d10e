const unreservedAndDelimiters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/";
const plain = new Uint8Array(128);
for (const character of unreservedAndDelimiters) plain[character.charCodeAt(0)] = 1;

const scheme = /^[A-Za-z][A-Za-z0-9+.-]*$/;
const ipLiteral =
  /^(?:[^@[\]]*@)?\[(?:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(?:%25[A-Za-z0-9._~-]+)?|v[0-9A-Fa-f]+\.[^[\]]+)\](?::[0-9]*)?$/;
const blankOrControl = /[\p{Z}\p{Cc}]/u;

/**
 * Whether text is a URI reference (RFC 3986), with letters outside ASCII let through as in an IRI, and the empty text as the
 * reference to the same document. As upstream has it, a scheme or `//` with nothing behind it is refused (receiver.md 5.2).
 */
export function isUriReference(text: string): boolean {
  const length = text.length;
  let pathEnd = -1;
  let colon = -1;
  let slash = -1;
  let fragment = -1;
  let brackets = false;
  let beyondAscii = false;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 128) {
      beyondAscii = true;
    } else if (plain[code] === 1) {
      if (code === 0x3a && colon === -1 && slash === -1 && pathEnd === -1) colon = at;
      else if (code === 0x2f && slash === -1) slash = at;
    } else if (code === 0x25) {
      if (!isHexDigit(text.charCodeAt(at + 1)) || !isHexDigit(text.charCodeAt(at + 2))) return false;
      at += 2;
    } else if (code === 0x3f) {
      if (pathEnd === -1) pathEnd = at;
    } else if (code === 0x23) {
      if (fragment !== -1) return false;
      fragment = at;
      if (pathEnd === -1) pathEnd = at;
    } else if (code === 0x5b || code === 0x5d) {
      // Allowed around an address in the authority, and tolerated behind the path.
      if (pathEnd === -1) brackets = true;
    } else {
      return false;
    }
  }
  if (beyondAscii && blankOrControl.test(text)) return false;
  if (pathEnd === -1) pathEnd = length;
  if (colon !== -1) {
    const schemeSpecific = (fragment === -1 ? length : fragment) - colon - 1;
    if (schemeSpecific === 0 || !scheme.test(text.slice(0, colon))) return false;
  }
  if (!text.startsWith('//', colon + 1)) return !brackets;
  if (colon + 3 >= length) return false;
  return !brackets || hasAddressInAuthority(text.slice(colon + 3, pathEnd));
}

function hasAddressInAuthority(authorityAndPath: string): boolean {
  const slash = authorityAndPath.indexOf('/');
  const authority = slash === -1 ? authorityAndPath : authorityAndPath.slice(0, slash);
  const path = slash === -1 ? '' : authorityAndPath.slice(slash);
  return ipLiteral.test(authority) && !path.includes('[') && !path.includes(']');
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}
