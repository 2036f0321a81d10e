import { admittedKinds } from './admission-request.ts';
import type { AdmissionRequest, AdmittedKind } from './admission-request.ts';
import { isJsonObject, textAt, valueAt } from './json.ts';
import type { JsonPatchOperation } from './json-patch.ts';

/** What the API server asks, as far as it was understood. */
export interface AdmissionReview {
  /** `admission.k8s.io/v1` or `admission.k8s.io/v1beta1`; the answer has the same. */
  readonly apiVersion: string;
  readonly uid: string;
  /** The kind in words, for answers about kinds that are not looked at: `apps/v1, Kind=Deployment`. */
  readonly kindText: string;
  /** Undefined: the kind is none of those that are looked at here. */
  readonly request: AdmissionRequest | undefined;
}

/** What is answered. */
export type AdmissionAnswer =
  | { readonly allowed: true; readonly patch: readonly JsonPatchOperation[]; readonly warnings: readonly string[] }
  | {
      readonly allowed: false;
      /** HTTP status with which the API server answers its client. */
      readonly code: keyof typeof reasons;
      readonly message: string;
      readonly warnings: readonly string[];
    };

const apiVersions: readonly string[] = ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'];
/** Kubernetes' reasons of the statuses that are answered. */
const reasons = { 400: 'BadRequest', 500: 'InternalError', 503: 'ServiceUnavailable' } as const;
const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

/** API group and version of each kind; an object of another version is not judged by rules that were not made for it. */
const kindTexts: Readonly<Record<AdmittedKind, string>> = {
  Broker: 'eventing.knative.dev/v1, Kind=Broker',
  Trigger: 'eventing.knative.dev/v1, Kind=Trigger',
  KafkaSink: 'eventing.knative.dev/v1alpha1, Kind=KafkaSink',
  EventPolicy: 'eventing.knative.dev/v1alpha1, Kind=EventPolicy',
  ConfigMap: '/v1, Kind=ConfigMap',
};

/** Reads an AdmissionReview. Undefined: it is none, or of a version that is not known. */
export function parseAdmissionReview(body: string): AdmissionReview | undefined {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return undefined;
  }
  const apiVersion = textAt(document, 'apiVersion') ?? '';
  const request = valueAt(document, 'request');
  const uid = textAt(request, 'uid') ?? '';
  const operation = operations.find((known) => known === textAt(request, 'operation'));
  const isReview = textAt(document, 'kind') === 'AdmissionReview' && apiVersions.includes(apiVersion);
  if (!isReview || !isJsonObject(request) || uid === '' || operation === undefined) return undefined;
  const [group = '', version = '', kindName = ''] = ['group', 'version', 'kind'].map(
    (field) => textAt(request, 'kind', field) ?? '',
  );
  const kindText = `${group}/${version}, Kind=${kindName}`;
  const kind = admittedKinds.find((known) => kindTexts[known] === kindText);
  return {
    apiVersion,
    uid,
    kindText,
    request:
      kind === undefined
        ? undefined
        : {
            kind,
            operation,
            subResource: textAt(request, 'subResource') ?? '',
            namespace: textAt(request, 'namespace') ?? '',
            userName: textAt(request, 'userInfo', 'username') ?? '',
            object: request['object'] ?? undefined,
            oldObject: request['oldObject'] ?? undefined,
          },
  };
}

/** The AdmissionReview to answer with. */
export function admissionReviewOf(
  { apiVersion, uid }: Pick<AdmissionReview, 'apiVersion' | 'uid'>,
  answer: AdmissionAnswer,
): string {
  const warnings = answer.warnings.length === 0 ? {} : { warnings: answer.warnings.map(shortened) };
  return JSON.stringify({
    apiVersion,
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: answer.allowed,
      ...warnings,
      ...(answer.allowed ? patchOf(answer.patch) : { status: statusOf(answer.code, answer.message) }),
    },
  });
}

function patchOf(patch: readonly JsonPatchOperation[]): object {
  return patch.length === 0
    ? {}
    : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}

function statusOf(code: keyof typeof reasons, message: string): object {
  return {
    status: 'Failure',
    code,
    reason: reasons[code],
    message,
  };
}

/** The API server cuts warnings at 256 characters. */
function shortened(warning: string): string {
  return warning.length > 256 ? `${warning.slice(0, 255)}…` : warning;
}
