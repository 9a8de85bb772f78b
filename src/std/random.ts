/** A source of randomness as an argument: the system's in production, a seeded one in simulations. */
export interface Random {
  /** A float in [0, 1). */
  float(): number;
  /** `size` random bytes. */
  bytes(size: number): Uint8Array;
}

/** Cryptographic randomness of the machine; the only source for keys, secrets and attempt ids. */
export const systemRandom: Random = {
  float: () => Math.random(),
  bytes: (size) => crypto.getRandomValues(new Uint8Array(size)),
};

/** A reproducible generator (sfc32 seeded through splitmix32): the same seed gives the same sequence everywhere. */
export function seededRandom(seed: number): Random {
  let mix = seed >>> 0;
  const next = () => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let a = next();
  let b = next();
  let c = next();
  let d = 1;
  const uint32 = () => {
    const t = (((a + b) >>> 0) + d) >>> 0;
    d = (d + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + t) >>> 0;
    return t;
  };
  for (let i = 0; i < 12; i++) uint32();
  return {
    float: () => uint32() / 4294967296,
    bytes(size) {
      const out = new Uint8Array(size);
      for (let i = 0; i < size; i++) out[i] = uint32() & 255;
      return out;
    },
  };
}

/** An integer in [0, below). */
export function randomInt(random: Random, below: number): number {
  return Math.floor(random.float() * below);
}

/** A version 4 UUID in lower case. */
export function uuid(random: Random): string {
  const b = random.bytes(16);
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(b, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
