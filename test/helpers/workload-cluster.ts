// Clusters in which every workload is like no other and has a policy of its own: what `reach` has the least to put together of.

const PORTS = [80, 443, 8080, 5432, 6379]

/** As many policies as workloads, thirty workloads a node, ten namespaces: in from two others, out to the own namespace and DNS. */
export function workloadCluster(workloads: number): readonly object[] {
  const nodes = Math.max(1, Math.ceil(workloads / 30))
  const namespaces = 10
  const numbers = Array.from({ length: workloads }, (_, index) => index)
  const spaceOf = (index: number): string => `team-${index % namespaces}`
  return [
    ...Array.from({ length: nodes }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${index}` },
      status: { addresses: [{ type: 'InternalIP', address: `172.16.${index >> 8}.${index & 255}` }] },
    })),
    ...Array.from({ length: namespaces }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `team-${index}`, labels: { team: `team-${index}` } },
    })),
    ...numbers.map(index => {
      const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `app-${index}`, namespace: spaceOf(index), labels: { app: `app-${index}` } },
        spec: { nodeName: `node-${index % nodes}`, containers: [{ name: 'c', image: 'x' }] },
        status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
      }
    }),
    ...numbers.map(index => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `app-${index}`, namespace: spaceOf(index) },
      spec: {
        podSelector: { matchLabels: { app: `app-${index}` } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [(index * 7 + 3) % workloads, (index * 13 + 5) % workloads].map(other => ({
              podSelector: { matchLabels: { app: `app-${other}` } },
              namespaceSelector: {},
            })),
            ports: [{ port: PORTS[index % PORTS.length] }],
          },
        ],
        egress: [
          { to: [{ namespaceSelector: { matchLabels: { team: spaceOf(index) } } }] },
          { to: [{ namespaceSelector: { matchLabels: { team: spaceOf(index * 7 + 3) } } }] },
          { ports: [{ port: 53, protocol: 'UDP' }] },
        ],
      },
    })),
  ]
}
