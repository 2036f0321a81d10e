import type { ResourceKey, SourceProblem } from '@eventing-kafka/resources';
import { keyText, problemText } from '@eventing-kafka/resources';

/** Something a person who watches wants to know, in the order in which it happens. */
export type Transition =
  /** An object was added, changed or removed in the source. */
  | { readonly kind: 'changed'; readonly change: 'added' | 'changed' | 'removed'; readonly key: ResourceKey }
  /** It is served as written: every connected process acknowledged it. */
  | { readonly kind: 'serving'; readonly key: ResourceKey; readonly afterMs: number }
  /** It is not served as written, and will not be before something changes. */
  | {
      readonly kind: 'refused';
      readonly key: ResourceKey;
      readonly reason: string;
      readonly message: string;
      /** Whether the last good version of it is served on. */
      readonly previousGoesOn: boolean;
      /** Where a person finds the cause, `orders.yaml:12:5`, when it is written in the source. */
      readonly place?: string;
    }
  /** Every connected process acknowledged that it is no longer served. */
  | { readonly kind: 'gone'; readonly key: ResourceKey; readonly afterMs: number }
  /** The source cannot take something as written. */
  | { readonly kind: 'problem'; readonly problem: SourceProblem }
  | { readonly kind: 'problem-solved'; readonly problem: SourceProblem };

/** A transition in one line for a terminal: `serving Broker default/orders after 12 ms`. */
export function transitionText(transition: Transition): string {
  switch (transition.kind) {
    case 'changed':
      return `${transition.change} ${keyText(transition.key)}`;
    case 'serving':
      return `serving ${keyText(transition.key)} after ${transition.afterMs} ms`;
    case 'gone':
      return `no longer serving ${keyText(transition.key)}, after ${transition.afterMs} ms`;
    case 'refused': {
      const why = [transition.reason, transition.message].filter((part) => part !== '').join(': ');
      const place = transition.place === undefined ? '' : `${transition.place}: `;
      return `refused ${place}${keyText(transition.key)}: ${why}${transition.previousGoesOn ? '; the version before goes on' : ''}`;
    }
    case 'problem':
      return `${transition.problem.severity === 'error' ? 'refused' : 'warning'} ${problemText(transition.problem)}`;
    case 'problem-solved':
      return `solved ${problemText(transition.problem)}`;
  }
}
