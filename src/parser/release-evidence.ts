// What tells the release of Calico in a cluster: images of calico-node, ClusterInformation, the operator's Installation.

import { at, type Location } from '../diagnostics/source.ts'
import { asMapping, type Mapping } from './kubernetes/loose-fields.ts'

export interface Evidence {
  readonly strength: 'pod' | 'daemonSet' | 'clusterInformation' | 'installation'
  /** Who says it: "the image of DaemonSet `kube-system/calico-node`". */
  readonly source: string
  /** As written; absent where it is there and tells no release of Calico: another product, or no version. */
  readonly version?: string
  /** Of a pod. */
  readonly node?: string
  readonly location: Location
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Evidence in a document or in the items of a list. */
export function* evidenceOf(value: unknown, location: Location): Generator<Evidence> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* evidenceOf(item, at(location, index))
    return
  }
  const document = asMapping(value)
  const kind = text(document['kind'])
  if (kind.endsWith('List') && Array.isArray(document['items'])) {
    // Items of a typed list may leave out their kind.
    const own = kind === 'List' ? '' : kind.slice(0, -'List'.length)
    for (const [index, item] of items(document['items']).entries()) {
      const typed = own === '' ? item : { kind: own, apiVersion: document['apiVersion'], ...asMapping(item) }
      yield* evidenceOf(typed, at(location, 'items', index))
    }
    return
  }
  switch (kind) {
    case 'Pod':
      yield* images(document, asMapping(document['spec']), 'pod', at(location, 'spec'))
      return
    case 'DaemonSet': {
      const spec = asMapping(asMapping(asMapping(document['spec'])['template'])['spec'])
      yield* images(document, spec, 'daemonSet', at(location, 'spec', 'template', 'spec'))
      return
    }
    case 'ClusterInformation':
      yield* clusterInformation(document, location)
      return
    case 'Installation':
      if (text(document['apiVersion']).startsWith('operator.tigera.io/')) yield* installation(document, location)
  }
}

function* images(
  document: Mapping,
  spec: Mapping,
  strength: 'pod' | 'daemonSet',
  location: Location,
): Generator<Evidence> {
  const metadata = asMapping(document['metadata'])
  for (const [index, container] of items(spec['containers']).entries()) {
    const image = asMapping(container)['image']
    if (asMapping(container)['name'] !== 'calico-node' && !isNodeImage(text(image))) continue
    const version = versionOfImage(text(image))
    const node = text(spec['nodeName'])
    const name = [text(metadata['namespace']), text(metadata['name'])].filter(part => part !== '').join('/')
    yield {
      strength,
      source: `the image of ${strength === 'pod' ? 'pod' : 'DaemonSet'} \`${name}\``,
      ...(version === undefined ? {} : { version }),
      ...(node === '' ? {} : { node }),
      location: at(location, 'containers', index, 'image'),
    }
  }
}

/** `registry:5000/path/name:tag@digest`, each part but the name optional. */
function partsOfImage(image: string): { readonly path: string; readonly tag: string } {
  const [withoutDigest = ''] = image.split('@')
  const colon = withoutDigest.lastIndexOf(':')
  return colon > withoutDigest.lastIndexOf('/')
    ? { path: withoutDigest.slice(0, colon), tag: withoutDigest.slice(colon + 1) }
    : { path: withoutDigest, tag: '' }
}

/** `calico/node`, and the names under which mirrors keep it. */
function isNodeImage(image: string): boolean {
  return /(^|\/)(?:[a-z0-9-]*-)?calico(?:\/|-)node$/.test(partsOfImage(image).path)
}

/** Tags of Calico are `v3.30.7`, perhaps with something behind; those of other products are numbered otherwise. */
function versionOfImage(image: string): string | undefined {
  const { path, tag } = partsOfImage(image)
  if (!isNodeImage(image) || /(^|\/)(?:tigera|calico-enterprise|cnx)(\/|$)/.test(path)) return undefined
  return isEnterprise(tag) ? undefined : calicoVersion(tag)
}

/** Versions of Calico Enterprise count by themselves: v3.20 of it has nothing to do with Calico v3.20. */
function isEnterprise(version: string): boolean {
  return /enterprise|calient|cnx|tesla/i.test(version)
}

function calicoVersion(written: string): string | undefined {
  const [version] = /^v?[0-9]+\.[0-9]+\.[0-9]+(?=$|[-+.][0-9A-Za-z])/.exec(written.trim()) ?? []
  return version
}

function* clusterInformation(document: Mapping, location: Location): Generator<Evidence> {
  const spec = asMapping(document['spec'])
  const written = text(spec['calicoVersion'])
  const isOther = text(spec['cnxVersion']) !== '' || isEnterprise(written) || /enterprise/i.test(text(spec['variant']))
  const version = isOther ? undefined : calicoVersion(written)
  if (written === '' && !isOther) return
  yield {
    strength: 'clusterInformation',
    source: 'ClusterInformation',
    ...(version === undefined ? {} : { version }),
    location: at(location, 'spec', isOther && written === '' ? 'cnxVersion' : 'calicoVersion'),
  }
}

function* installation(document: Mapping, location: Location): Generator<Evidence> {
  const status = asMapping(document['status'])
  const variant = text(status['variant']) || text(asMapping(document['spec'])['variant']) || 'Calico'
  const written = text(status['calicoVersion'])
  if (written === '') return
  const version = variant === 'Calico' && !isEnterprise(written) ? calicoVersion(written) : undefined
  yield {
    strength: 'installation',
    source: 'the Installation',
    ...(version === undefined ? {} : { version }),
    location: at(location, 'status', 'calicoVersion'),
  }
}
