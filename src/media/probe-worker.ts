/** The inside of one look at a container: a worker thread that may be ended when a file leads its readers astray. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, Refusal } from '../std/errors.ts';
import { probeContainer } from './containers.ts';
import type { ProbeOrder, ProbeReport } from './probe.ts';

const port = parentPort;
if (port === null) throw new Error('to be run as a worker thread');
const { path, extension } = workerData as ProbeOrder;

probeContainer(path, extension)
  .then(
    (info): ProbeReport => ({ type: 'info', info }),
    (error: unknown): ProbeReport =>
      error instanceof Refusal
        ? { type: 'refused', code: error.code, message: error.message }
        : { type: 'failed', message: messageOf(error) },
  )
  .then((report) => port.postMessage(report));
