/** Content type of an answer that was written out before. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Answers that were written out before. The gateway gives the same view object as long as nothing has changed, and
 * pollers ask far more often than things change; a view that is gone takes its text along.
 */
export class Written<V extends object> {
  readonly #write: (view: V, origin: string) => unknown;
  readonly #texts = new WeakMap<V, { origin: string; text: string }>();

  /** @param write the answer to a view, for a client that reaches us under `origin`. */
  constructor(write: (view: V, origin: string) => unknown) {
    this.#write = write;
  }

  text(view: V, origin: string): string {
    const known = this.#texts.get(view);
    if (known?.origin === origin) return known.text;
    const text = JSON.stringify(this.#write(view, origin));
    this.#texts.set(view, { origin, text });
    return text;
  }
}
