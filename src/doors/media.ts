import type { FastifyReply, FastifyRequest } from 'fastify';
import { MEDIA_PREFIX, parseMediaPath } from '../core/media-path.ts';
import { chooseRange, httpDate, judgeConditions, rangeApplies } from '../core/ranges.ts';
import type { Gateway, OpenedMedia } from '../engine/gateway.ts';
import { Refusal } from '../std/errors.ts';
import type { Door } from './context.ts';
import { armDoor, pathOf } from './http.ts';
import { plainRefusal } from './plain.ts';

/**
 * Serves kept bytes by the signed paths that job and upload views carry (core/media-path.ts). The signature is the
 * permission, so there is no key, any origin may read, and answers never change under their address.
 */
export const mediaDoor: Door = {
  name: 'media',
  prefix: MEDIA_PREFIX,
  mount(app, { gateway, log }) {
    armDoor(app, { refusal: plainRefusal, log });
    app.route({
      method: ['GET', 'HEAD'],
      url: '/*',
      handler: (request, reply) => serve(gateway, request, reply),
    });
  },
};

/**
 * Nothing runs and nothing loads but the file itself. A tab that opens a video is a small page of the browser's own with
 * that video and inline styles in it: without the two `self`, or with `sandbox`, Chromium shows it black.
 */
const PAGE_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'";

async function serve(gateway: Gateway, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const path = parseMediaPath(pathOf(request));
  if (path === undefined) throw new Refusal('not_found');
  const media = await gateway.openMedia(path.assetId, path.extension, path.expires, path.signature);
  const { headers } = request;
  const validators = { etag: `"${media.sha256}"`, modifiedAt: media.modifiedAt };
  describe(reply, media, validators.etag, `${path.assetId}.${path.extension}`);

  const verdict = judgeConditions(
    {
      ifMatch: headers['if-match'],
      ifNoneMatch: headers['if-none-match'],
      ifModifiedSince: headers['if-modified-since'],
      ifUnmodifiedSince: headers['if-unmodified-since'],
    },
    validators,
  );
  if (verdict === 'unchanged') return reply.code(304).send();
  if (verdict === 'failed') return reply.code(412).header('cache-control', 'no-store').send();

  // A Range on HEAD means nothing (RFC 9110 §14.2).
  const asked = request.method === 'GET' && rangeApplies(one(headers['if-range']), validators);
  const range = chooseRange(asked ? headers.range : undefined, media.bytes);
  if (range.type === 'unsatisfiable') {
    reply.code(416).header('cache-control', 'no-store');
    return reply.header('content-range', `bytes */${media.bytes}`).send();
  }
  const length = range.type === 'part' ? range.end - range.start + 1 : media.bytes;
  reply.type(media.mime).header('content-length', length);
  if (range.type === 'part') {
    reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${media.bytes}`);
  }
  if (request.method === 'HEAD' || length === 0) return reply.send('');
  // The framework pipes with back-pressure and destroys the stream, and so closes the file, when the client goes.
  return reply.send(await media.read(range.type === 'part' ? range : undefined));
}

/** Headers that every answer about the bytes carries, whatever its status. */
function describe(reply: FastifyReply, media: OpenedMedia, etag: string, filename: string): void {
  reply.headers({
    etag,
    'last-modified': httpDate(media.modifiedAt),
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=31536000, immutable',
    'content-disposition': `inline; filename="${filename}"`,
    // Bytes strangers uploaded, on the origin of the API: never anything but what they are, never a page.
    'x-content-type-options': 'nosniff',
    'content-security-policy': PAGE_POLICY,
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'accept-ranges, content-range, content-length, etag',
    'cross-origin-resource-policy': 'cross-origin',
  });
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
