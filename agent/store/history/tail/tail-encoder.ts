import type { Snapshot } from '#agent/contract/snapshot.js';
import { decimalsOf } from '#agent/store/history/decimals.js';
import { eachFigure, eachNodeFigure, NODE_ID, type SubjectFacts, sameFacts } from '#agent/store/history/segment.js';
import { ByteWriter } from '#agent/store/history/varint.js';
import { LENGTH_BYTES } from './format.js';

interface Subject {
  number: number;
  facts: SubjectFacts;
  /** Its last row, by number of figure; NaN: none. */
  row: Float64Array;
  /** The snapshot that row is of. */
  of: object | undefined;
}

const NODE_FACTS: SubjectFacts = { id: NODE_ID, name: '', image: '', labels: {}, runtime: '', cgroup: '/', limits: {} };
/** The difference of two is still exact; as in codec.ts. */
const LARGEST_NUMBER = 2 ** 52;
const FIRST_FIGURES = 128;

/** Snapshots as records of one tail: ./format.ts. What does not change takes no bytes, and next to no time. */
export class TailEncoder {
  readonly #figures = new Map<string, number>();
  #scales = new Float64Array(FIRST_FIGURES);
  /** The row that is being made. */
  #next = new Float64Array(FIRST_FIGURES);
  #subjects = new Map<string, Subject>();
  #count = 0;
  #rows = 0;
  readonly #names = new ByteWriter();
  #newNames = 0;
  readonly #facts = new ByteWriter();
  #newSubjects = 0;
  readonly #row = new ByteWriter();
  readonly #body = new ByteWriter();
  readonly #record = new ByteWriter();

  /** Samples so far: rows of containers and of the node. */
  get rows(): number {
    return this.#rows;
  }

  /** The record of a tick, its length before it; good until the next. */
  encode({ atMs, node, containers }: Snapshot): Buffer {
    for (const part of [this.#names, this.#facts, this.#body, this.#record]) part.clear();
    this.#newNames = 0;
    this.#newSubjects = 0;
    const before = this.#subjects;
    this.#subjects = new Map();
    this.#add(NODE_FACTS, node, before, () => eachNodeFigure(node, this.#tell));
    for (const container of containers) this.#add(container, container, before, () => eachFigure(container, this.#tell));
    const record = this.#record;
    record.raw(NO_LENGTH);
    record.unsigned(this.#newNames);
    record.raw(this.#names.bytes());
    record.unsigned(this.#newSubjects);
    record.raw(this.#facts.bytes());
    record.unsigned(Math.round(atMs));
    record.raw(this.#body.bytes());
    const bytes = record.bytes();
    bytes.writeUInt32LE(bytes.length - LENGTH_BYTES, 0);
    return bytes;
  }

  #add(facts: SubjectFacts, of: object, before: ReadonlyMap<string, Subject>, tellAll: () => void): void {
    const subject = this.#subject(facts, of, before.get(facts.id));
    this.#subjects.set(facts.id, subject);
    this.#row.clear();
    // The same snapshot again is a container that is still (agent/model/snapshot.ts).
    if (subject.of !== of) {
      this.#next.fill(Number.NaN);
      tellAll();
      subject.row = this.#difference(subject.row);
      subject.of = of;
    }
    this.#body.unsigned(subject.number);
    this.#body.unsigned(this.#row.length);
    this.#body.raw(this.#row.bytes());
    this.#rows += 1;
  }

  #subject(facts: SubjectFacts, of: object, known: Subject | undefined): Subject {
    if (known !== undefined && (known.of === of || sameFacts(known.facts, facts))) return known;
    const { id, name, image, labels, runtime, cgroup, limits } = facts;
    const own = { id, name, image, labels, runtime, cgroup, limits };
    writeText(this.#facts, JSON.stringify(own));
    this.#newSubjects += 1;
    this.#count += 1;
    return { number: this.#count - 1, facts: own, row: new Float64Array(this.#next.length).fill(Number.NaN), of: undefined };
  }

  readonly #tell = (name: string, value: number): void => {
    const figure = this.#figures.get(name) ?? this.#newFigure(name);
    const number = Math.round(value * this.#scales[figure]!);
    // + 0: Math.round makes -0 of what is just below zero.
    if (Math.abs(number) <= LARGEST_NUMBER) this.#next[figure] = number + 0;
  };

  #newFigure(name: string): number {
    const figure = this.#figures.size;
    this.#figures.set(name, figure);
    if (figure === this.#next.length) {
      this.#scales = grown(this.#scales);
      this.#next = grown(this.#next);
    }
    this.#scales[figure] = 10 ** decimalsOf(name);
    writeText(this.#names, name);
    this.#newNames += 1;
    return figure;
  }

  /** Writes how the row differs from this one; answers the row as it is now. */
  #difference(last: Float64Array): Float64Array {
    let row = last;
    while (row.length < this.#next.length) row = grown(row);
    const [next, writer, { size }] = [this.#next, this.#row, this.#figures];
    let passed = 0;
    for (let figure = 0; figure < size; figure += 1) {
      // Not as a pair: some 10,000 a second, each an array and two numbers of V8's for its collector.
      const was = row[figure]!;
      const is = next[figure]!;
      if (was === is || (Number.isNaN(was) && Number.isNaN(is))) {
        passed += 1;
        continue;
      }
      if (Number.isNaN(is)) writer.unsigned(passed * 2 + 1);
      else {
        writer.unsigned(passed * 2);
        writer.signed(Number.isNaN(was) ? is : is - was);
      }
      row[figure] = is;
      passed = 0;
    }
    return row;
  }
}

const NO_LENGTH = Buffer.alloc(LENGTH_BYTES);

function writeText(writer: ByteWriter, text: string): void {
  const bytes = Buffer.from(text);
  writer.unsigned(bytes.length);
  writer.raw(bytes);
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2).fill(Number.NaN);
  larger.set(values);
  return larger;
}
