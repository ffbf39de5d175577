// Matches that depend on what came before a packet are taken as a single packet finds them.

export const ASSUMPTIONS = {
  limit: 'the packet is within its rate limit',
  attempts: 'the sender has not come so often before',
  connectionLimit: 'the number of connections is below its limit',
  reversePath: 'answers to the source leave by the interface that the packet came in by',
} as const
