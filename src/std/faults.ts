/** After SIGSTOP was sent, the threads of a process run on for a moment. */
const STOP_TAKES_MS = 100;

/**
 * Ends this process with SIGKILL when a named point is passed for the n-th time (`name` or `name:n`), or freezes it there
 * with SIGSTOP until somebody sends SIGCONT (`name:n:stop`). For crash tests only; in production the environment
 * variable is absent and a fault point costs nothing.
 */
export function faultFrom(setting: string | undefined): (point: string) => Promise<void> | undefined {
  if (!setting) return () => undefined;
  const [name, times, how] = setting.split(':');
  let left = Number(times ?? 1);
  return (point) => {
    if (point !== name || --left !== 0) return undefined;
    if (how === 'stop') {
      process.kill(process.pid, 'SIGSTOP');
      return new Promise((resolve) => setTimeout(resolve, STOP_TAKES_MS));
    }
    process.kill(process.pid, 'SIGKILL');
    // The signal ends the process before anything else can happen; this promise never settles.
    return new Promise(() => undefined);
  };
}
