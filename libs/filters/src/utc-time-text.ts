const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/**
 * An RFC 3339 time as UTC text with `Z` and a fraction of 0, 3, 6 or 9 digits, whichever is the shortest that loses nothing (what
 * is finer than nanoseconds is cut): `2018-04-26T14:48:09+02:00` gives `2018-04-26T12:48:09Z`. Text that is no such time is
 * returned as it is.
 */
export function utcTimeText(text: string): string {
  const match = rfc3339.exec(text);
  if (match === null) return text;
  const [
    ,
    date = '',
    hours = '',
    minutes = '',
    seconds = '',
    fraction = '',
    sign,
    offsetHours = '0',
    offsetMinutes = '0',
  ] = match;
  const local = Date.parse(`${date}T${hours}:${minutes}:${seconds}Z`);
  if (Number.isNaN(local)) return text;
  const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  const utc = new Date(sign === '-' ? local + offsetMs : local - offsetMs);
  return `${utc.toISOString().slice(0, -'.000Z'.length)}${fractionText(fraction)}Z`;
}

function fractionText(fraction: string): string {
  let digits = fraction.slice(0, 9).padEnd(Math.min(9, Math.ceil(fraction.length / 3) * 3), '0');
  while (digits.endsWith('000')) digits = digits.slice(0, -3);
  return digits === '' ? '' : `.${digits}`;
}
