/** Names of figures, numbered in the order they first came; one list for all subjects, which have much the same. */
export class FigureNames {
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.#names.length;
  }

  /** `likely`: what it may be. */
  numberOf(name: string, likely: number): number {
    if (this.#names[likely] === name) return likely;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#names.length;
    this.#names.push(name);
    this.#numbers.set(name, number);
    return number;
  }

  nameOf(number: number): string {
    return this.#names[number] ?? '';
  }
}
