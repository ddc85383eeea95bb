import { AgentError } from '#agent/contract/errors.js';
import type { Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import { Foreign, type ForeignHost } from './foreign.js';
import { isForeignRuntime, type RecognisedBy } from './runtimes.js';

/** The containers of others that are there, by where they are and by what people call them. */
export class ForeignRegistry {
  readonly #host: ForeignHost;
  readonly #all = new Set<Foreign>();
  readonly #byKey = new Map<string, Foreign>();
  readonly #byPlace = new Map<Hierarchy, Map<string, Foreign>>();

  constructor(host: ForeignHost) {
    this.#host = host;
  }

  /** A cgroup was seen: the container it is, or is one more place of. `isNew`: nothing was known of it. */
  place(hierarchy: Hierarchy, path: string, found: RecognisedBy): { foreign: Foreign; isNew: boolean } {
    const known = this.#byKey.get(keyOf(found));
    // Two of one id: LXC containers of the same name, one in another container.
    const id = known !== undefined && (known.places.get(hierarchy) ?? path) !== path ? path : found.id;
    const key = keyOf({ ...found, id });
    const existing = this.#byKey.get(key);
    const foreign = existing ?? new Foreign(this.#host, found.knowledge, id);
    this.#byKey.set(key, foreign);
    this.#all.add(foreign);
    foreign.place(hierarchy, path);
    this.#at(hierarchy).set(path, foreign);
    return { foreign, isNew: existing === undefined };
  }

  /** A cgroup is gone: the container it was of; with its last place that one is forgotten. */
  displace(hierarchy: Hierarchy, path: string): Foreign | undefined {
    const foreign = this.#at(hierarchy).get(path);
    if (foreign === undefined) return undefined;
    this.#at(hierarchy).delete(path);
    foreign.place(hierarchy, undefined);
    if (foreign.places.size === 0) this.#forget(foreign);
    return foreign;
  }

  /** A cgroup that said nothing turned out to be a runtime's: the container it is, in all its places. */
  recognised(foreign: Foreign, found: RecognisedBy): Foreign {
    const places = [...foreign.places];
    for (const [hierarchy, path] of places) this.displace(hierarchy, path);
    let container = foreign;
    for (const [hierarchy, path] of places) container = this.place(hierarchy, path, found).foreign;
    if (container !== foreign) container.takeOver(foreign);
    return container;
  }

  all(): Foreign[] {
    return [...this.#all];
  }

  /** By its runtime and what that calls it. */
  known({ runtime, id }: { runtime: string; id: string }): Foreign | undefined {
    return this.#byKey.get(`${runtime}\0${id}`);
  }

  /** The container whose cgroup has this path in some hierarchy. */
  at(path: string): Foreign | undefined {
    for (const places of this.#byPlace.values()) {
      const found = places.get(path);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * What a reference may mean: a name, an id or the start of one (two digits at least), each also after `RUNTIME:`, or a cgroup's path. Of
   * names and ids those that fit exactly go first.
   */
  matches(ref: string): Foreign[] {
    if (ref.startsWith('/')) {
      const found = this.at(ref);
      return found === undefined ? [] : [found];
    }
    const colon = ref.indexOf(':');
    const runtime = ref.slice(0, Math.max(0, colon));
    const qualified = isForeignRuntime(runtime);
    const word = qualified ? ref.slice(colon + 1) : ref;
    const among = qualified ? this.all().filter((each) => each.runtime === runtime) : this.all();
    const exact = among.filter((each) => each.name === word || each.id === word);
    if (exact.length > 0) return exact;
    return /^[0-9a-f]{2,63}$/.test(word)
      ? among.filter((each) => /^[0-9a-f]{64}$/.test(each.id) && each.id.startsWith(word))
      : [];
  }

  /** The one a reference means. Throws CONTAINER_NOT_FOUND or, with what would be clear, REF_AMBIGUOUS. */
  resolve(ref: string): Foreign {
    const [first, ...more] = this.matches(ref);
    if (first === undefined) throw new AgentError('CONTAINER_NOT_FOUND', `no container ${JSON.stringify(ref)}`);
    if (more.length === 0) return first;
    const all = [first, ...more];
    const clear = all.map((each) => {
      const qualified = `${each.runtime}:${each.name}`;
      return this.matches(qualified).length === 1 ? qualified : each.path;
    });
    throw new AgentError('REF_AMBIGUOUS', `${all.length} containers are called ${ref}: say ${clear.slice(0, 5).join(' or ')}`);
  }

  #forget(foreign: Foreign): void {
    this.#all.delete(foreign);
    const key = keyOf(foreign);
    if (this.#byKey.get(key) === foreign) this.#byKey.delete(key);
  }

  #at(hierarchy: Hierarchy): Map<string, Foreign> {
    let places = this.#byPlace.get(hierarchy);
    if (places === undefined) {
      places = new Map();
      this.#byPlace.set(hierarchy, places);
    }
    return places;
  }
}

function keyOf({ knowledge, id }: Pick<Foreign, 'knowledge' | 'id'>): string {
  return `${knowledge.runtime}\0${id}`;
}
