import { FlagReader } from './feature-flags.ts';
import type { ReadFeatures } from './feature-flags.ts';
import { parseNameTemplate } from './name-template.ts';
import type { NameTemplate } from './name-template.ts';
import type { Outcome } from '../planning/outcome.ts';
import { failed, succeeded } from '../planning/outcome.ts';

/** The flags and templates of `config-kafka-features` (control-plane 18.1). */
export interface KafkaFeatures {
  readonly dispatcherRateLimiter: boolean;
  readonly dispatcherOrderedExecutorMetrics: boolean;
  /** Names topics of Brokers that have none yet; not there while the template is broken: a name once given stays for good. */
  readonly brokerTopicName: Outcome<NameTemplate>;
  /** Names groups of Triggers that have none yet; likewise. */
  readonly triggerGroupName: Outcome<NameTemplate>;
}

/** Templates that count where none is given. */
export type DefaultTemplates = Readonly<Record<'brokerTopicName' | 'triggerGroupName', NameTemplate>>;

/**
 * Reads `config-kafka-features`; of two spellings the dashed one wins. With a template that does not parse the whole version of the
 * ConfigMap is rejected: its flags are off, and what has no name yet gets none until it is mended.
 */
export function parseKafkaFeatures(
  data: Readonly<Record<string, string>>,
  defaults: DefaultTemplates,
): ReadFeatures<KafkaFeatures> {
  const flags = new FlagReader('config-kafka-features', data);
  const template = (key: string, spelledBefore: string, absent: NameTemplate): Outcome<NameTemplate> => {
    const text = flags.text(key, spelledBefore);
    if (text === undefined) return succeeded(absent);
    const parsed = parseNameTemplate(text);
    if (parsed !== undefined) return succeeded(parsed);
    const problem = `${JSON.stringify(text.slice(0, 120))} is no template: {{ .Namespace }}, {{ .Name }}, {{ .UID }}, {{ index .Labels "x" }} and {{ index .Annotations "x" }} are known`;
    flags.problem(key, `${problem}; the whole ConfigMap is rejected`);
    return failed(`ConfigMap config-kafka-features: ${key} ${problem}`);
  };
  const templates = {
    brokerTopicName: template('brokers-topic-template', 'brokers.topic.template', defaults.brokerTopicName),
    triggerGroupName: template(
      'triggers-consumergroup-template',
      'triggers.consumergroup.template',
      defaults.triggerGroupName,
    ),
  };
  const isRejected = Object.values(templates).some(({ ok }) => !ok);
  const isOn = (...spellings: readonly string[]): boolean => flags.isEnabled(...spellings) && !isRejected;
  const value: KafkaFeatures = {
    ...templates,
    dispatcherRateLimiter: isOn('dispatcher-rate-limiter', 'dispatcher.rate-limiter'),
    dispatcherOrderedExecutorMetrics: isOn(
      'dispatcher-ordered-executor-metrics',
      'dispatcher.ordered-executor-metrics',
    ),
  };
  return { value, problems: flags.problems };
}
