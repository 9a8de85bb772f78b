import { destination, pino } from 'pino';

/** Names of fields that never reach a log, whatever their depth of one: a net under the rule that none is passed. */
const SECRET_FIELDS = ['secret', 'password', 'token', 'key', 'apiKey', 'authorization', 'cookie', 'credential'];

/** Lines that cannot be written now wait in at most this many bytes of memory; those that do not fit are lost. */
const WAITING_BYTES_MAX = 256 * 1024;

/**
 * The production log: one JSON object a line on standard error. A log that cannot be written (its disk is full) never
 * ends or stops the program.
 */
export function pinoLog(level: string) {
  const redact = { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: '***' };
  const output = destination({ fd: 2, sync: true, maxLength: WAITING_BYTES_MAX });
  // Without a listener the error would end the process. There is nowhere to report it: this is where one reports.
  output.on('error', () => undefined);
  return pino({ level, base: null, redact }, output);
}
