export interface RateOptions {
  /** Requests a second that an address may make for ever. */
  perSecond: number;
  /** Requests that it may make at once after a rest. */
  burst: number;
  clock: { monotonicMs(): number };
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Addresses that are remembered; beyond, those that rest are forgotten, then the oldest. */
const MAX_ADDRESSES = 10_000;

/** How many requests each remote address makes: a token bucket an address, an IPv6 client being its /64. */
export class RateLimit {
  readonly #options: RateOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateOptions) {
    this.#options = options;
  }

  /** Counts `cost` requests of `address`; when it made too many, the seconds after which it may make the next, else 0. */
  take(address: string, cost = 1): number {
    const { perSecond, burst, clock } = this.#options;
    const key = networkOf(address);
    const nowMs = clock.monotonicMs();
    const bucket = this.#buckets.get(key) ?? this.#remember(key, nowMs);
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return (1 - bucket.tokens) / perSecond;
    // Down to zero only, so that whoever goes on trying is not refused for ever.
    bucket.tokens = Math.max(0, bucket.tokens - cost);
    return 0;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  #remember(key: string, nowMs: number): Bucket {
    if (this.#buckets.size >= MAX_ADDRESSES) this.#forget(nowMs);
    const bucket = { tokens: this.#options.burst, atMs: nowMs };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #forget(nowMs: number): void {
    const restMs = (this.#options.burst / this.#options.perSecond) * 1000;
    for (const [key, { atMs }] of this.#buckets) if (nowMs - atMs >= restMs) this.#buckets.delete(key);
    // A Map keeps the order of insertion: the first is the one known longest.
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size < MAX_ADDRESSES) return;
      this.#buckets.delete(key);
    }
  }
}

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** One client: an IPv4 address, or the /64 that an IPv6 client may choose its addresses from. */
function networkOf(address: string): string {
  const mapped = MAPPED_IPV4.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%', 1)[0]!.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0'), ...right];
  return groups.slice(0, 4).join(':');
}
