/** Value of the first header of that name in a flat list (name, value, name, value…); the name in lower case, compared without case. */
export function headerValue(headers: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const candidate = headers[index];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) return headers[index + 1];
  }
  return undefined;
}
