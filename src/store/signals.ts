import type { Log } from '../contracts/effects.ts';
import type { WakeChannel } from '../contracts/store.ts';
import { messageOf } from '../std/errors.ts';

const CHANNELS: readonly string[] = ['queue', 'slots', 'accounts', 'keys', 'jobs'] satisfies WakeChannel[];

/** Is this a channel we know? Another version of the program may send others. */
export function isChannel(name: string): name is WakeChannel {
  return CHANNELS.includes(name);
}

/** The listeners of one process. */
export interface Signals {
  emit(channel: WakeChannel): void;
  add(listener: (channel: WakeChannel) => void): () => void;
}

/** Listeners are called within `emit`; one that throws does not keep the others from hearing. */
export function signals(log: Log): Signals {
  const listeners = new Set<(channel: WakeChannel) => void>();
  return {
    emit(channel) {
      for (const listener of listeners) {
        try {
          listener(channel);
        } catch (error) {
          log.error({ channel, error: messageOf(error) }, 'a listener failed');
        }
      }
    },
    add(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
