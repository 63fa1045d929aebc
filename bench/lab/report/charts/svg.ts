import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  GraphicComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import type { EChartsCoreOption } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';
import { escapeHtml } from '../html.js';

use([
  BarChart,
  CustomChart,
  LineChart,
  ScatterChart,
  GraphicComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  LabelLayout,
  SVGRenderer,
]);

/** A chart is drawn for both, as text that shrinks with its drawing cannot be read on a phone. */
export const widths = { wide: 860, narrow: 320 } as const;
export type Breadth = keyof typeof widths;

export interface Drawing {
  option: EChartsCoreOption;
  height: number;
}

/** Styles for what the pointer is on, numbered on and on by the process: nothing here changes under a pointer. */
const withoutHover = (svg: string): string =>
  svg.replace(/<style[^>]*>.*?<\/style>/s, '').replaceAll(/ class="zr\d+-cls-\d+"/g, '');

/** An SVG element without scripts; its colours are variables of the page. */
export function drawSvg({ option, height }: Drawing, breadth: Breadth, description: string): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: widths[breadth], height });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'system-ui, sans-serif', fontSize: 12, color: 'var(--ink)' },
      backgroundColor: 'transparent',
      ...option,
    });
    const svg = withoutHover(chart.renderToSVGString());
    return svg.replace('<svg ', () => `<svg role="img" aria-label="${escapeHtml(description)}" `);
  } finally {
    chart.dispose();
  }
}
