/** What stands in a line in place of a secret. */
export const redacted = '[redacted]';

/**
 * Words that make a field's name that of a secret, compared after lower-casing and dropping everything but letters and
 * digits: `saslPassword`, `sasl.password` and `SASL_PASSWORD` are one name.
 */
const secretWords = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'credential',
  'authorization',
  'apikey',
  'accesskey',
  'privatekey',
  'jaas',
  'cookie',
];
/** Names that hold a secret only as they are or as an ending: `userKey` is one, `keyField` is none. */
const secretEndings = ['token', 'userkey', 'clientkey', 'keypem', 'tlskey', 'sslkey', 'signature'];

/**
 * Whether a field of this name is never shown. Names that speak *of* a secret without holding it (`secretName`,
 * `secretNamespace`, `secretRef`, `tokenCount`) are shown.
 */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (/(name|namespace|ref|reference|count|version|path|file|uid)$/.test(plain)) return false;
  return secretWords.some((word) => plain.includes(word)) || secretEndings.some((ending) => plain.endsWith(ending));
}

const pemKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
// Credentials have digits or are long; "bearer authentication" is neither.
const authorizationValue = /\b(Bearer|Basic) +(?=\S*\d|\S{20})[A-Za-z0-9+/=._~-]{8,}/gi;
const jsonWebToken = /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*/g;
const userInformation = /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@?#]*):[^\s/@?#]+@/gi;
const assignment =
  /\b((?:sasl\.|ssl\.|key\.)*(?:password|passphrase|client\.secret)"?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&"'}]+)/gi;

/**
 * The text without what looks like a secret inside it: private keys in PEM, bearer and basic credentials, JSON web tokens, the password of a
 * URL, `password=…` of JAAS lines. A second line of defence behind the names of fields: messages of drivers quote what they were given.
 */
export function withoutSecrets(text: string): string {
  return text
    .replace(pemKey, redacted)
    .replace(jsonWebToken, redacted)
    .replace(authorizationValue, `$1 ${redacted}`)
    .replace(userInformation, `$1:${redacted}@`)
    .replace(assignment, `$1${redacted}`);
}
