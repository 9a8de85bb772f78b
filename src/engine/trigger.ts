/** Something that runs one call at a time and once more if it was asked for meanwhile. */
export class Trigger {
  readonly #run: () => Promise<unknown>;
  #running: Promise<unknown> | null = null;
  #again = false;

  constructor(run: () => Promise<unknown>) {
    this.#run = run;
  }

  fire(): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = this.#run().finally(() => {
      this.#running = null;
      if (this.#again) {
        this.#again = false;
        this.fire();
      }
    });
  }

  async settled(): Promise<void> {
    this.#again = false;
    while (this.#running) await this.#running;
  }
}
