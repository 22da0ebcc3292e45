// What the pages of both have in common: scenarios one after the other, and pages that are opened several times.
import { open } from './measure.mjs';
import { say } from './say.mjs';

/** Plays those that are wanted; one that fails is said to be not measured. Each gives its tab. */
export async function play(whose, scenarios, browser, order) {
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (order.only && !name.includes(order.only)) continue;
    say.head(`${whose}: ${name}`);
    try {
      const tab = await scenario(browser, order);
      await tab.context.close();
    } catch (error) {
      say('not measured', error.message.split('\n')[0]);
      await Promise.all(browser.contexts().map((context) => context.close()));
    }
  }
}

/** Opens a page `rounds` times, each in a context of its own, and has each looked at; all times, and the last tab, which stays. */
export async function rounds(order, context, url, ready, { seen, ...options } = {}) {
  const all = [];
  for (let round = 1; ; round += 1) {
    const own = await context();
    const tab = await open(own, url, ready, options);
    all.push(tab.times);
    await seen?.(tab.page);
    if (round >= order.rounds) return { tab: { ...tab, context: own }, all };
    await own.close();
  }
}
