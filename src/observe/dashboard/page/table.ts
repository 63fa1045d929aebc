/** Every figure of every slot, as text. */
import type { Sample } from '../view/sample.js';
import { FIGURES } from '../view/words.js';
import { byId, html, say } from './dom.js';

export class Table {
  readonly #body = byId('rows');
  #rows: HTMLTableCellElement[][] = [];

  constructor() {
    const heads = FIGURES.map(({ title, isNumber }) =>
      html('th', { scope: 'col', class: isNumber ? 'number' : '' }, title),
    );
    document.querySelector('thead')?.append(html('tr', {}, ...heads));
  }

  show({ slots, snapshot }: Sample): void {
    if (this.#rows.length !== slots.length) this.#build(slots.length);
    slots.forEach((slot, row) => {
      FIGURES.forEach(({ text }, column) => {
        const cell = this.#rows[row]?.[column];
        if (cell !== undefined) say(cell, text(slot, snapshot.atMs));
      });
      const element = this.#rows[row]?.[0]?.parentElement;
      if (element != null) element.dataset['look'] = slot.look;
    });
  }

  #build(count: number): void {
    this.#rows = Array.from({ length: count }, () =>
      FIGURES.map(({ isNumber }, column) => {
        const attributes = { class: isNumber ? 'number' : '' };
        return column === 0 ? html('th', { ...attributes, scope: 'row' }) : html('td', attributes);
      }),
    );
    this.#body.replaceChildren(...this.#rows.map((cells) => html('tr', {}, ...cells)));
  }
}
