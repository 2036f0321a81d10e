import type { WriteStream } from 'node:tty';
import type { ResourceReport } from '@eventing-kafka/reconciler';
import { type Transition, transitionText } from '@eventing-kafka/reconciler';

/** What runs, for the start message. */
export interface Running {
  readonly manifests: string;
  readonly kafka: string;
  readonly ingressUrl: string;
  readonly viewerUrl: string;
  readonly adminUrl: string;
  readonly resources: readonly ResourceReport[];
}

const styles = { bold: '1', green: '32', red: '31', yellow: '33', dim: '2' } as const;

/** The terminal of a person who tries this out: what runs, what changed, which events arrived. */
export class Console {
  readonly colors: boolean;
  readonly #out: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>;

  /** Colours are used on a terminal only, and not when `NO_COLOR` asks for none. */
  constructor(out: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>, noColor: boolean) {
    this.#out = out;
    this.colors = out.isTTY === true && !noColor;
  }

  write(text: string): void {
    this.#out.write(text);
  }

  /** One line for a change of the manifests and for what became of it. */
  transition(transition: Transition): void {
    const style = {
      changed: 'bold',
      serving: 'green',
      gone: 'green',
      refused: 'red',
      problem: 'red',
      'problem-solved': 'green',
    } as const;
    this.write(`${this.#styled(style[transition.kind], transitionText(transition))}\n`);
  }

  /** What runs, where to post, and three requests to copy. */
  welcome({ manifests, kafka, ingressUrl, viewerUrl, adminUrl, resources }: Running): void {
    const broker = resources.find(({ kind, status }) => kind === 'Broker' && status.address !== undefined);
    const line = (name: string, text: string): string => `  ${this.#styled('dim', name.padEnd(11))}${text}\n`;
    this.write(
      [
        `\n${this.#styled('bold', 'eventing-kafka is running.')} Stop it with Ctrl-C.\n`,
        line('Kafka', kafka),
        line('manifests', `${manifests} (edit, add or remove files; changes are served at once)`),
        line('events', `POST ${ingressUrl}/<namespace>/<broker>`),
        line('viewer', `${viewerUrl} prints the events it gets below`),
        line('status', `${adminUrl}/status   metrics ${adminUrl}/metrics`),
        '\n',
        ...(broker === undefined
          ? [
              `No Broker is served yet: put one into ${manifests}, or see ${adminUrl}/status for what is wrong with it.\n`,
            ]
          : requests(broker.status.address?.url ?? ingressUrl, (text) => this.#styled('bold', text))),
        '\n',
      ].join(''),
    );
  }

  #styled(style: keyof typeof styles, text: string): string {
    return this.colors ? `\x1b[${styles[style]}m${text}\x1b[0m` : text;
  }
}

/** Requests that show the three things a newcomer wants to see, ready to copy. */
function requests(url: string, heading: (text: string) => string): readonly string[] {
  return [
    `${heading('Post an event (binary mode):')}\n`,
    `  curl -i ${url} \\\n`,
    `    -H 'ce-specversion: 1.0' -H 'ce-id: 1' -H 'ce-source: /checkout' -H 'ce-type: com.example.order.created' \\\n`,
    `    -H 'Content-Type: application/json' -d '{"item": "book", "price": 12.50}'\n`,
    `${heading('Structured mode, to a subscriber that fails (see the dead letter arrive):')}\n`,
    `  curl -i ${url} -H 'Content-Type: application/cloudevents+json' \\\n`,
    `    -d '{"specversion": "1.0", "id": "2", "source": "/checkout", "type": "com.example.payment.failed", "data": {"order": 7}}'\n`,
    `${heading('One that is refused, with the reason:')}\n`,
    `  curl -i ${url} -H 'ce-specversion: 1.0' -H 'ce-id: 3' -H 'ce-source: /checkout' -d 'no type'\n`,
  ];
}
