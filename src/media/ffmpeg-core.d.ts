/** What we use of the published FFmpeg build, which ships without types. */
declare module '@ffmpeg/core' {
  export interface CoreNode {
    usedBytes: number;
    stream_ops: Record<string, unknown>;
  }

  /** Emscripten's file system, in memory. */
  export interface CoreFs {
    writeFile(name: string, data: Uint8Array): void;
    readFile(name: string): Uint8Array<ArrayBuffer>;
    lookupPath(name: string): { node: CoreNode };
  }

  export interface Core {
    /** Runs one command to its end and returns its exit code. */
    exec(...argv: string[]): number;
    setLogger(logger: (line: { type: string; message: string }) => void): void;
    /** `time` is in microseconds; `progress` means nothing for generated inputs. */
    setProgress(listener: (at: { progress: number; time: number }) => void): void;
    readonly FS: CoreFs;
  }

  const factory: (overrides: {
    locateFile(name: string): string;
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): object;
  }) => Promise<Core>;

  // biome-ignore lint/style/noDefaultExport: it is what the package exports.
  export { factory as default };
}

/** The part of the global that Node's types leave to the browser's. */
declare namespace WebAssembly {
  interface Module {
    readonly __module: never;
  }
  interface Instance {
    readonly exports: object;
  }
  type Imports = Readonly<Record<string, object>>;
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: Imports): Promise<Instance>;
}
