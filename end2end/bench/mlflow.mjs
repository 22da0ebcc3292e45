// The pages of MLflow that show the same things.
import { median, memory, scroll, type, zoom } from './measure.mjs';
import { amount, keyed, milliseconds, paces, say, size } from './say.mjs';
import { play, rounds } from './scenarios.mjs';

const ROW = "document.querySelector('.ag-center-cols-container .ag-row')";
const CURVE = "document.querySelector('.js-plotly-plot .scatterlayer .trace path')";
const NEWEST = ['attributes.start_time DESC'];

/** The call that fills its list of runs, as its page makes it. */
async function search(order, experiment) {
  const body = { experiment_ids: [String(experiment)], run_view_type: 'ACTIVE_ONLY', max_results: 100, order_by: NEWEST };
  const times = [];
  let bytes = 0;
  for (let round = 0; round < order.rounds; round += 1) {
    const begun = performance.now();
    const answer = await fetch(`${order.url}/ajax-api/2.0/mlflow/runs/search`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the search for runs answers ${answer.status}: ${text.slice(0, 200)}`);
    times.push(performance.now() - begun);
    bytes = text.length;
  }
  say('search of 100 runs', `${milliseconds(median(times))}, ${size(bytes)}`);
}

async function opened(browser, order, path, ready, what) {
  const context = () => browser.newContext({ viewport: { width: 1280, height: 800 } });
  const { tab, all } = await rounds(order, context, `${order.url}/#${path}`, ready);
  say('readable', milliseconds(median(all.map((times) => times.readable))));
  say(what, milliseconds(median(all.map((times) => times.ready))));
  return tab;
}

async function held(browser, tab) {
  const { heap, process } = await memory(browser, tab);
  say('memory', `heap ${amount(heap)} MB, the tab's process ${process === null ? 'unknown on this system' : `${amount(process)} MB`}`);
}

async function runs(browser, order, experiment) {
  await search(order, experiment);
  const tab = await opened(browser, order, `/experiments/${experiment}/runs`, ROW, 'first row');
  say('scrolling', paces(await scroll(tab.page, tab.page.locator('.ag-center-cols-viewport').first()), 'scrolls'));
  await searched(tab.page);
  await held(browser, tab);
  return tab;
}

/** The search in its menu of columns. */
async function searched(page) {
  await page.getByRole('button', { name: /^Columns/ }).first().click();
  const field = page.getByPlaceholder(/search columns/i).first();
  const shown = await field.waitFor({ timeout: 10_000 }).then(() => true, () => false);
  if (!shown) return say('search among columns', 'not measured: its menu did not show the field');
  const keys = await type(page, field, 'metric_07');
  say('search among columns', keyed(keys));
}

async function plot(browser, order, path) {
  const tab = await opened(browser, order, path, CURVE, 'first curve');
  const drawn = await tab.page.evaluate(() => {
    const traces = [...document.querySelectorAll('.js-plotly-plot')].flatMap((plot) => plot.data ?? []);
    return { runs: new Set(traces.map((trace) => trace.uuid ?? trace.name)).size, points: Math.max(...traces.map((trace) => trace.x?.length ?? 0)) };
  });
  say('drawn at first', `${drawn.runs} ${drawn.runs === 1 ? 'run' : 'runs'}, at most ${drawn.points} points of each`);
  say('zooming', paces(await zoom(tab.page, tab.page.locator('.js-plotly-plot .nsewdrag').first()), 'zooms'));
  await held(browser, tab);
  return tab;
}

const SCENARIOS = {
  'list of 10,000 runs': (browser, order) => runs(browser, order, order.experiments.list),
  'experiment of 1,500 runs with 1,500 metrics and 150 parameters': (browser, order) => runs(browser, order, order.experiments.wide),
  'comparison of 100 runs of 10,000 points': (browser, order) =>
    plot(browser, order, `/experiments/${order.experiments.curves}/runs?compareRunsMode=CHART`),
  'run of 1,000,000 points': (browser, order) =>
    plot(browser, order, `/experiments/${order.experiments.long}/runs/${order.long}/model-metrics`),
};

export const mlflow = (browser, order) => play(`MLflow ${order.version}`, SCENARIOS, browser, order);
