import { AgentError } from '#agent/contract/errors.js';
import type { Container } from './container.js';

/** The containers there are, by id and by name. */
export class Registry {
  readonly #byId = new Map<string, Container>();
  readonly #byName = new Map<string, Container>();

  /** Throws NAME_IN_USE. */
  add(container: Container): void {
    this.#claim(container.record.name, container);
    this.#byId.set(container.id, container);
  }

  delete(container: Container): void {
    this.#byId.delete(container.id);
    if (this.#byName.get(container.record.name) === container) this.#byName.delete(container.record.name);
  }

  /** Gives the name to the container and frees its old one; the record is the caller's to change. Throws NAME_IN_USE. */
  rename(container: Container, name: string): void {
    this.#claim(name, container);
    if (name !== container.record.name) this.#byName.delete(container.record.name);
  }

  hasName(name: string): boolean {
    return this.#byName.has(name);
  }

  byId(id: string): Container | undefined {
    return this.#byId.get(id);
  }

  /** Oldest first. */
  all(): Container[] {
    return [...this.#byId.values()];
  }

  get size(): number {
    return this.#byId.size;
  }

  /**
   * The container of a name, an id or the unambiguous start of an id: two digits at least, so that the one-letter name of a container
   * just removed does not mean some other one. Throws CONTAINER_NOT_FOUND or REF_AMBIGUOUS.
   */
  resolve(ref: string): Container {
    const found = this.#byName.get(ref) ?? this.#byId.get(ref);
    if (found !== undefined) return found;
    const matches = /^[0-9a-f]{2,63}$/.test(ref) ? this.all().filter((container) => container.id.startsWith(ref)) : [];
    if (matches.length === 1) return matches[0]!;
    if (matches.length === 0) throw new AgentError('CONTAINER_NOT_FOUND', `no container ${JSON.stringify(ref)}`);
    throw new AgentError('REF_AMBIGUOUS', `${matches.length} containers have an id that starts with ${ref}: give more of it`);
  }

  #claim(name: string, container: Container): void {
    const owner = this.#byName.get(name);
    if (owner !== undefined && owner !== container)
      throw new AgentError('NAME_IN_USE', `the name ${JSON.stringify(name)} is that of container ${owner.id.slice(0, 12)}`, {
        field: 'name',
      });
    this.#byName.set(name, container);
  }
}
