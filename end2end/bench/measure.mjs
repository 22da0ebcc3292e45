// What is measured of a page: when it answered, was readable and was ready, how long frames take, and what it holds in memory.
import { readFileSync } from 'node:fs';

/** Runs in every page before its own scripts. */
function watch(holds) {
  const bench = { ready: null, shift: 0, shifted: [], task: 0, frames: null, scrolls: 0, memories: new Set(), marks: {} };
  window.__bench = bench;
  const observe = (type, see) => {
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(see));
    observer.observe({ type, buffered: true });
  };
  observe('longtask', (entry) => (bench.task = Math.max(bench.task, entry.duration)));
  observe('layout-shift', (entry) => {
    if (entry.hadRecentInput) return;
    bench.shift += entry.value;
    bench.shifted.push(...entry.sources.map(({ node }) => node?.className || node?.nodeName || 'something that is gone'));
  });
  addEventListener('scroll', () => (bench.scrolls += 1), { capture: true, passive: true });
  // Memory of WebAssembly is no part of the JavaScript heap.
  const keep = (instance) => {
    for (const value of Object.values(instance.exports)) if (value instanceof WebAssembly.Memory) bench.memories.add(value);
  };
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name].bind(WebAssembly);
    WebAssembly[name] = async (...given) => {
      const made = await original(...given);
      keep(made.instance ?? made);
      return made;
    };
  }
  // Forms get their listeners when the page has taken over.
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (type === 'submit' && this !== window) bench.marks.submit ??= performance.now();
    return listen.call(this, type, ...rest);
  };
  const look = () => {
    if (bench.ready !== null) return;
    let is = null;
    try {
      is = holds();
    } catch {
      // The document is not there yet.
    }
    // The state is seen when a frame with it begins; a number is the moment itself.
    if (is) bench.ready = typeof is === 'number' ? is : performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Opens an address in a tab of its own with an empty cache; `ready` is an expression that is true once it can be used. */
export async function open(context, url, ready, { patience = 120_000, before } = {}) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await before?.(session);
  // As text, because pages do not allow text to become code.
  await page.addInitScript(`(${watch})(() => ${ready})`);
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction(() => (window.__bench?.ready ?? null) !== null, null, { timeout: patience });
  // The last paint may come a moment later.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const times = await page.evaluate(() => {
    const [way] = performance.getEntriesByType('navigation');
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    return {
      answered: way.responseStart,
      complete: way.responseEnd,
      bytes: way.decodedBodySize,
      sent: way.encodedBodySize,
      readable: paint?.startTime ?? null,
      ready: window.__bench.ready,
    };
  });
  return { page, session, times };
}

/** How long frames take while `act` is done again and again. */
export async function frames(page, act, milliseconds = 3_000) {
  await page.evaluate(() => {
    const bench = window.__bench;
    bench.frames = [];
    bench.scrolls = 0;
    let last = null;
    const next = (now) => {
      if (bench.frames === null) return;
      if (last !== null) bench.frames.push(now - last);
      last = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  const end = Date.now() + milliseconds;
  let times = 0;
  for (; Date.now() < end; times += 1) await act(times);
  const { deltas, scrolls } = await page.evaluate(() => {
    const { frames: deltas, scrolls } = window.__bench;
    window.__bench.frames = null;
    return { deltas, scrolls };
  });
  deltas.sort((a, b) => a - b);
  const at = (share) => deltas[Math.min(deltas.length - 1, Math.floor(deltas.length * share))] ?? NaN;
  return { median: at(0.5), p95: at(0.95), longest: at(1), slow: deltas.filter((delta) => delta > 50).length, count: deltas.length, times, scrolls };
}

/** Turns the wheel over the middle of an element, down and up again. */
export async function scroll(page, locator) {
  const box = await locator.boundingBox();
  const { width, height } = page.viewportSize();
  const x = Math.min(width - 20, box.x + box.width / 2);
  const y = Math.min(height - 20, Math.max(20, box.y + Math.min(box.height, height) / 2));
  await page.mouse.move(x, y);
  return frames(page, (turn) => page.mouse.wheel(0, turn % 80 < 40 ? 100 : -100));
}

/** Drags over a part of a plot, which zooms in, and double-clicks, which shows everything again. */
export async function zoom(page, locator) {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  const y = box.y + box.height / 2;
  const at = (share) => page.mouse.move(box.x + box.width * share, y);
  return frames(page, async (turn) => {
    const from = 0.1 + 0.1 * (turn % 4);
    await at(from);
    await page.mouse.down();
    for (let step = 1; step <= 10; step += 1) await at(from + 0.04 * step);
    await page.mouse.up();
    await page.mouse.dblclick(box.x + box.width / 2, y);
  });
}

/** Megabytes: the JavaScript heap after a collection, memory of WebAssembly, and what the tab's process has of its own. */
export async function memory(browser, { page, session }) {
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const heap = metrics.find((metric) => metric.name === 'JSHeapUsedSize').value;
  const wasm = await page.evaluate(() => [...window.__bench.memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0));
  const whole = await page.evaluate(async () => {
    if (!window.crossOriginIsolated || !performance.measureUserAgentSpecificMemory) return null;
    return (await performance.measureUserAgentSpecificMemory()).bytes;
  });
  const root = await browser.newBrowserCDPSession();
  const { processInfo } = await root.send('SystemInfo.getProcessInfo');
  await root.detach();
  const own = processInfo.filter((process) => process.type === 'renderer').map((process) => resident(process.id));
  const process = Math.max(...own.filter((size) => size !== null));
  return { heap: heap / 1e6, wasm: wasm / 1e6, whole: whole && whole / 1e6, process: Number.isFinite(process) ? process / 1e6 : null };
}

/** Memory of a process that it shares with no other; `null` where the system does not say. */
function resident(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/RssAnon:\s+(\d+)/)[1]) * 1024;
  } catch {
    return null;
  }
}

/** Milliseconds from each key to the second frame after it, in which its outcome is seen. */
export async function type(page, field, text) {
  await field.focus();
  await page.evaluate(() => {
    window.__bench.keys = [];
    addEventListener('keydown', () => {
      const pressed = performance.now();
      requestAnimationFrame(() => requestAnimationFrame(() => window.__bench.keys.push(performance.now() - pressed)));
    }, { capture: true });
  });
  for (const letter of text) {
    await page.keyboard.press(letter === ' ' ? 'Space' : letter);
    await page.waitForTimeout(50);
  }
  await page.waitForFunction((count) => window.__bench.keys.length >= count, text.length);
  return page.evaluate(() => window.__bench.keys);
}

/** The middle one. */
export function median(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
