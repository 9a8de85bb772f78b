/**
 * The inside of one render: a worker thread that instantiates the compiled FFmpeg module, runs one command in its
 * memory file system and posts the outputs. It is thrown away afterwards, so nothing of one job reaches the next, and
 * it may be terminated at any instruction.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Core, CoreFs } from '@ffmpeg/core';
import type { WasmOrder, WasmReport } from './wasm.ts';

const port = parentPort;
if (port === null) throw new Error('to be run as a worker thread');
const post = (report: WasmReport, transfer: ArrayBuffer[] = []) => port.postMessage(report, transfer);

/** Shows a file of this machine inside the memory file system, read piece by piece: its bytes never fill the heap. */
function mountFile(fs: CoreFs, name: string, path: string): () => void {
  const fd = openSync(path, 'r');
  fs.writeFile(name, new Uint8Array(0));
  const { node } = fs.lookupPath(name);
  node.usedBytes = fstatSync(fd).size;
  const read = (_stream: unknown, buffer: Uint8Array, offset: number, length: number, position: number) =>
    readSync(fd, new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength), offset, length, position);
  const denied = () => {
    throw new Error('read only');
  };
  node.stream_ops = { ...node.stream_ops, read, write: denied, mmap: undefined };
  return () => closeSync(fd);
}

async function instantiate(module: WebAssembly.Module): Promise<Core> {
  // The published build expects a browser's worker and reads `self.location` while it loads. It would carry network
  // protocols over WebSockets: without them, a job that names an address fails at once.
  Object.assign(globalThis, { self: { location: { href: 'file:///' } }, WebSocket: undefined, fetch: undefined });
  const { default: factory } = await import('@ffmpeg/core');
  return factory({
    locateFile: (name: string) => name,
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      void WebAssembly.instantiate(module, imports).then(done);
      return {};
    },
  });
}

async function render(order: WasmOrder): Promise<void> {
  const core = await instantiate(order.module);
  core.setLogger(({ message }) => post({ type: 'log', line: message }));
  if (order.watch) core.setProgress(({ time }) => post({ type: 'time', seconds: time / 1_000_000 }));
  const opened: (() => void)[] = [];
  for (const [name, file] of Object.entries(order.files)) {
    if (file instanceof Uint8Array) core.FS.writeFile(name, file);
    else opened.push(mountFile(core.FS, name, file.path));
  }
  const code = core.exec(...order.argv);
  for (const close of opened) close();
  if (code !== 0) {
    post({ type: 'failed', message: `the engine ended with code ${code}` });
    return;
  }
  const outputs: [string, Uint8Array<ArrayBuffer>][] = [];
  for (const name of order.outputs) {
    try {
      outputs.push([name, core.FS.readFile(name)]);
    } catch {
      post({ type: 'failed', message: `the engine did not make ${name}` });
      return;
    }
  }
  post(
    { type: 'done', outputs },
    outputs.map(([, bytes]) => bytes.buffer),
  );
}

render(workerData as WasmOrder).catch((error: unknown) => {
  post({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
});
