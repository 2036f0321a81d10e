const lenient =
  /^(\d{4}|\+\d{5,9}|-\d{4,9})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?([Zz]|[+-]\d\d(?::\d\d(?::\d\d)?)?)$/;
const plainShape = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;
const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * The text to keep of a `time` attribute, or `undefined` when it is none. An RFC 3339 timestamp comes back as it is, whatever
 * its fraction and offset look like; what upstream also takes (no seconds, a bare dot, an offset of hours only) comes back
 * completed to RFC 3339. Refused as upstream does: second 60, hour 24, more than 9 fraction digits, offsets beyond 18 hours
 * (receiver.md 5.2).
 */
export function acceptedTime(text: string): string | undefined {
  if (plainShape.test(text)) return isPlainTimeInRange(text) ? text : undefined;
  const parts = lenient.exec(text);
  if (parts === null) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '00', fraction = '', offset = ''] = parts;
  const [offsetHours = 0, offsetMinutes = 0, offsetSeconds = 0] = offset.slice(1).split(':').map(Number);
  if (
    !isDateInRange(Number(year), Number(month), Number(day)) ||
    !isTimeInRange(Number(hour), Number(minute), Number(second)) ||
    !isOffsetInRange(offsetHours, offsetMinutes, offsetSeconds)
  ) {
    return undefined;
  }
  const shownFraction = fraction === '' ? '' : `.${fraction}`;
  const shownOffset = offset.length === 1 ? 'Z' : offset.length === 3 ? `${offset}:00` : offset;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${shownFraction}${shownOffset}`;
}

function isPlainTimeInRange(text: string): boolean {
  if (
    !isDateInRange(twoDigits(text, 0) * 100 + twoDigits(text, 2), twoDigits(text, 5), twoDigits(text, 8)) ||
    !isTimeInRange(twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17))
  ) {
    return false;
  }
  const last = text.length - 1;
  if ((text.charCodeAt(last) | 0x20) === 0x7a) return true;
  return isOffsetInRange(twoDigits(text, last - 4), twoDigits(text, last - 1), 0);
}

function isDateInRange(year: number, month: number, day: number): boolean {
  const days = daysInMonth[month - 1];
  if (days === undefined || day < 1 || day > days) return false;
  return month !== 2 || day !== 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

function isTimeInRange(hour: number, minute: number, second: number): boolean {
  return hour < 24 && minute < 60 && second < 60;
}

function isOffsetInRange(hours: number, minutes: number, seconds: number): boolean {
  return minutes < 60 && seconds < 60 && hours * 3600 + minutes * 60 + seconds <= 18 * 3600;
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 0x30) * 10 + text.charCodeAt(at + 1) - 0x30;
}
