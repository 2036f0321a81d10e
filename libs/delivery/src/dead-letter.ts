/** The response of the last attempt that made an event a dead letter. */
export interface FailedResponse {
  readonly statusCode: number;
  /** Flat: name, value, name, value… */
  readonly headers: readonly string[];
  /** At least its first 1024 bytes. */
  readonly body: Buffer;
}

/** How the extensions of an event change on its way to the dead letter sink. */
export interface DeadLetterExtensions {
  /** To be set, replacing what the event carries under these names. */
  readonly set: Readonly<Record<string, string>>;
  /** To be taken away if the event carries them: they tell of an earlier failure. */
  readonly remove: readonly string[];
}

/** Bytes of a failed response that `knativeerrordata` tells of; the base64 text is at most 1368 characters. */
export const errorDataBytes = 1024;

const headerPrefix = 'kne-';
const extensionName = /^[a-z0-9]{1,20}$/;
/** Context attributes of CloudEvents 1.0 and 0.3, and the member name `data`, which no extension may have. */
const contextAttributes = new Set([
  'id',
  'source',
  'specversion',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'datacontentencoding',
  'dataschema',
  'schemaurl',
  'data',
]);
const errorExtensions = ['knativeerrordest', 'knativeerrorcode', 'knativeerrordata'] as const;

/**
 * The extensions that tell a dead letter sink what went wrong.
 *
 * - `knativeerrordest`: always, the subscriber's URL, also when its reply was what failed;
 * - `knativeerrorcode`, and `knativeerrordata` (base64 of the first 1024 bytes) if there was a body: only when the *last*
 *   attempt got a response;
 * - `<x>` for each response header `kne-<x>` whose `<x>` is 1–20 characters `a-z0-9` once lower-cased and neither a context
 *   attribute nor one of the three above. Of equal names the last wins. Others are dropped.
 */
export function deadLetterExtensions(failure: {
  readonly destination: string;
  readonly response?: FailedResponse | undefined;
}): DeadLetterExtensions {
  const set: Record<string, string> = {};
  const { response } = failure;
  if (response !== undefined) {
    addHeaderExtensions(set, response.headers);
    set['knativeerrorcode'] = String(response.statusCode);
    if (response.body.length > 0)
      set['knativeerrordata'] = response.body.subarray(0, errorDataBytes).toString('base64');
  }
  set['knativeerrordest'] = failure.destination;
  return { set, remove: errorExtensions.filter((name) => !(name in set)) };
}

function addHeaderExtensions(set: Record<string, string>, headers: readonly string[]): void {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const header = headers[index] ?? '';
    if (header.length <= headerPrefix.length || header.slice(0, headerPrefix.length).toLowerCase() !== headerPrefix)
      continue;
    const name = header.slice(headerPrefix.length).toLowerCase();
    if (!extensionName.test(name) || contextAttributes.has(name)) continue;
    if (errorExtensions.some((reserved) => reserved === name)) continue;
    set[name] = headers[index + 1] ?? '';
  }
}
