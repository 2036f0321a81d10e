/** Longest value of a label, in characters; the rest is cut. */
const maxLabelLength = 256;

/**
 * Makes label values out of what senders choose, at most `limit` different ones: the first to come keep their own, all others get `overflow`. A limit
 * of 0 gives every value the same label, which is what `METRICS_DISABLE_EVENT_TYPE_TAG` asks for (with `unknown`).
 */
export function boundedLabel(limit: number, overflow: string): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    const label = value.length > maxLabelLength ? value.slice(0, maxLabelLength) : value;
    if (known.has(label)) return label;
    if (known.size >= limit) return overflow;
    known.add(label);
    return label;
  };
}
