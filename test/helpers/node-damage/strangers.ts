// Rules of others: of an admin, of a firewall manager, of kube-proxy.

import { atHook, type Done, type Editing, found, hasRules, hooksOf, inChain, type Maker } from './damage.ts'

/** An admin's rule of a table that it may be in. */
function adminRule({ seed, version }: Editing, table: string): string {
  const net = version === 'v4' ? '198.51.100.0/24' : '2001:db8:77::/48'
  const common = [
    '-p tcp -m tcp --dport 8080 -j ACCEPT',
    '-j ACCEPT',
    `-s ${net} -j ACCEPT`,
    `-d ${net} -p tcp -j ACCEPT`,
    '-p udp -m udp --dport 53 -j ACCEPT',
  ]
  const drop = ['-j DROP', `-s ${net} -j DROP`, '-p tcp -m tcp --dport 22 -j DROP', '-p udp -j DROP']
  const of: Readonly<Record<string, readonly string[]>> = {
    filter: [...common, ...drop, '-j LOG --log-prefix "admin: "', '-p tcp -j REJECT --reject-with tcp-reset'],
    raw: [...common, ...drop, '-p udp -m udp --dport 5060 -j CT --notrack', '-p tcp -j CT --notrack'],
    mangle: [...common, ...drop, '-j MARK --set-xmark 0x4/0x4', '-p tcp -m tcp --dport 30080 -j ACCEPT'],
    nat: [...common, '-p tcp -m tcp --dport 9999 -j REDIRECT --to-ports 22'],
  }
  return seed.pick(of[table] ?? common) ?? '-j ACCEPT'
}

export const adminInFront: Maker = atHook(({ table, chain }, editing) => {
  const body = chain === 'POSTROUTING' && table === 'nat' ? '-o eth0 -j MASQUERADE' : adminRule(editing, table)
  editing.text.insert(table, chain, 1, body)
  return {
    what: `-t ${table} -I ${chain} ${body}`,
    wants: [found(editing.version, table, chain, 'hook-not-first')],
    causes: ['admin-rule'],
  }
})

export const foreignInside: Maker = inChain(hasRules, ({ table, chain, rules }, editing) => {
  const body = adminRule(editing, table)
  const number = editing.seed.below(rules.length + 1) + 1
  editing.text.insert(table, chain, number, body)
  return {
    what: `-t ${table} -I ${chain} ${number} ${body}`,
    wants: [found(editing.version, table, chain, 'foreign-in-chain')],
    causes: ['admin-rule'],
  }
})

export const foreignJump: Maker = inChain(hasRules, ({ table, chain }, editing) => {
  editing.text.newChain(table, 'my-allow', adminRule(editing, table))
  editing.text.insert(table, chain, 1, '-j my-allow')
  return {
    what: `-t ${table} -I ${chain} -j my-allow`,
    wants: [found(editing.version, table, chain, 'foreign-in-chain')],
    causes: ['admin-rule'],
  }
})

export function policyDrop(editing: Editing): Done | undefined {
  const { seed, text, version } = editing
  const chain = seed.pick(['INPUT', 'FORWARD', 'OUTPUT']) ?? 'INPUT'
  text.policy('filter', chain, 'DROP')
  return {
    what: `-P ${chain} DROP`,
    wants: [found(version, 'filter', chain, 'policy-changed')],
    causes: ['admin-rule'],
  }
}

export function kubeProxyFirst(editing: Editing): Done | undefined {
  const { text, version } = editing
  const chains = hooksOf(editing)
    .filter(([table, chain]) => text.rules(table, chain).some(body => /-j KUBE-/.test(body)))
    .filter(([table, chain]) => table === 'filter' || (table === 'nat' && chain !== 'POSTROUTING'))
  if (chains.length === 0) return undefined
  for (const [table, chain] of chains) {
    const isKube = (body: string): boolean => /-j (KUBE|CNI)-/.test(body)
    text.edit(table, chain, rules => [...rules.filter(isKube), ...rules.filter(body => !isKube(body))])
  }
  return {
    what: 'kube-proxy restarted',
    wants: chains.map(([table, chain]) => found(version, table, chain, 'hook-not-first')),
    causes: ['program-restarted'],
  }
}

export const dockerStarted: Maker = ({ text, version }) => {
  text.newChain('filter', 'DOCKER-USER', '-j RETURN')
  text.newChain('filter', 'DOCKER', '! -i docker0 -o docker0 -j DROP')
  text.newChain('filter', 'DOCKER-FORWARD', '-j DOCKER', '-i docker0 -j ACCEPT')
  text.insert('filter', 'FORWARD', 1, '-j DOCKER-USER', '-j DOCKER-FORWARD')
  text.policy('filter', 'FORWARD', 'DROP')
  return {
    what: 'docker started',
    wants: [
      found(version, 'filter', 'FORWARD', 'hook-not-first'),
      found(version, 'filter', 'FORWARD', 'policy-changed'),
    ],
    causes: ['firewall-manager'],
  }
}

export const libvirtStarted: Maker = ({ text, version }) => {
  text.newChain(
    'filter',
    'LIBVIRT_FWI',
    '-d 192.168.122.0/24 -o virbr0 -j ACCEPT',
    '-o virbr0 -j REJECT --reject-with icmp-port-unreachable',
  )
  text.newChain('filter', 'LIBVIRT_INP', '-i virbr0 -p udp -m udp --dport 53 -j ACCEPT')
  if (version === 'v6') return undefined
  text.insert('filter', 'FORWARD', 1, '-j LIBVIRT_FWI')
  text.insert('filter', 'INPUT', 1, '-j LIBVIRT_INP')
  return {
    what: 'libvirt started',
    wants: [found(version, 'filter', 'FORWARD', 'hook-not-first'), found(version, 'filter', 'INPUT', 'hook-not-first')],
    causes: ['firewall-manager'],
  }
}

export const fail2banStarted: Maker = ({ text, version }) => {
  if (version === 'v6') return undefined
  text.newChain('filter', 'f2b-sshd', '-s 198.51.100.7/32 -j REJECT --reject-with icmp-port-unreachable', '-j RETURN')
  text.insert('filter', 'INPUT', 1, '-p tcp -m multiport --dports 22 -j f2b-sshd')
  return {
    what: 'fail2ban',
    wants: [found(version, 'filter', 'INPUT', 'hook-not-first')],
    causes: ['firewall-manager'],
  }
}
