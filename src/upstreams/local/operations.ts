import type { Operation } from '../../core/request.ts';
import { extend } from './operations/extend.ts';
import { fusion } from './operations/fusion.ts';
import { imageToVideo, textToVideo } from './operations/generate.ts';
import { multiTransition, transition } from './operations/journey.ts';
import { lipSync } from './operations/lip-sync.ts';
import { maskSelection, modify, motionControl, swap } from './operations/masks.ts';
import { restyle } from './operations/restyle.ts';
import { agent, avatar, musicVideo } from './operations/slideshow.ts';
import { soundEffect } from './operations/sound-effect.ts';
import { imageTemplate, template } from './operations/template.ts';
import { upscale } from './operations/upscale.ts';
import type { Drawing } from './studio.ts';

/** How each operation is drawn. */
export const DRAWINGS: Readonly<Record<Operation, Drawing>> = {
  'text-to-video': textToVideo,
  'image-to-video': imageToVideo,
  template,
  transition,
  'multi-transition': multiTransition,
  extend,
  'lip-sync': lipSync,
  'sound-effect': soundEffect,
  fusion,
  restyle,
  'mask-selection': maskSelection,
  swap,
  'motion-control': motionControl,
  modify,
  upscale,
  avatar,
  agent,
  'music-video': musicVideo,
  'image-template': imageTemplate,
};
