import type { JobRequest } from '../../../core/request.ts';
import { planRender, RESULT_FILE } from '../graphs.ts';
import { countInputs, type Drawing, type Made, made, type Studio } from '../studio.ts';

const timed = ({ durationS, quality }: JobRequest) => durationS > 0 && quality !== null;

async function generate({ request, inputs, font, run }: Studio): Promise<readonly Made[]> {
  const [picture] = inputs;
  const plan = planRender(request, picture === undefined ? [] : [picture.info], font, picture?.file);
  return [{ role: 'video', file: RESULT_FILE, bytes: made(await run(plan), RESULT_FILE) }];
}

/** Soft lights on a dark ground with the prompt over them. */
export const textToVideo: Drawing = {
  supports: (request) => timed(request) && request.inputs.length === 0 && request.aspectRatio !== null,
  draw: generate,
};

/** The picture under a slow move, with the prompt at its foot. */
export const imageToVideo: Drawing = {
  supports: (request) => timed(request) && request.inputs.length === 1 && countInputs(request, 'image', 'image') === 1,
  draw: generate,
};
