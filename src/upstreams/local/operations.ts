import type { Operation } from '../../core/request.ts';
import { extend } from './operations/extend.ts';
import { imageToVideo, textToVideo } from './operations/generate.ts';
import { multiTransition, transition } from './operations/journey.ts';
import { lipSync } from './operations/lip-sync.ts';
import { soundEffect } from './operations/sound-effect.ts';
import { upscale } from './operations/upscale.ts';
import type { Drawing } from './studio.ts';

/** Every operation that is drawn. One that is not here is not supported. */
export const DRAWINGS: Readonly<Partial<Record<Operation, Drawing>>> = {
  'text-to-video': textToVideo,
  'image-to-video': imageToVideo,
  transition,
  'multi-transition': multiTransition,
  extend,
  'lip-sync': lipSync,
  'sound-effect': soundEffect,
  upscale,
};
