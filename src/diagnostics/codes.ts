// Every code a message can carry. Stable: scripts and documentation refer to them.

export const DIAGNOSTIC_CODES = {
  // Reading files
  'yaml-syntax': 'the text is not YAML or JSON',
  indentation: 'fields stand in the wrong column',
  template: 'the file is a template that has to be rendered first',
  'separator-in-text': 'a document separator stands inside a text block',
  'duplicate-key': 'a key is written twice in one mapping',
  'yaml-tag': 'a value starts with `!`, which makes it a YAML tag',
  'not-a-resource': 'a document is not a Kubernetes or Calico resource',
  'empty-input': 'there is nothing to read',
  'unreadable-file': 'a file cannot be read',
  'bad-encoding': 'bytes that are no UTF-8, or a character that YAML may not hold',
  'over-limit': 'a resource is deeper, longer or has more aliases than is read',

  // Reading text of a node
  'iptables-syntax': 'a line is not iptables-save or iptables-restore text',
  'ipset-syntax': 'a line is not `ipset save` or `ipset restore` text',
  'rule-hash': 'a rule is not the one that its hash was made of',

  // Which resource
  'unknown-kind': 'the apiVersion and kind are not known here',
  'stored-form': 'resources stand in the form in which Calico stores them',
  'beyond-calico': "accepted here, though Calico's own loader would refuse it",
  'wrong-api': 'the body of a NetworkPolicy belongs to the other API',
  'other-file': 'a file of another tool was left out',
  'unsupported-kind': 'the kind would change rules, but is not supported',
  'duplicate-resource': 'two resources have the same identity',
  'unknown-release': 'the release of Calico is not one of those here',
  'release-found': 'the input tells which release of Calico it is for',
  'policy-missing': 'the release leaves a whole policy out',
  'release-quirk': 'the release makes something else of it than is written',
  'replaced-resource': 'a resource of a later input takes the place of an earlier one',
  'converted-v1': 'a resource of the v1 format (Calico 2.x) was converted',

  // Fields
  'unknown-field': 'a field does not exist at this place',
  'misplaced-field': 'a field stands at the wrong place',
  'field-case': 'a field name differs from the real one in upper and lower case',
  'missing-field': 'a required field is missing',
  'wrong-type': 'a value has the wrong type',
  'bad-value': 'a value is not one of those allowed',
  'bad-name': 'a name is not valid',
  'bad-net': 'a net is not valid',
  'host-bits': 'a net has bits set beyond its prefix length',
  'bad-address': 'an IP address is not valid',
  'bad-port': 'a port is not valid',
  'bad-protocol': 'a protocol is not valid',
  'bad-icmp': 'an ICMP match is not valid',
  'selector-syntax': 'a selector cannot be parsed',
  'bad-policy': 'fields of a policy contradict each other',
  'bad-rule': 'fields of a rule contradict each other',
  'bad-endpoint': 'fields of an endpoint contradict each other',

  // Accepted, but probably not meant
  'label-case': 'a selector names a label that is known only in another case',
  'unused-rules': 'a policy has rules for a direction that its types do not have',
  'no-failsafes': 'no port stays open in any case on nodes with host endpoints',
  'service-namespace': 'a rule names a service without its namespace',
  'no-selector': 'a global policy has no selector',
  'empty-direction': 'a policy denies all of a direction by having no rules for it',
  'log-last': 'a policy ends with a rule that decides nothing',
  'duplicate-value': 'a list has the same value twice',
  'octal-number': 'a leading zero makes a number octal',
  'unquoted-text': 'a label or annotation is a number or boolean without quotes',
  'one-way-untracked': 'untracked policies allow one direction and not the answers',
  'host-only': 'a policy for host endpoints selects only workloads',
  'undefined-port': 'a rule names a port that no endpoint has',
  'pass-last-tier': 'a policy passes to a next tier where there is none',
  'unmatched-label': 'a selector wants a namespace or service account that the input does not have',
  'no-addresses': 'a selector matches only host endpoints without addresses',
  'similar-name': 'a name is not in the input, but one like it is',

  // The cluster as a whole
  'unsupported-field': 'a field is read but not honoured',
  'unknown-node': 'the node is not in the input',
  'ambiguous-node': 'the input names several nodes',
  'unknown-tier': 'a policy names a tier that the input does not have',
  'missing-profile': 'an endpoint lists a profile that the input does not have',
  'assumed-resource': 'a resource that every cluster has was assumed',
  'environment-unknown': "a variable of Felix's environment is set from what the input does not have",
  'host-unknown': 'something about the node can only be known from the node',
  'interface-prefix': 'pods get interfaces that Felix does not take for workload interfaces',
  'endpoint-ignored': 'an endpoint is left out',

  // What Felix or the kernel would do with it
  'felix-refuses-config': 'Felix would refuse this configuration and not start',
  'felix-crashes': 'Felix would crash on this input',
  'calicoctl-crashes': 'calicoctl would crash on this input',
  'felix-default': 'Felix would take the default instead of this value',
  'kernel-refuses-rule': 'iptables would refuse a rule that follows from this',
  'steering-text': 'showing the rules would steer a terminal or a build server',
  'kernel-refuses-set': 'ipset would refuse a set that follows from this',
} as const satisfies Record<string, string>

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES
