/** The render engine's runner and the prober of uploaded and fetched bytes. */
export interface Media {
  /**
   * Reads what a file on disk is, from its magic bytes and its headers, without loading it into memory.
   * Undefined where it is no media type we know. A `Refusal` where it claims a type and is not one we can use:
   * `image_unreadable` (damaged, cut short), `image_size_invalid` (no pixels), `image_format_invalid` (animated WebP).
   */
  probe(path: string): Promise<MediaInfo | undefined>;
  /**
   * Like `probe`, and decodes: pictures fully, the video's first and last second, sound alone likewise. What a job's
   * success is judged on. `Refusal` `image_unreadable` for bytes that do not decode; any other rejection is a fault of
   * ours (the engine died twice or had no time, the disk is full) and says nothing about the file.
   */
  check(path: string): Promise<MediaInfo | undefined>;
  /** The first frame of a video (or the picture itself) as a JPEG, long side at most 1280 px. */
  cover(path: string): Promise<Uint8Array>;
  /** Runs one job of the render engine. */
  run(job: EngineJob): Promise<EngineResult>;
  /** How many engine jobs run at a time. */
  readonly workers: number;
  /** Which engine carries jobs out; where it was left to choose, settled by the first job. */
  readonly engine: 'wasm' | 'cli';
  /** The TrueType font that drawn text uses, on this machine; absent where there is only the one we ship with. */
  readonly fontPath?: string;
  close(): Promise<void>;
}

/** What a file holds. */
export interface MediaInfo {
  readonly kind: 'image' | 'video' | 'audio';
  /** e.g. `video/mp4`, `image/png`. */
  readonly mime: string;
  /** File name extension without the dot. */
  readonly extension: string;
  /** Pixels as shown (rotation applied); 0 for audio. */
  readonly width: number;
  readonly height: number;
  /** Milliseconds; 0 for pictures. */
  readonly durationMs: number;
  /** Frames per second, where known. */
  readonly fps: number | null;
  /** Number of video frames, where the container says. */
  readonly frames: number | null;
  readonly hasAudio: boolean;
  /** e.g. `avc`, `hevc`, `vp9`; null where there is none. */
  readonly videoCodec: string | null;
  readonly audioCodec: string | null;
  /** EXIF orientation of a picture's stored pixels, 2 … 8; absent where they are stored as shown. */
  readonly orientation?: number;
}

/** One call of the engine: what FFmpeg gets, with file names relative to the job's own folder. */
export interface EngineJob {
  readonly argv: readonly string[];
  /** Name in the job's folder → bytes, or the path of a file on this machine. */
  readonly files: Readonly<Record<string, Uint8Array | { path: string }>>;
  /** Names to read back. */
  readonly outputs: readonly string[];
  readonly timeoutMs: number;
  /** Called with the media time rendered so far, in seconds. */
  readonly onTime?: (seconds: number) => void;
  readonly signal?: AbortSignal;
}

/** What the engine made. */
export interface EngineResult {
  /** The last lines the engine printed. */
  readonly log: string;
  readonly outputs: ReadonlyMap<string, Uint8Array>;
}
