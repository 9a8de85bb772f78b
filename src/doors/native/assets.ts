import { given } from '../../std/json.ts';
import { encodeAsset, encodeAssets } from '../../wire/native/encode.ts';
import { UPLOAD_FIELDS, UPLOADS } from '../../wire/native/uploads.ts';
import { keepUpload, type UploadRoute } from '../uploads.ts';
import { onceOf } from './enter.ts';
import type { Handlers } from './call.ts';

/** Kept files, as the key may see them. */
export const assets: Handlers<'assets'> = {
  list: async ({ who, reader, query }, { gateway }) => {
    const { tenant: tenantId, ...filter } = query;
    return encodeAssets(await gateway.assets(who, given({ ...filter, tenantId })), query.limit, reader);
  },
  get: async ({ who, reader, params }, { gateway }) => encodeAsset(await gateway.keptAsset(who, params.id), reader),
  remove: async ({ who, reader, params, once }, { gateway }) =>
    encodeAsset(await gateway.removeAsset(who, params.id, once), reader),
};

const UPLOAD: UploadRoute = { fields: UPLOAD_FIELDS, policy: UPLOADS, repeatable: onceOf, strict: true };

/** Files that clients send. */
export const uploads: Handlers<'uploads'> = {
  create: async ({ who, reader, http: { request } }, { gateway }) => {
    const { asset } = await keepUpload(gateway, who, request, UPLOAD);
    return encodeAsset(await gateway.keptAsset(who, asset.id), reader);
  },
};
