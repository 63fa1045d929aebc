/** A shape for each look, so that nobody needs the colour. */
import type { Look } from '../view/looks.js';
import { svg } from './dom.js';

/** Around 0,0; 6 from there to the rim. */
const SHAPES: Readonly<Record<Look, string>> = {
  idle: 'M-5 0A5 5 0 1 1 5 0A5 5 0 1 1 -5 0Z',
  busy: 'M-6 0A6 6 0 1 1 6 0A6 6 0 1 1 -6 0Z',
  stuck: 'M-6 -6H6V6H-6Z M-1 -4H1V1H-1Z M-1 2.5H1V4.5H-1Z',
  starting: 'M-4 -6L6 0L-4 6Z',
  draining: 'M-6 -5H6L0 6Z',
  down: 'M-5 -5L5 5M5 -5L-5 5',
};

export function sign(look: Look): SVGPathElement {
  const path = svg('path', { class: 'sign' });
  showLook(path, look);
  return path;
}

export function showLook(path: SVGPathElement, look: Look): void {
  if (path.dataset['look'] === look) return;
  path.dataset['look'] = look;
  path.setAttribute('d', SHAPES[look]);
}
