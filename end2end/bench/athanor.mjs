// Athanor's pages: what is opened, when it is ready, and what is done with it.
import { frames, median, memory, scroll, type, zoom } from './measure.mjs';
import { amount, keyed, milliseconds, paces, say, size } from './say.mjs';
import { play, rounds } from './scenarios.mjs';

const LIVE = "document.querySelector('.connection')?.textContent.trim() === 'Live'";
// The server draws curves as SVG; a browser that has taken over draws them on a canvas.
const DRAWN = "document.querySelector('.chart-plot canvas') && !document.querySelector('.chart-drawing')";
const SUBMIT = 'window.__bench.marks.submit';
const FAST_3G = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };

/** Somebody's tabs, with an empty cache. */
async function person(browser, { url, token }) {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 } });
  if (token) await context.addCookies([{ name: 'athanor_session', value: token, url }]);
  return context;
}

/** Opens a page as often as asked; the last tab stays for what is done with it. */
async function opened(browser, order, path, ready, { wanted, whole, ...options } = {}) {
  const fine = [];
  const tasks = [];
  const seen = async (page) => {
    if (whole) fine.push(await answered(page, whole));
    // Whatever follows from what has just come.
    await page.waitForTimeout(1_000);
    tasks.push(await page.evaluate(() => window.__bench.task));
  };
  const { tab, all } = await rounds(order, () => person(browser, order), path, ready, { seen, ...options });
  const of = (name) => median(all.map((times) => times[name]));
  say('HTML: first byte', milliseconds(of('answered')));
  say('HTML: complete', `${milliseconds(of('complete'))}, ${size(of('bytes'))}, sent as ${size(of('sent'))}`);
  say('readable', milliseconds(of('readable')), wanted?.readable);
  say('interactive', milliseconds(of('ready')), wanted?.ready);
  if (whole) say('finer curves fetched', milliseconds(median(fine)));
  say('longest task', milliseconds(median(tasks)));
  return tab;
}

/** When the answer to a call was complete, on the clock of the page. */
async function answered(page, name) {
  const found = await page.waitForFunction((name) => {
    const entry = performance.getEntriesByType('resource').find((entry) => entry.name.includes(name) && entry.responseEnd > 0);
    return entry?.responseEnd;
  }, name, { timeout: 60_000 });
  return found.jsonValue();
}

async function held(browser, tab, wanted) {
  const { heap, wasm, whole, process } = await memory(browser, tab);
  const parts = [`heap ${amount(heap)} MB`, `WebAssembly ${amount(wasm)} MB`];
  parts.push(process === null ? 'the process unknown on this system' : `the tab's process ${amount(process)} MB`);
  parts.push(whole === null ? 'measureUserAgentSpecificMemory not available' : `measured by the browser ${amount(whole)} MB`);
  say('memory', parts.join(', '), wanted);
}

const SCENARIOS = {
  'list of 10,000 jobs': async (browser, order) => {
    const tab = await opened(browser, order, '/jobs', LIVE, { wanted: { ready: 'under 1 s' } });
    say('scrolling', paces(await scroll(tab.page, tab.page.locator('table.jobs')), 'scrolls'), '60 frames a second');
    await held(browser, tab);
    return tab;
  },
  'experiment of 1,500 jobs with 1,500 metrics': async (browser, order) => {
    const tab = await opened(browser, order, `/experiments/${order.wide}`, DRAWN, { wanted: { ready: 'under 1.5 s' }, whole: 'compare_again' });
    const rows = await tab.page.locator('table.runs tbody tr').count();
    say('jobs on the page', `${rows} of 1,500`);
    say('parameters of a job', `${order.parameters}: a job has those of its kind, 150 cannot be given`);
    await searched(tab.page);
    say('scrolling', paces(await scroll(tab.page, tab.page.locator('table.runs')), 'scrolls'), '60 frames a second');
    await held(browser, tab, 'under 300 MB');
    return tab;
  },
  'list of those jobs': async (browser, order) => {
    const tab = await opened(browser, order, '/jobs?query=wide', LIVE);
    await searched(tab.page);
    say('scrolling', paces(await scroll(tab.page, tab.page.locator('table.jobs')), 'scrolls'));
    await held(browser, tab);
    return tab;
  },
  'comparison of 100 jobs of 10,000 points': async (browser, order) => {
    const wanted = { ready: 'under 1.5 s' };
    const tab = await opened(browser, order, `/compare?jobs=${order.curves.join(',')}`, DRAWN, { wanted, whole: 'compare_again' });
    say('zooming', paces(await zoom(tab.page, tab.page.locator('.chart-plot').first()), 'zooms'), '60 frames a second');
    await held(browser, tab);
    return tab;
  },
  'job of 1,000,000 points': async (browser, order) => {
    const wanted = { ready: 'under 1 s' };
    const tab = await opened(browser, order, `/jobs/${order.long}`, DRAWN, { wanted, whole: 'job_curves' });
    say('zooming', paces(await zoom(tab.page, tab.page.locator('.chart-plot').first()), 'zooms'), '60 frames a second');
    await held(browser, tab);
    return tab;
  },
  'a job live': live,
  'sign-in page, fast 3G': async (browser, order) => first(browser, { ...order, token: null }, '/login', SUBMIT),
  'dashboard, fast 3G': async (browser, order) => first(browser, order, '/', LIVE),
};

/** A page while its job is trained: as many points as that gives, for as long as asked. */
async function live(browser, order) {
  const call = async (method, path, body) => {
    const headers = { authorization: `Bearer ${order.token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${order.url}/api/training${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} /api/training${path}: ${await answer.text()}`);
    return answer.json();
  };
  const { job_id } = await call('POST', '', { dataset: 'iris', epochs: 100_000, early_stopping: false, model: { kind: 'mlp', hidden: [128, 128] } });
  const tab = await opened(browser, { ...order, rounds: 1 }, `/jobs/${job_id}`, DRAWN);
  // Each epoch measures loss and accuracy, on the rows of training and of validation.
  const points = async () => 4 * (await call('GET', `/${job_id}`)).status.epoch;
  const [before, held0] = [await points(), await memory(browser, tab)];
  const pace = await frames(tab.page, () => tab.page.waitForTimeout(200), order.live * 1_000);
  const rate = ((await points()) - before) / order.live;
  const { status } = (await call('GET', `/${job_id}`)).status;
  say('points', `${rate.toFixed(0)} a second for ${order.live} s; then the job was ${status}`, '100 a second for 600 s');
  say('frames', paces(pace, 'looks'), 'none over 50 ms');
  const held1 = await memory(browser, tab);
  for (const [what, name] of [['heap', 'heap'], ['WebAssembly', 'wasm'], ["the tab's process", 'process']]) {
    say(`memory, ${what}`, `${amount(held0[name])} MB, then ${amount(held1[name])} MB`, 'flat');
  }
  if (status === 'RUNNING') await call('POST', `/${job_id}/stop`);
  return tab;
}

/** A page on a cold cache and a slow line. */
async function first(browser, order, path, ready) {
  const before = async (session) => {
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', FAST_3G);
  };
  const wanted = { readable: 'under 1.5 s', ready: 'under 4 s' };
  const tab = await opened(browser, order, path, ready, { before, wanted });
  // What moves late would move within a second of it.
  await tab.page.waitForTimeout(1_000);
  const { shift, shifted } = await tab.page.evaluate(() => ({ shift: window.__bench.shift, shifted: window.__bench.shifted }));
  say('layout shift', shift ? `${shift.toFixed(6)}, of ${[...new Set(shifted)].join(', ')}` : '0', '0');
  const sizes = await tab.page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.transferSize));
  say('fetched', `${sizes.length} files, ${size(sizes.reduce((sum, size) => sum + size, 0))}`);
  return tab;
}

/** The search among columns, where the page has one. */
async function searched(page) {
  const menu = page.locator('summary', { hasText: 'Columns' });
  if (await menu.count()) await menu.first().click();
  const field = page.getByRole('searchbox', { name: /column/i }).first();
  if (!(await field.count())) {
    const boxes = await page.locator('input[type=checkbox][name=columns]').count();
    say('search among columns', `this page has none${boxes ? ` (its menu has ${boxes} boxes)` : ''}`, 'answers as one types');
    if (await menu.count()) await menu.first().click();
    return;
  }
  const keys = await type(page, field, 'metric_07');
  say('search among columns', keyed(keys), 'answers as one types');
}

export const athanor = (browser, order) => play('Athanor', SCENARIOS, browser, order);
