import type { Idempotency } from './administration.ts';
import type { KnownInput, Principal } from './views.ts';

/** What tenants keep beside their jobs, and what they are told about them. */
export interface Library {
  /** Voices of the tenant's own, oldest first, with how many there are. */
  voices(who: Principal, page: { offset: number; limit: number }): Promise<{ total: number; voices: VoiceView[] }>;
  /** Makes a voice of an uploaded sound. Refuses what `order.check` refuses, and a sound that is not there. */
  addVoice(who: Principal, order: VoiceOrder): Promise<VoiceView>;
  /** Ends a voice: no later request can use it. Ending it again is no error; `not_found` where there never was one. */
  removeVoice(who: Principal, id: number): Promise<void>;
}

/** A voice as its tenant orders it. */
export interface VoiceOrder {
  readonly name: string;
  /** The uploaded sound. */
  readonly assetId: number;
  /** The field that named the sound, for messages. */
  readonly field: string;
  /** The dialect's rules about the sound: refuses, or does nothing. */
  readonly check: (sound: KnownInput) => void;
  readonly idempotency: Idempotency | null;
}

/** A voice as its tenant may see it. */
export interface VoiceView {
  readonly id: number;
  readonly name: string;
}
