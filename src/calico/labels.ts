// Labels, profiles and annotations that Calico itself makes or reads.

export const NAMESPACE_LABEL = 'projectcalico.org/namespace'
export const SERVICE_ACCOUNT_LABEL = 'projectcalico.org/serviceaccount'
export const ORCHESTRATOR_LABEL = 'projectcalico.org/orchestrator'

/** On host endpoints that kube-controllers makes. */
export const CREATED_BY_LABEL = 'projectcalico.org/created-by'

/** In front of labels that endpoints have through their namespace. */
export const NAMESPACE_PREFIX = 'pcns.'

/** In front of labels that endpoints have through their service account. */
export const SERVICE_ACCOUNT_PREFIX = 'pcsa.'

/** Whether endpoints have the label through their namespace or service account. */
export function isInheritedLabel(label: string): boolean {
  return label.startsWith(NAMESPACE_PREFIX) || label.startsWith(SERVICE_ACCOUNT_PREFIX)
}

const OWN_LABELS: readonly string[] = [NAMESPACE_LABEL, SERVICE_ACCOUNT_LABEL, ORCHESTRATOR_LABEL]

/** Whether a selector has a condition on it from another field of a rule than the one for labels of endpoints. */
export function isAddedLabel(label: string): boolean {
  return OWN_LABELS.includes(label) || isInheritedLabel(label)
}

/** Behind either prefix: the name of the namespace or service account. */
export const NAME_LABEL = 'projectcalico.org/name'

/** The API server keeps this label on every namespace. */
export const METADATA_NAME_LABEL = 'kubernetes.io/metadata.name'

export const NAMESPACE_PROFILE_PREFIX = 'kns.'
export const SERVICE_ACCOUNT_PROFILE_PREFIX = 'ksa.'

/** The profile by which endpoints inherit from their namespace. */
export function namespaceProfileName(namespace: string): string {
  return NAMESPACE_PROFILE_PREFIX + namespace
}

/** What endpoints inherit from a namespace of which nothing but its name is known: the labels that every namespace has. */
export function assumedNamespaceLabels(namespace: string): Readonly<Record<string, string>> {
  return { [NAMESPACE_PREFIX + METADATA_NAME_LABEL]: namespace, [NAMESPACE_PREFIX + NAME_LABEL]: namespace }
}

/** The profile by which endpoints inherit from their service account. */
export function serviceAccountProfileName(namespace: string, account: string): string {
  return `${SERVICE_ACCOUNT_PROFILE_PREFIX}${namespace}.${account}`
}

export type ProfileOwner =
  | { readonly kind: 'namespace'; readonly name: string }
  | { readonly kind: 'serviceAccount'; readonly namespace: string; readonly name: string }

/** Whose profile it is, by its name; undefined for one that Calico did not make. */
export function profileOwner(profile: string): ProfileOwner | undefined {
  if (profile.startsWith(NAMESPACE_PROFILE_PREFIX))
    return { kind: 'namespace', name: profile.slice(NAMESPACE_PROFILE_PREFIX.length) }
  if (!profile.startsWith(SERVICE_ACCOUNT_PROFILE_PREFIX)) return undefined
  // Names of service accounts may have dots, those of namespaces never.
  const [namespace = '', ...name] = profile.slice(SERVICE_ACCOUNT_PROFILE_PREFIX.length).split('.')
  return name.length === 0 ? undefined : { kind: 'serviceAccount', namespace, name: name.join('.') }
}

export const FLOATING_IPS_ANNOTATION = 'cni.projectcalico.org/floatingIPs'
export const ALLOWED_SOURCE_PREFIXES_ANNOTATION = 'cni.projectcalico.org/allowedSourcePrefixes'

/** What endpoints ask for in quality of service: rates, connections, DSCP. */
export const QOS_PREFIX = 'qos.projectcalico.org/'
export const DSCP_ANNOTATION = `${QOS_PREFIX}dscp`
