// Other words for the words of names: the same one always for the same, and in the same byte order, since the order of
// names is what breaks ties between policies.

/** What a name is made of: `shop/web-front.v2` has four. What joins them stays. */
const WORD = /[A-Za-z0-9]+/g

/** What Calico fills in (`%t`), its own profile, and labels whose key says what they are, as Kubernetes and Calico set them. */
const GIVEN =
  /%[a-z]|\bprojectcalico-default-allow\b|(?<![\w.-])(?:(?:node|topology|beta|discovery|node-role|networking|app|endpointslice|cni|qos)\.)?(?:kubernetes\.io|k8s\.io|projectcalico\.org)\/[\w.-]+/g

/** Words that mean something to Kubernetes, to Calico or in a selector, wherever they stand. */
const KEPT = new Set(
  [
    'default kube system public calico node felix apiserver k8s kns ksa knp sknp pcns pcsa projectcalico org kubernetes io',
    'admin baseline adminnetworkpolicy baselineadminnetworkpolicy name namespace orchestrator metadata serviceaccount',
    'all global has in not starts ends contains with true false cluster local',
  ].flatMap(words => words.split(' ')),
)

/** @param texts everything that will be renamed; the words are given out over all of them */
export function createRenamer(texts: Iterable<string>): (text: string) => string {
  const words = new Set<string>()
  for (const text of texts) for (const [word] of text.replace(GIVEN, '').matchAll(WORD)) words.add(word)
  const named = giveNames([...words].sort(byCodeUnit))
  const pattern = new RegExp(`${GIVEN.source}|${WORD.source}`, 'g')
  return text => text.replace(pattern, word => named.get(word) ?? word)
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** @param sorted all words; between two that are kept, the others are numbered in their order */
function giveNames(sorted: readonly string[]): ReadonlyMap<string, string> {
  const named = new Map<string, string>()
  let gap: string[] = []
  let before = ''
  const close = (next: string | undefined): void => {
    const size = String(gap.length).length
    const start = startBetween(before, next)
    gap.forEach((word, index) => named.set(word, `${start}${String(index + 1).padStart(size, '0')}`))
    gap = []
  }
  for (const word of sorted) {
    if (!KEPT.has(word)) {
      gap.push(word)
      continue
    }
    close(word)
    before = word
  }
  close(undefined)
  return named
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** What comes behind one kept word and, with digits behind it, before the next. */
function startBetween(before: string, next: string | undefined): string {
  const letter = [...LETTERS].find(own => own > before && (next === undefined || own < (next[0] ?? '')))
  // Digits come before every letter that a kept word begins or goes on with.
  return letter ?? `${before === '' ? 'a' : before}0`
}
