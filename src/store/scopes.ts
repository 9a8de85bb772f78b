/**
 * Which row answers a repeated request, found in memory.
 *
 * The scopes of idempotency are hashes, so a database index on them is written at a random page with every create: on
 * the embedded store that one page cost more than the other eleven rows of a create together (decisions/0003-store.md).
 * One process owns the embedded store, so it keeps the index itself: 12 bytes an entry in open addressing, filled from
 * the table when it is opened. An entry is a hint: whoever finds one reads the row and compares. So a unit that is
 * rolled back, or a row that was swept, leaves nothing wrong behind.
 */
export class ScopeIndex {
  #hashes: Uint32Array;
  /** Subjects; 0 where the place is free. */
  #subjects: Float64Array;
  #size = 0;
  /** Rows of smaller subjects are gone; their entries are dropped when the table grows. */
  #oldest = 0;

  /** @param expected entries that will be added at once; there is room for them without growing. */
  constructor(expected = 0) {
    const length = 2 ** Math.max(10, Math.ceil(Math.log2((expected + 1) * 2)));
    this.#hashes = new Uint32Array(length);
    this.#subjects = new Float64Array(length);
  }

  /** Entries, stale ones included. */
  get size(): number {
    return this.#size;
  }

  /** Subjects whose scope may be this one. */
  candidates(scope: string): number[] {
    const found: number[] = [];
    const hash = hashOf(scope);
    for (let place = this.#place(hash); this.#subjects[place] !== 0; place = this.#after(place)) {
      if (this.#hashes[place] === hash) found.push(this.#subjects[place] ?? 0);
    }
    return found;
  }

  /** Adds a subject (greater than 0) under its scope; adding it again changes nothing. */
  add(scope: string, subject: number): void {
    if ((this.#size + 1) * 2 > this.#subjects.length) this.#rebuild();
    this.#put(hashOf(scope), subject);
  }

  /** Rows below this subject were swept. */
  forgetBelow(subject: number): void {
    this.#oldest = Math.max(this.#oldest, subject);
  }

  #put(hash: number, subject: number): void {
    let place = this.#place(hash);
    while (this.#subjects[place] !== 0) {
      if (this.#subjects[place] === subject && this.#hashes[place] === hash) return;
      place = this.#after(place);
    }
    this.#hashes[place] = hash;
    this.#subjects[place] = subject;
    this.#size += 1;
  }

  /** Makes room: entries of swept rows go, and the table doubles where it is still more than a quarter full. */
  #rebuild(): void {
    const hashes = this.#hashes;
    const subjects = this.#subjects;
    const living = subjects.reduce(
      (count, subject) => (subject !== 0 && subject >= this.#oldest ? count + 1 : count),
      0,
    );
    const length = (living + 1) * 4 > subjects.length ? subjects.length * 2 : subjects.length;
    this.#hashes = new Uint32Array(length);
    this.#subjects = new Float64Array(length);
    this.#size = 0;
    for (const [place, subject] of subjects.entries()) {
      if (subject !== 0 && subject >= this.#oldest) this.#put(hashes[place] ?? 0, subject);
    }
  }

  #place(hash: number): number {
    return hash & (this.#subjects.length - 1);
  }

  #after(place: number): number {
    return (place + 1) & (this.#subjects.length - 1);
  }
}

/** FNV-1a over the text's code units, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
