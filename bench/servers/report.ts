/** What every server under test does besides serving: says when it is ready, and how it is when asked. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Tells the benchmark that the server answers on `port`, and keeps answering its questions. */
export function report(port: number, hello: Readonly<Record<string, string>> = {}): void {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  process.on('message', (message) => {
    if (message !== 'vitals') return;
    const { user, system } = process.cpuUsage();
    // The histogram holds the whole interval between two ticks of a 1 ms timer.
    process.send?.({ cpu: (user + system) / 1e6, loopP99: Math.max(0, delay.percentile(99) / 1e6 - 1) });
    delay.reset();
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ port, ...hello });
}
