/** Uploads for tests of the PixVerse door. */
import { accepted, type PixverseClient } from './pixverse-client.ts';
import { pngPicture } from './png.ts';

/** Uploads a picture; its id. */
export async function picture(client: PixverseClient, width = 64, height = 36): Promise<number> {
  const form = new FormData();
  form.append('image', new Blob([pngPicture(width, height)], { type: 'image/png' }), 'a.png');
  return Number(accepted(await client.post('/image/upload', { body: form }))['img_id']);
}

/** Uploads a sound or a video; its id. */
export async function media(client: PixverseClient, bytes: Uint8Array): Promise<number> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)]), 'a');
  return Number(accepted(await client.post('/media/upload', { body: form }))['media_id']);
}

/** A WAV of silence, 8,000 samples a second, 8 bits. */
export function silence(seconds: number): Uint8Array {
  const samples = Math.round(seconds * 8000);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(8000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples, 40);
  return Buffer.concat([header, Buffer.alloc(samples, 128)]);
}
