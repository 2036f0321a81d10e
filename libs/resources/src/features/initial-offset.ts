const propertiesKey = 'config-kafka-broker-consumer.properties';

/**
 * Where groups without committed offsets start, from `auto.offset.reset` of the consumer properties in `config-kafka-broker-data-plane`:
 * `latest` is latest, anything else earliest; undefined when nothing is said (control-plane 5.3). The last of several counts, as in a
 * properties file.
 */
export function initialOffsetOf(data: Readonly<Record<string, string>>): 'latest' | 'earliest' | undefined {
  const values = (data[propertiesKey] ?? '')
    .split(/\r?\n/)
    .map((line) => /^\s*auto\.offset\.reset\s*[=:]\s*(.*?)\s*$/.exec(line)?.[1])
    .filter((value) => value !== undefined);
  const value = values.at(-1);
  if (value === undefined) return undefined;
  return value.toLowerCase() === 'latest' ? 'latest' : 'earliest';
}
