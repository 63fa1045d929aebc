import { Html, html } from '../html.js';
import { drawSvg } from './svg.js';
import type { Breadth, Drawing } from './svg.js';

export interface Chart {
  title: string;
  /** How to read it, and which way is good. */
  how: string;
  /** What a screen reader says in place of the drawing, when that is not the title. */
  label?: string;
  draw: (breadth: Breadth) => Drawing;
}

/** In a wide drawing and one for phones, of which the page shows one. */
export function figureHtml({ title, how, label = title, draw }: Chart): Html {
  const drawings = (['wide', 'narrow'] as const).map(
    (breadth) => html`<div class="${breadth}">${new Html(drawSvg(draw(breadth), breadth, label))}</div>`,
  );
  return html`<figure>
    <figcaption>${title}<small>${how.trim()}</small></figcaption>
    ${drawings}
  </figure>`;
}
