import { CHART } from './catalogue-chart.ts';
import { CSV_UNITS } from './catalogue-csv.ts';
import { METHOD } from './catalogue-method.ts';
import { NAMES } from './catalogue-names.ts';
import { PAGE } from './catalogue-page.ts';
import { UNITS } from './catalogue-units.ts';
import { VERDICT } from './catalogue-verdict.ts';

/** Every text of a report, each in all languages side by side. */
export const CATALOGUE = {
  page: PAGE,
  verdict: VERDICT,
  names: NAMES,
  method: METHOD,
  units: UNITS,
  csvUnits: CSV_UNITS,
  chart: CHART,
};
