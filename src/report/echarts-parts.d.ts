// The parts of echarts one by one: its own index of charts loads all of them, which takes twice the memory and the time.

declare module 'echarts/lib/chart/custom/install.js' {
  import type { CustomChart } from 'echarts/charts';
  export const install: typeof CustomChart;
}

declare module 'echarts/lib/component/grid/installSimple.js' {
  import type { GridComponent } from 'echarts/components';
  export const install: typeof GridComponent;
}

declare module 'echarts/lib/component/marker/installMarkLine.js' {
  import type { MarkLineComponent } from 'echarts/components';
  export const install: typeof MarkLineComponent;
}

declare module 'echarts/lib/renderer/installSVGRenderer.js' {
  import type { SVGRenderer } from 'echarts/renderers';
  export const install: typeof SVGRenderer;
}
