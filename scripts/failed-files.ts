/** A reporter that writes the test files in which something failed, one a line. */
import type { TestEvent } from 'node:test/reporters';

/** Each file once, as the runner was given it. */
// biome-ignore lint/style/noDefaultExport: the runner takes a reporter's default export.
export default async function* failedFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failed = new Set<string>();
  for await (const { type, data } of events) {
    if (type !== 'test:fail' || data.todo !== undefined) continue;
    const file = 'entryFile' in data && typeof data.entryFile === 'string' ? data.entryFile : data.file;
    if (file === undefined || failed.has(file)) continue;
    failed.add(file);
    yield `${file}\n`;
  }
}
