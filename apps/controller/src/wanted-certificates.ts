import type { WantedCertificates, WantedLeaf } from '@eventing-kafka/certificates';
import type { AllowedPeers } from '@eventing-kafka/contract-stream';
import type { ControllerSettings } from './config.ts';

/** Secret that the controller shows to data-plane processes. */
export const controllerSecret = 'eventing-kafka-contract-controller';
/** Secret that it shows to the API server. */
export const webhookSecret = 'kafka-webhook-eventing-certs';

const contractAuthority = { secretName: 'eventing-kafka-contract-ca', commonName: 'eventing-kafka contract' };

/** What the push channel needs: an authority of its own, and a certificate for each account (security 6.2). */
export function contractCertificates(settings: ControllerSettings): WantedCertificates {
  const { systemNamespace, controllerAccount } = settings;
  return {
    authority: contractAuthority,
    leaves: [
      {
        secretName: controllerSecret,
        usages: ['server'],
        uris: [identity(settings, systemNamespace, controllerAccount)],
        dnsNames: serviceNames(settings, 'kafka-controller'),
      },
      ...dataPlaneLeaves(settings, systemNamespace),
    ],
  };
}

/** What the processes of a namespace's own data plane need, in Secrets of that namespace: leaves of the same authority. */
export function namespacedCertificates(settings: ControllerSettings, namespace: string): WantedCertificates {
  const leaves = dataPlaneLeaves(settings, namespace);
  return {
    authority: contractAuthority,
    leaves: leaves.map((leaf) => ({ ...leaf, secretName: `${namespace}/${leaf.secretName}` })),
  };
}

/** What the webhooks need; the API server is told of the authority, and knows no other. */
export function webhookCertificates(settings: ControllerSettings): WantedCertificates {
  return {
    authority: { secretName: 'kafka-webhook-eventing-ca', commonName: 'eventing-kafka webhooks' },
    leaves: [
      { secretName: webhookSecret, usages: ['server'], dnsNames: serviceNames(settings, 'kafka-webhook-eventing') },
    ],
  };
}

/** Who may open a stream: the accounts of the data plane, and those of the same names in a namespace with a data plane of its own. */
export function allowedPeers(settings: ControllerSettings): AllowedPeers {
  const { systemNamespace, receiverAccount, dispatcherAccount } = settings;
  const ids = (account: string): readonly string[] => [
    identity(settings, systemNamespace, account),
    identity(settings, '{namespace}', account),
  ];
  return { receiver: ids(receiverAccount), dispatcher: ids(dispatcherAccount) };
}

function dataPlaneLeaves(settings: ControllerSettings, namespace: string): readonly WantedLeaf[] {
  const { receiverAccount, dispatcherAccount } = settings;
  return [
    { role: 'receiver', account: receiverAccount },
    { role: 'dispatcher', account: dispatcherAccount },
  ].map(({ role, account }) => ({
    secretName: `eventing-kafka-contract-${role}`,
    usages: ['client'],
    uris: [identity(settings, namespace, account)],
  }));
}

function identity({ contractTrustDomain }: ControllerSettings, namespace: string, account: string): string {
  return `spiffe://${contractTrustDomain}/ns/${namespace}/sa/${account}`;
}

function serviceNames({ systemNamespace, clusterDomain }: ControllerSettings, service: string): readonly string[] {
  const inNamespace = `${service}.${systemNamespace}`;
  return [service, inNamespace, `${inNamespace}.svc`, `${inNamespace}.svc.${clusterDomain}`];
}
